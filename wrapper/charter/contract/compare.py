"""Whether two replies say the same. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.contract.model import Feature
from charter.contract.values import is_number
from charter.errors import shown
from charter.message import ARRAY_FORMS, Json, Message

TOLERANCE = 1e-5
"""By how much two equal numbers may differ, relative to the larger of them and 1.

Libraries of linear algebra add up in another order where there are more rows, and the last bits of
a sum differ by that. This is 80 times the precision of float32, and far under what a model means.
"""
_NUMBERS = "iufb"


def difference(first: Message, second: Message, targets: Sequence[Feature]) -> str:
    """Return where the second of two replies differs from the first, and in what; "" if nowhere.

    Names count where both have some; meta does not.

    Args:
        first: a reply.
        second: another one to the same request.
        targets: say by how much equal numbers may differ.
    """
    are_arrays = {first.form in ARRAY_FORMS, second.form in ARRAY_FORMS}
    if are_arrays == {True}:
        names = _names_differ(first.names, second.names)
        return names or arrays_differ(first.value, second.value, targets)
    if len(are_arrays) == 2 or first.form is not second.form:
        return f"{second.form.value} data in place of {first.form.value} data"
    if _same(first.value, second.value):
        return ""
    return f"{shown(second.value)} in place of {shown(first.value)}"


def arrays_differ(first: NDArray[Any], second: NDArray[Any], targets: Sequence[Feature]) -> str:
    """Return the first place where two arrays differ by more than the tolerance; "" if nowhere."""
    if first.shape != second.shape:
        return f"shape {list(second.shape)} in place of {list(first.shape)}"
    place = first_apart(first, second, targets)
    if place is None:
        return ""
    inside = "".join(f"[{index}]" for index in place)
    return f"{told(second[place])} in place of {told(first[place])} at data{inside}"


def first_apart(
    first: NDArray[Any], second: NDArray[Any], targets: Sequence[Feature]
) -> tuple[int, ...] | None:
    """Return the first index at which arrays of one shape differ by more than the tolerance."""
    limits = _tolerances(first, targets)
    if first.dtype.kind in _NUMBERS and second.dtype.kind in _NUMBERS:
        wrong = _apart(first.astype(float), second.astype(float), limits)
    else:
        wrong = _unlike(first, second, limits)
    return tuple(map(int, np.argwhere(wrong)[0])) if np.any(wrong) else None


def told(value: Any) -> str:
    """Return a value of an array as messages have it."""
    return shown(value.item() if isinstance(value, np.generic) else value)


def _names_differ(first: Sequence[str] | None, second: Sequence[str] | None) -> str:
    if not first or not second or list(first) == list(second):
        return ""
    return f"names {shown(list(second))} in place of {shown(list(first))}"


def _tolerances(array: NDArray[Any], targets: Sequence[Feature]) -> NDArray[np.float64]:
    """Return the tolerance of each value, in a shape that goes with the array's."""
    columns = [
        TOLERANCE if target.tolerance is None else target.tolerance
        for target in targets
        for _ in range(target.block[0])
    ]
    if array.ndim == 0 or not columns:
        return np.array(TOLERANCE)
    if array.ndim == 1:
        return np.array(columns[0] if len(columns) == 1 else TOLERANCE)
    if array.shape[1] != len(columns):
        return np.array(TOLERANCE)
    return np.array(columns).reshape(-1, *[1] * (array.ndim - 2))


def _apart(
    first: NDArray[np.float64], second: NDArray[np.float64], limits: NDArray[np.float64]
) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore", over="ignore"):
        most = limits * np.maximum(1.0, np.maximum(np.abs(first), np.abs(second)))
        close = (np.abs(first - second) <= most) & np.isfinite(most)
    wrong: NDArray[np.bool_] = ~(close | (first == second) | (np.isnan(first) & np.isnan(second)))
    return wrong


def _unlike(
    first: NDArray[Any], second: NDArray[Any], limits: NDArray[np.float64]
) -> NDArray[np.bool_]:
    most = np.broadcast_to(limits, first.shape).ravel().tolist()
    pairs = zip(first.ravel().tolist(), second.ravel().tolist(), most, strict=True)
    return np.array([not _same(a, b, limit) for a, b, limit in pairs], bool).reshape(first.shape)


def _same(first: Json, second: Json, limit: float = TOLERANCE) -> bool:
    """Return whether two values of JSON are equal, numbers within the tolerance.

    Null and NaN are: JSON has the one, protobuf the other.
    """
    first, second = (math.nan if each is None else each for each in (first, second))
    if is_number(first) and is_number(second):
        return not _apart(np.array(float(first)), np.array(float(second)), np.array(limit))
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(
            _same(value, second[key], limit) for key, value in first.items()
        )
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(
            _same(a, b, limit) for a, b in zip(first, second, strict=True)
        )
    return bool(first == second)
