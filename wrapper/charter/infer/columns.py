"""Features, targets and samples from the columns of a table."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from charter.contract import distribution
from charter.contract.drift import Column, as_json
from charter.contract.ranges import PHYSICAL
from charter.contract.values import category, is_number, seconds
from charter.errors import StartError, shown
from charter.infer import ends, folds, patterns, tables
from charter.infer.draft import Described, Draft
from charter.message import Json

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

_MOST_CATEGORIES = 50
# A text that stands in so many rows on average is one of a few.
_ROWS_OF_CATEGORY = 2
_SAME_AS_NONE = ("float64", "int64", "bool")
# What pandas calls a column without a name, such as the index that it writes itself.
_UNNAMED = re.compile(r"Unnamed: \d+")
_UNIT = re.compile(r"[(\[]([^()\[\]]{1,12})[)\]]\s*$")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_PERSONAL = frozenset(
    {
        *("email", "mail", "phone", "telephone", "mobile", "surname", "firstname", "lastname"),
        *("forename", "address", "street", "ssn", "iban", "passport", "birthdate", "dob"),
    }
)


def draft(table: pd.DataFrame, targets: Sequence[str], rows: int) -> Draft:
    """Return a contract from a table alone.

    Args:
        table: with a row at least.
        targets: names of its columns that are answers; the others are features.
        rows: how many samples to keep.

    Raises:
        StartError: a target is no column, no feature is left, or a column has no type.
    """
    columns = split(table, targets)
    features = folds.folded(describe(table, columns))
    answers = describe(table, list(targets))
    document: dict[str, Json] = {
        "features": list(features.entries),
        "targets": [without_spread(entry) for entry in answers.entries],
    }
    notes = [*features.notes, *answers.notes]
    notes += [
        f"targets[{index}].range: that of the data; write the range that the model keeps to"
        for index, entry in enumerate(answers.entries)
        if "range" in entry
    ]
    if not targets:
        notes.append("targets: none are promised; name the columns that are with --target")
    picked = picked_rows(table, [*columns, *targets], rows)
    inputs, outputs = (as_rows(picked, names) for names in (columns, list(targets)))
    samples = [
        {"input": row, "output": answer} if targets else {"input": row}
        for row, answer in zip(inputs, outputs, strict=True)
    ]
    return with_samples(Draft(document, tuple(notes)), samples)


def split(table: pd.DataFrame, targets: Sequence[str]) -> list[str]:
    """Return the columns that are no targets; raise as `draft`."""
    unknown = [name for name in targets if name not in table.columns]
    if unknown:
        known = shown(", ".join(table.columns))
        raise StartError(f"--target: no column {unknown[0]!r}; there are {known}")
    columns = [name for name in table.columns if name not in targets]
    if not columns:
        raise StartError("--target: every column is a target, and no feature is left")
    return columns


def with_samples(draft: Draft, samples: Sequence[Json]) -> Draft:
    """Return a contract with samples, unless they would show personal data."""
    entries = [*draft.document["features"], *draft.document["targets"]]
    personal = next((entry["name"] for entry in entries if entry.get("pii")), None)
    if personal is not None:
        note = f"samples: left out, for {personal!r} looks like personal data"
        return Draft(draft.document, (*draft.notes, note))
    return Draft({**draft.document, "samples": list(samples)} if samples else draft.document,
                 draft.notes)  # fmt: skip


def without_spread(entry: dict[str, Json]) -> dict[str, Json]:
    """Return a target, of which no distribution is kept."""
    return {key: value for key, value in entry.items() if key != distribution.KEY}


def picked_rows(table: pd.DataFrame, columns: Sequence[str], rows: int) -> pd.DataFrame:
    """Return a few rows from all over a table, none with an infinite number in these columns."""
    floats = [name for name in columns if table[name].dtype.kind == "f"]
    is_finite = ~np.isinf(table[floats].to_numpy(np.float64, na_value=np.nan)).any(axis=1)
    fitting = table[is_finite]
    return fitting.iloc[picks(len(fitting), rows)]


def as_rows(table: pd.DataFrame, columns: Sequence[str]) -> list[list[Json]]:
    """Return the rows of a table as JSON has them."""
    found = [as_json(tables.values(table[name])) for name in columns]
    return [list(map(_written, row)) for row in zip(*found, strict=True)] or [[]] * len(table)


def picks(count: int, wanted: int) -> list[int]:
    """Return the places of some rows of many, evenly spread from the first to the last."""
    return sorted({int(at) for at in np.linspace(0, count - 1, min(wanted, count)).round()})


def _written(value: Json) -> Json:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def describe(table: pd.DataFrame, columns: Sequence[str]) -> Described:
    """Return an entry for each column; raise as `draft`."""
    notes: list[str] = []
    entries = [_entry(table[name], name, notes) for name in columns]
    return Described(tuple(entries), tuple(notes))


def _entry(column: Any, name: str, notes: list[str]) -> dict[str, Json]:
    values = tables.values(column)
    known = [value for value in as_json(values) if value is not None]
    is_nullable = len(known) < len(values)
    entry: dict[str, Json] = {"name": name}
    if _UNNAMED.fullmatch(name):
        notes.append(f"{name}: the table has no name for it; if it only numbers rows, leave it out")
    if not known:
        notes.append(f"{name}: no row has a value; a number without limits is assumed")
        entry |= {"dtype": "FLOAT", "ftype": "continuous", "range": ["inf", "inf"]}
    elif hasattr(column.dtype, "categories"):
        categories = as_json(tables.values(column.cat.categories.to_series(name=name)))
        entry |= _categories(categories, values)
    else:
        entry |= _TYPES[_type(known, name)](values, known)
    entry |= _physical(column, entry)
    if is_nullable:
        entry["nullable"] = True
    if np.dtype("f8") == values.dtype and np.isinf(values).any():
        notes.append(f"{name}: the infinite values of {np.isinf(values).sum()} rows do not fit")
    # The longest comes last.
    spread = {key: entry.pop(key) for key in [distribution.KEY] if key in entry}
    return entry | dict(_tell(name, known, entry)) | spread


def _type(known: Sequence[Json], name: str) -> type:
    """Return the one type of all values; whole numbers among floats are floats."""
    found = {type(value) for value in known}
    if found == {int, float}:
        return float
    if len(found) > 1:
        words = " and ".join(sorted(each.__name__ for each in found))
        raise StartError(f"column {name!r}: expected values of one type, got {words}")
    return found.pop()


def _floats(values: Column, known: Sequence[Json]) -> dict[str, Json]:
    return {"dtype": "FLOAT", "ftype": "continuous", **_range(known), **_spread(values)}


def _ints(values: Column, known: Sequence[Json]) -> dict[str, Json]:
    spread = _spread(values)
    low, high = map(int, _range(known)["range"])
    # Rounded as floats, ends of more digits than those hold may lie within.
    least, most = min([low, *known]), max([high, *known])
    held = [ends.held(least, -math.inf), ends.held(most, math.inf)]
    return {"dtype": "INT", "ftype": "continuous", "range": held, **spread}


def _range(known: Sequence[float]) -> dict[str, Json]:
    finite = [value for value in known if math.isfinite(value)]
    if not finite:
        return {"range": ["inf", "inf"]}
    return {"range": [_short(end) for end in ends.outward(min(finite), max(finite))]}


def _short(number: float) -> float:
    """Return a whole number as one, which reads better: 4 and not 4.0."""
    return int(number) if float(number).is_integer() and abs(number) < 1e15 else number


def _spread(values: Column) -> dict[str, Json]:
    numbers: NDArray[np.float64] = np.array(as_json(values), dtype=np.float64)
    edges = distribution.deciles(numbers)
    kept = distribution.to_json(distribution.of_numbers(numbers, edges))
    return {distribution.KEY: {**kept, "edges": [_short(edge) for edge in edges]}}


def _bools(values: Column, known: Sequence[Json]) -> dict[str, Json]:
    spread = distribution.of_categories(as_json(values), (False, True))
    kept = distribution.to_json(spread, (False, True))
    return {"dtype": "BOOL", distribution.KEY: kept}


def _texts(values: Column, known: Sequence[str]) -> dict[str, Json]:
    different = list(dict.fromkeys(known))
    if all(_DATE.match(value) and seconds(value) is not None for value in different):
        return _moments(different)
    is_few = len(different) * _ROWS_OF_CATEGORY <= len(known)
    if is_few and len(different) <= _MOST_CATEGORIES:
        return _categories(sorted(different), values)
    longest = ends.length(max(map(len, different)))
    pattern = patterns.shared(different)
    found: dict[str, Json] = {"dtype": "STRING"}
    return {**found, **({"pattern": pattern} if pattern else {"maxLength": longest})}


def _moments(known: Sequence[str]) -> dict[str, Json]:
    times = [at for at in map(seconds, known) if at is not None]
    return {"dtype": "DATETIME", "range": list(ends.days(min(times), max(times)))}


def _bytes(values: Column, known: Sequence[bytes]) -> dict[str, Json]:
    return {"dtype": "BYTES", "maxLength": ends.length(max(map(len, known)))}


_TYPES: Mapping[type, Callable[[Column, Any], dict[str, Json]]] = {
    float: _floats,
    int: _ints,
    bool: _bools,
    str: _texts,
    bytes: _bytes,
}


def _categories(categories: Sequence[Json], values: Column) -> dict[str, Json]:
    """Return a feature of given categories; numbers written as text are the same ones."""
    different = list({category(each): each for each in reversed(categories)}.values())[::-1]
    kept = distribution.to_json(distribution.of_categories(as_json(values), different), different)
    return {
        **({"dtype": "STRING"} if all(isinstance(each, str) for each in different) else {}),
        "ftype": "categorical",
        "values": different,
        distribution.KEY: kept,
    }


def _physical(column: Any, entry: Mapping[str, Json]) -> dict[str, Json]:
    """Return the numpy dtype that a number is kept in, where it is narrower than Python's."""
    name = str(column.dtype).lower()
    if name not in PHYSICAL or name in _SAME_AS_NONE or "range" not in entry:
        return {}
    low, high = entry["range"]
    dtype = np.dtype(name)
    if not is_number(low):
        return {"physical": name}
    if dtype.kind == "f":
        most = float(np.finfo(dtype).max)
        return {"physical": name, "range": [max(low, -most), min(high, most)]}
    held = np.iinfo(dtype)
    return {"physical": name, "range": [max(low, int(held.min)), min(high, int(held.max))]}


def _tell(
    name: str, known: Sequence[Json], entry: Mapping[str, Json]
) -> Iterator[tuple[str, Json]]:
    unit = _UNIT.search(name)
    if unit and "range" in entry:
        yield "unit", unit[1]
    is_open = entry["dtype"] in ("STRING", "BYTES") if "dtype" in entry else False
    if is_open and _PERSONAL & set(re.split(r"[^a-z]+", name.lower())):
        yield "pii", True
    elif known:
        first = known[0]
        if not (isinstance(first, float) and not np.isfinite(first)):
            yield "example", _written(first)
