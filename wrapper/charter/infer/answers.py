"""Targets from what a model answers to rows: shape, names, types, and only sure limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from charter.contract.drift import as_json
from charter.errors import StartError
from charter.infer.draft import Described, numbers
from charter.message import ARRAY_FORMS, Json, Message

Ask: TypeAlias = Callable[[NDArray[Any], Sequence[str]], Message]
"""Returns the answer to rows with names of columns; raises a `ServingError` where it has none."""

_SUM_TOLERANCE = 1e-4
_NUMBERED = re.compile(r"(.+):(\d+)")
_DEFAULT_NAME = "t"
_WIDE = 64


def targets(reply: Message, rows: int, classes: Sequence[Json] = ()) -> Described:
    """Return the targets of an answer.

    Args:
        reply: an array with a row for each that was sent.
        rows: how many were sent, 1 or more.
        classes: the labels that the model knows; none means that it does not say.

    Raises:
        StartError: the answer has another number of rows, or no columns.
    """
    values = np.asarray(reply.value)
    if not values.shape or len(values) != rows or not values.size:
        raise StartError(
            f"the model's answer: expected {rows} rows, got shape {list(values.shape)}"
        )
    if values.ndim > 2:
        entry = {**numbers(_DEFAULT_NAME), "shape": list(values.shape[1:])}
        return Described((entry,), (_ask_for_range(0, _DEFAULT_NAME, values),))
    table = values.reshape(rows, -1)
    names = list(reply.names or ()) or _names(table.shape[1])
    if is_probabilities(table):
        return Described(tuple(_folded(names, {**_float(table), "range": [0, 1]})))
    if table.shape[1] > 1 and table.dtype.kind in "iuf":
        entries = _folded(names, numbers("", whole=table.dtype.kind in "iu"))
        notes = [_ask_for_range(at, entry["name"], table) for at, entry in enumerate(entries)]
        return Described(tuple(entries), tuple(notes[:1] if len(notes) > _WIDE else notes))
    return _columns(names, table, classes)


def rows(reply: Message, count: int) -> list[list[Json]] | None:
    """Return an answer row by row, as JSON has it; `None` where it is no array."""
    values = np.asarray(reply.value)
    if reply.form not in ARRAY_FORMS or not values.shape or len(values) != count:
        return None
    found: list[list[Json]] = values.reshape(count, -1 if values.ndim < 2 else values.shape[1],
                                             *values.shape[2:]).tolist()  # fmt: skip
    return found


def is_probabilities(table: NDArray[Any]) -> bool:
    """Return whether each row of numbers is a distribution: from 0 to 1, and 1 in sum."""
    if table.dtype.kind not in "iuf" or table.shape[1] < 2:
        return False
    is_in_range = bool(((table >= 0) & (table <= 1)).all())
    sums = table.sum(axis=1, dtype=np.float64)
    return is_in_range and bool(np.allclose(sums, 1, atol=_SUM_TOLERANCE))


def _columns(names: Sequence[str], table: NDArray[Any], classes: Sequence[Json]) -> Described:
    entries, notes = [], []
    for place, name in enumerate(names):
        values = table[:, place]
        entry, note = _column(place, name, values, classes if len(names) == 1 else ())
        entries.append(entry)
        notes += note
    return Described(tuple(entries), tuple(notes))


def _column(
    place: int, name: str, values: NDArray[Any], classes: Sequence[Json]
) -> tuple[dict[str, Json], list[str]]:
    found = [value for value in as_json(values) if value is not None]
    if classes and set(found) <= set(classes):
        is_text = all(isinstance(each, str) for each in classes)
        entry: dict[str, Json] = {"name": name, **({"dtype": "STRING"} if is_text else {})}
        return {**entry, "ftype": "categorical", "values": list(classes)}, []
    if found and all(isinstance(value, bool) for value in found):
        return {"name": name, "dtype": "BOOL"}, []
    if found and all(isinstance(value, str) for value in found):
        entry = {"name": name, "dtype": "STRING", "ftype": "categorical"}
        note = f"targets[{place}].values: {name} was one of these; write the others it may be"
        return {**entry, "values": sorted(set(found))}, [note]
    is_whole = bool(found) and all(type(value) is int for value in found)
    return numbers(name, whole=is_whole), [_ask_for_range(place, name, values)]


def _ask_for_range(place: int, name: str, values: NDArray[Any]) -> str:
    found = [float(value) for value in values.ravel().tolist() if type(value) in (int, float)]
    seen = f" (the model answered {min(found):.6g} to {max(found):.6g})" if found else ""
    return f"targets[{place}].range: {name} has no limits{seen}; write the range that you promise"


def _float(table: NDArray[Any]) -> dict[str, Json]:
    return numbers("", physical="float32" if table.dtype == np.float32 else None)


def _names(columns: int) -> list[str]:
    if columns == 1:
        return [_DEFAULT_NAME]
    return [f"{_DEFAULT_NAME}:{column}" for column in range(columns)]


def _folded(names: Sequence[str], entry: dict[str, Json]) -> list[dict[str, Json]]:
    """Return one target for names `stem:0`, `stem:1` … and else one for each name."""
    parts = [_NUMBERED.fullmatch(name) for name in names]
    stems = {part[1] for part in parts if part}
    is_numbered = [part[2] if part else "" for part in parts] == list(map(str, range(len(names))))
    if len(stems) == 1 and is_numbered and len(names) > 1:
        return [{**entry, "name": stems.pop(), "repeat": len(names)}]
    return [{**entry, "name": name} for name in names]
