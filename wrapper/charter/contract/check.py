"""Check one reply against the targets of a contract: rows, shape, names, types, ranges. Pure."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from charter.contract.model import Dtype, Feature, Kind, row_shape, target_names
from charter.contract.values import category, interval, is_number, misfit, seconds, slack, told
from charter.errors import shown
from charter.message import ARRAY_FORMS, Form, Json, Message

HIDDEN = "a value that is not shown"
"""What stands for a value of personal data."""
_PIXEL_MOST = 255.0


@dataclass(frozen=True, slots=True)
class Breach:
    """Report one promise of the contract that a reply breaks.

    Args:
        check: which check found it: payload, rows, shape, names, type, finite, range or category.
        where: the place, in the contract or in the reply.
        expected: what must hold, as a clause.
        got: what was found instead, the first of its kind.
        rows: the rows it was found in, numbered from 0; empty when it is not about single rows.
        total: how many rows the reply has.
        feature: the name of the feature or target; "" where it is about the whole message.
        field: the name of its column, of those that it stands for; "" likewise.
    """

    check: str
    where: str
    expected: str
    got: str
    rows: tuple[int, ...] = ()
    total: int = 0
    feature: str = ""
    field: str = ""

    @property
    def key(self) -> str:
        """Return what is the same when the same promise is broken again, by other values."""
        return f"{self.check} {self.where}"

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.expected}, got {self.got}"
        if not self.rows:
            return sentence
        return f"{sentence} in row {self.rows[0]} ({len(self.rows)} of {self.total} rows)"


Findings: TypeAlias = dict[str, list[Breach]]
"""The checks that were made, each with what it found; an empty list means that it passed."""


def check_reply(
    targets: Sequence[Feature], reply: Message, rows: int, payload: Form | None = None
) -> Findings:
    """Check a reply to a request of `rows` rows, going on as far as its shape makes sense.

    Args:
        targets: what the contract promises; none promises an array with the right rows, no more.
        reply: what came back; rows `(n, …)`, or `(n,)` where there is a single column.
        rows: how many rows were sent.
        payload: what requests carry, by the contract; one that is not an array may be answered by
            any data, which is read as a table where targets are promised.
    """
    if payload not in (None, *ARRAY_FORMS) and not _is_array(reply):
        return _check_document(targets, reply, rows)
    findings: Findings = {"payload": _check_payload(reply)}
    if not findings["payload"]:
        findings |= check_rows(reply, rows)
    if not targets or any(findings.values()):
        return findings
    findings["shape"] = _check_shape(targets, reply.value)
    if any(findings.values()):
        return findings
    table = reply.value.reshape(rows, *row_shape(targets))
    return findings | {
        "names": check_names(targets, reply),
        **{
            name: list(check(targets, table))
            for name, (applies, check) in _VALUE_CHECKS.items()
            if any(map(applies, targets))
        },
    }


def _is_array(reply: Message) -> bool:
    """Return whether a reply is an array, and of other things than objects."""
    if reply.form not in ARRAY_FORMS:
        return False
    rows = reply.value
    is_list = np.ndim(rows) == 1 and len(rows) > 0 and rows.dtype.kind == "O"
    return not (is_list and all(isinstance(row, dict) for row in rows))


def _check_document(targets: Sequence[Feature], reply: Message, rows: int) -> Findings:
    """Check the text, bytes or JSON that answers such a payload.

    A component's list of objects travels as an array: the original's `construct_response` makes
    jsonData of a `dict` alone.
    """
    if not targets:
        return {"payload": []}
    table = _table(targets, reply)
    if table is None:
        clause = f"must hold the targets {shown(target_names(targets))}"
        is_hidden = any(target.is_pii for target in targets)
        got = f"{reply.form.value} data {HIDDEN if is_hidden else shown(reply.value)}"
        return {"payload": [Breach("payload", "body", clause, got)]}
    if reply.form in (Form.TEXT, Form.BINARY) or isinstance(reply.value, dict):
        rows = len(table)
    return check_reply(targets, Message(Form.NDARRAY, table, target_names(targets)), rows)


def _table(targets: Sequence[Feature], reply: Message) -> NDArray[Any] | None:
    """Return the values of a reply as a table: one text, or objects by the names of the targets."""
    names = target_names(targets)
    if reply.form in (Form.TEXT, Form.BINARY):
        return objects([[reply.value]]) if len(names) == 1 and row_shape(targets) == (1,) else None
    rows = reply.value if isinstance(reply.value, list | np.ndarray) else [reply.value]
    if not all(isinstance(row, dict) and row.keys() >= set(names) for row in rows):
        return None
    if any(target.shape for target in targets):
        return None
    return objects([[row[name] for name in names] for row in rows])


def objects(rows: Sequence[Sequence[Json]]) -> NDArray[Any]:
    """Return rows of equal length as a table of objects, each value as it is."""
    table = np.empty((len(rows), len(rows[0]) if rows else 0), dtype=object)
    for index, row in enumerate(rows):
        for column, value in enumerate(row):
            table[index, column] = value
    return table


def check_rows(reply: Message, rows: int) -> Findings:
    """Check that a reply has as many rows as the request; nothing is checked of a text or JSON."""
    if reply.form not in ARRAY_FORMS:
        return {}
    shape = np.shape(reply.value)
    if shape and shape[0] == rows:
        return {"rows": []}
    expected = f"must have {rows} rows as the request had"
    return {"rows": [Breach("rows", "data", expected, f"shape {list(shape)}")]}


def _check_payload(reply: Message) -> list[Breach]:
    if reply.form in ARRAY_FORMS:
        return []
    return [Breach("payload", "body", "must hold an array in data", f"{reply.form.value} data")]


def _check_shape(targets: Sequence[Feature], values: NDArray[Any]) -> list[Breach]:
    expected = (len(values), *row_shape(targets))
    if values.shape == expected or (values.shape == expected[:1] and expected[1:] == (1,)):
        return []
    clause = f"must have shape {list(expected)} by the targets"
    return [Breach("shape", "data", clause, f"shape {list(values.shape)}")]


def check_names(targets: Sequence[Feature], reply: Message) -> list[Breach]:
    """Check the names of a reply's columns; those that servers make up (`t:0` …) are right."""
    columns = row_shape(targets)[0]
    names = list(reply.names or ())
    if not names and reply.value.ndim == 1:
        return []
    if len(names) != columns:
        return [_names_breach(f"must name {columns} columns", f"{len(names)} names")]
    if names == [f"t:{column}" for column in range(columns)]:
        return []
    if len(set(names)) != columns:
        twice = next(name for name in names if names.count(name) > 1)
        return [_names_breach("must differ from each other", f"{twice!r} twice")]
    return _check_order(targets, names)


def _check_order(targets: Sequence[Feature], names: Sequence[str]) -> list[Breach]:
    """Hold names to the contract: all of single targets; of repeated ones, once one is as there."""
    promised = _promised(targets, is_exact=_uses_names(targets, names))
    for column, (name, expected) in enumerate(zip(names, promised, strict=True)):
        if expected not in (None, name):
            clause = f"column {column} must be called {expected!r}"
            return [_names_breach(clause, shown(name))]
    return []


def _promised(targets: Sequence[Feature], *, is_exact: bool) -> list[str | None]:
    """Return the name that each column must have; `None` where any will do."""
    promised: list[str | None] = []
    for target in targets:
        is_free = bool(target.shape) or (target.repeat is not None and not is_exact)
        promised += [None] * target.block[0] if is_free else target_names([target])
    return promised


def _uses_names(targets: Sequence[Feature], names: Sequence[str]) -> bool:
    return not set(names).isdisjoint(target_names([each for each in targets if each.repeat]))


def _names_breach(expected: str, got: str) -> Breach:
    return Breach("names", "data.names", expected, got)


def _check_type(targets: Sequence[Feature], table: NDArray[Any]) -> Iterator[Breach]:
    for place, target, block in _blocks(targets, table, Kind.CONTINUOUS):
        numbers, are_numbers = _numbers(block)
        if target.dtype in (Dtype.INT, Dtype.IMAGE):
            fraction = np.isfinite(numbers) & (numbers != np.floor(numbers))
            yield from _breaches(place, "type", ".dtype", block, fraction, "must be whole numbers")
        yield from _breaches(place, "type", ".dtype", block, ~are_numbers, "must be numbers")
    for place, target, block in _blocks(targets, table, Kind.OPEN):
        yield from _misfits(place, dataclasses.replace(target, low=None, high=None), block)


def _misfits(place: _Place, target: Feature, block: NDArray[Any]) -> Iterator[Breach]:
    """Yield the texts, times and bytes that are none, or do not match what they must."""
    clauses = [misfit(target, value) for value in block.ravel().tolist()]
    first = next(filter(None, clauses), None)
    if first is not None:
        wrong = np.array([clause != "" for clause in clauses]).reshape(block.shape)
        yield from _breaches(place, "type", "", block, wrong, first)


def _check_finite(targets: Sequence[Feature], table: NDArray[Any]) -> Iterator[Breach]:
    for place, target, block in _blocks(targets, table, Kind.CONTINUOUS):
        numbers, are_numbers = _numbers(block)
        wrong = are_numbers & ~np.isfinite(numbers)
        if target.nullable:
            wrong &= ~np.isnan(numbers)
        yield from _breaches(place, "finite", "", block, wrong, "must be finite")


def _check_range(targets: Sequence[Feature], table: NDArray[Any]) -> Iterator[Breach]:
    for kind, read in _READ.items():
        for place, target, block in _blocks(targets, table, kind):
            numbers = read(block)
            low, high = _ends(target)
            outside = (numbers < low - slack(low)) | (numbers > high + slack(high))
            outside &= np.isfinite(numbers)
            clause = f"must lie in {interval(target)}"
            yield from _breaches(place, "range", ".range", block, outside, clause)


def _ends(target: Feature) -> tuple[float, float]:
    low = -math.inf if target.low is None else target.low
    high = math.inf if target.high is None else target.high
    return (max(low, 0.0), min(high, _PIXEL_MOST)) if target.dtype is Dtype.IMAGE else (low, high)


def _times(block: NDArray[Any]) -> NDArray[np.float64]:
    """Return points in time in seconds since 1970; NaN for what is none."""
    found = [seconds(value) for value in block.ravel().tolist()]
    floats = [math.nan if at is None else at for at in found]
    return np.array(floats, dtype=np.float64).reshape(block.shape)


def _check_category(targets: Sequence[Feature], table: NDArray[Any]) -> Iterator[Breach]:
    for place, target, block in _blocks(targets, table, Kind.CATEGORICAL):
        known = {category(value) for value in target.values}
        if target.nullable:
            known.add(None)
        wrong = _unknown(block, known)
        clause = f"must be one of {shown(list(target.values))}"
        yield from _breaches(place, "category", ".values", block, wrong, clause)


def _unknown(block: NDArray[Any], known: set[Json]) -> NDArray[np.bool_]:
    """Return which values are no category; each different one is looked up once."""
    if block.dtype.kind == "O":
        unknown = [category(value) not in known for value in block.ravel().tolist()]
        return np.array(unknown, dtype=bool).reshape(block.shape)
    values, which = np.unique(block, return_inverse=True)
    found = [category(_null(value)) not in known for value in values.tolist()]
    return np.array(found, dtype=bool)[which].reshape(block.shape)


def _null(value: Json) -> Json:
    """Return null for NaN, which stands for it among numbers."""
    return None if isinstance(value, float) and math.isnan(value) else value


_Place: TypeAlias = tuple[int, Feature]


def _blocks(
    targets: Sequence[Feature], table: NDArray[Any], kind: Kind
) -> Iterator[tuple[_Place, Feature, NDArray[Any]]]:
    """Yield each target of a kind with its part of the table, shape `(n, …)`."""
    start = 0
    for index, target in enumerate(targets):
        stop = start + target.block[0]
        if target.kind is kind:
            yield (index, target), target, table[:, start:stop]
        start = stop


def _breaches(
    place: _Place, check: str, key: str, block: NDArray[Any], wrong: NDArray[np.bool_], clause: str
) -> Iterator[Breach]:
    """Yield one breach for all the wrong values of a target, with the first of them."""
    if not wrong.any():
        return
    index, target = place
    first = tuple(np.argwhere(wrong)[0])
    rows = np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1))
    yield Breach(
        check=check,
        where=f"targets[{index}]{key}",
        expected=f"{_column(target, first[1:])} {clause}",
        got=HIDDEN if target.is_pii else _value(block[first]),
        rows=tuple(rows.tolist()),
        total=len(block),
    )


def _column(target: Feature, position: Sequence[int]) -> str:
    """Return the name of a column, with the position inside it where it has a shape."""
    if not target.shape:
        return target_names([target])[position[0]]
    copy, first = divmod(int(position[0]), target.shape[0])
    inside = [first, *map(int, position[1:])]
    return f"{target_names([target])[copy]}{inside}"


def _value(value: Any) -> str:
    return told(value.item() if isinstance(value, np.generic) else value)


def _numbers(block: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return values as floats, and which were numbers; null counts as the number NaN.

    Whatever is no number (a string, a boolean) is NaN among the floats too.
    """
    if block.dtype.kind in "iuf":
        with np.errstate(over="ignore"):  # of long doubles
            return block.astype(np.float64), np.ones(block.shape, dtype=bool)
    values = block.ravel().tolist()
    floats = [_float(value) if is_number(value) else math.nan for value in values]
    are_numbers = [is_number(value) or value is None for value in values]
    return (
        np.array(floats, dtype=np.float64).reshape(block.shape),
        np.array(are_numbers, dtype=bool).reshape(block.shape),
    )


def _float(value: float) -> float:
    """Return a number as a float; infinite where it is a whole number beyond all floats."""
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _is_continuous(target: Feature) -> bool:
    return target.kind is Kind.CONTINUOUS


def _is_limited(target: Feature) -> bool:
    return (target.low, target.high) != (None, None) or target.dtype is Dtype.IMAGE


def _is_categorical(target: Feature) -> bool:
    return target.kind is Kind.CATEGORICAL


def _has_type(target: Feature) -> bool:
    return target.kind is not Kind.CATEGORICAL


_READ: dict[Kind, Callable[[NDArray[Any]], NDArray[np.float64]]] = {
    Kind.CONTINUOUS: lambda block: _numbers(block)[0],
    Kind.OPEN: _times,
}

_ValueCheck: TypeAlias = Callable[[Sequence[Feature], NDArray[Any]], Iterator[Breach]]

# Each with the targets it says something of; it is not made where there are none.
_VALUE_CHECKS: dict[str, tuple[Callable[[Feature], bool], _ValueCheck]] = {
    "type": (_has_type, _check_type),
    "finite": (_is_continuous, _check_finite),
    "range": (_is_limited, _check_range),
    "category": (_is_categorical, _check_category),
}
