"""From the keys `range` and `physical` of a feature to the least and greatest value. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from charter.contract.model import Dtype, Kind
from charter.contract.reading import Entry
from charter.contract.values import category, is_finite, is_number, seconds
from charter.errors import StartError, shown
from charter.message import Json

PHYSICAL = (
    *("float16", "float32", "float64", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64", "bool"),
)
RANGED = (Dtype.FLOAT, Dtype.INT, Dtype.IMAGE, Dtype.DATETIME)
_PIXEL_MOST = 255


def find_physical(entry: Entry, kind: Kind, dtype: Dtype, values: Sequence[Json]) -> str | None:
    """Return the numpy dtype, which must hold what the feature can be."""
    physical = entry.choice("physical", {each: each for each in PHYSICAL})
    if physical is None:
        return None
    place = entry.at("physical")
    if kind is Kind.CATEGORICAL:
        wrong = [value for value in values if not _holds(physical, value)]
        if wrong:
            raise StartError(f"{place}: {physical!r} does not hold {shown(wrong[0])}")
    elif dtype not in _COMPUTED[np.dtype(physical).kind]:
        raise StartError(f"{place}: {physical!r} does not go with {dtype.value}")
    return physical


# By the kind of a numpy dtype: what it holds without loss.
_COMPUTED: Mapping[str, tuple[Dtype, ...]] = {
    "f": (Dtype.FLOAT, Dtype.INT, Dtype.IMAGE),
    "i": (Dtype.INT, Dtype.IMAGE),
    "u": (Dtype.INT, Dtype.IMAGE),
    "b": (Dtype.INT,),
}


def _holds(physical: str, value: Json) -> bool:
    number = category(value)
    if not isinstance(number, bool) and not is_number(number):
        return False
    low, high = _held(physical)
    is_whole = number == math.floor(number) if is_finite(number) else isinstance(number, bool)
    return low <= number <= high and (is_whole or physical.startswith("float"))


def find_limits(
    entry: Entry, kind: Kind, dtype: Dtype, physical: str | None
) -> tuple[float | None, float | None]:
    """Return the ends of the range; without one there are none, as in Seldon Core's tester."""
    if kind is Kind.CATEGORICAL or dtype not in RANGED:
        return None, None
    place = entry.at("range")
    low, high = _range(entry.found["range"], place, dtype) if entry.has("range") else (None, None)
    if dtype is Dtype.IMAGE:
        low, high = _within(low, high, (0, _PIXEL_MOST), "a pixel", place)
    return (low, high) if physical is None else _within(low, high, _held(physical), physical, place)


def _held(physical: str) -> tuple[float, float]:
    """Return the least and greatest number that a numpy dtype holds and a float is."""
    dtype = np.dtype(physical)
    if dtype.kind == "b":
        return 0.0, 1.0
    info: Any = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    # 2^63 - 1 is no float, and the next one is no int64.
    most = float(info.max)
    return float(info.min), most if most <= info.max else math.nextafter(most, 0)


def _within(
    low: float | None, high: float | None, held: tuple[float, float], what: str, place: str
) -> tuple[float | None, float | None]:
    """Narrow a range without ends to what a whole number can be; refuse one that is wider."""
    for end in (low, high):
        if end is not None and not held[0] <= end <= held[1]:
            raise StartError(
                f"{place}: {end:.15g} is no value of {what}, {held[0]:g} to {held[1]:g}"
            )
    if what.startswith("float"):
        return low, high
    return (held[0] if low is None else low), (held[1] if high is None else high)


def _range(found: Json, place: str, dtype: Dtype) -> tuple[float | None, float | None]:
    if not isinstance(found, list) or len(found) != 2:
        expected = 'expected [low, high], with "inf" for no limit'
        raise StartError(f"{place}: {expected}, got {shown(found)}")
    read = _moment if dtype is Dtype.DATETIME else _number
    low, high = read(found[0], f"{place}[0]", -1), read(found[1], f"{place}[1]", 1)
    if low is None or high is None:
        return low, high
    if low > high:
        raise StartError(f"{place}: {shown(found)} is empty")
    if dtype in (Dtype.INT, Dtype.IMAGE) and math.ceil(low) > math.floor(high):
        raise StartError(f"{place}: {shown(found)} holds no whole number")
    return low, high


def _number(found: Json, place: str, sign: int) -> float | None:
    """Return one end of a range, `None` for no limit; a bare "inf" means that on either side."""
    unlimited = {"inf": sign * math.inf, "+inf": math.inf, "-inf": -math.inf}
    number: Json = unlimited.get(found.lower(), found) if isinstance(found, str) else found
    if is_finite(number):
        return float(number)
    if number not in (math.inf, -math.inf):
        raise StartError(f'{place}: expected a number or "inf", got {shown(found)}')
    if number == -sign * math.inf:
        raise StartError(f"{place}: {shown(found)} leaves no value")
    return None


def _moment(found: Json, place: str, sign: int) -> float | None:
    if isinstance(found, str) and found.lower() in ("inf", "+inf" if sign > 0 else "-inf"):
        return None
    moment = seconds(found)
    if moment is None:
        expected = 'a time such as "2026-11-25T14:30:00Z" or "inf"'
        raise StartError(f"{place}: expected {expected}, got {shown(found)}")
    return moment
