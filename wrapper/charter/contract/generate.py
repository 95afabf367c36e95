"""Random rows that fit a contract, from a seeded generator. Pure.

The distributions are those of Seldon Core's tester: normal with no limit, log-normal from the one
limit, uniform between two; three decimals; categories with equal chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from charter.contract import texts
from charter.contract.model import Dtype, Feature, Kind
from charter.message import Json

_DECIMALS = 3
_NULL_SHARE = 0.1
WHOLE = frozenset({Dtype.INT, Dtype.IMAGE})
"""The dtypes whose values are whole numbers."""
_PIXEL_MOST = 255.0


def generate(features: Sequence[Feature], rows: int, rng: np.random.Generator) -> NDArray[Any]:
    """Return random rows that fit the features.

    Args:
        features: at least one; their shapes must fit side by side, as parsed contracts do.
        rows: how many, 0 or more.
        rng: where randomness comes from; the same state gives the same rows.

    Returns:
        Shape `(rows, …)`, the features side by side on axis 1. Float64 when all are continuous,
        whole numbers and pixels too; the categories' own dtype when all are categorical and of
        one type; strings when all are open: text, times by RFC 3339, bytes as base64; else
        `object`, holding Python's floats, strings, integers, booleans, and `None` for null.

    Raises:
        StartError: no text was found that matches a pattern.
    """
    return side_by_side(features, [_block(feature, rows, rng) for feature in features])


def side_by_side(features: Sequence[Feature], blocks: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the table of the features' blocks, each `(n, …)`; see `generate` for its dtype."""
    kinds = {feature.kind for feature in features}
    if len(kinds) > 1 or len({block.dtype.kind for block in blocks}) > 1:
        blocks = [block.astype(object) for block in blocks]
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)


def ends(feature: Feature) -> tuple[float, float]:
    """Return the least and the greatest number that a feature may be, infinite for no limit.

    They are whole where its values are, and stay in the range as the physical dtype holds them;
    so does then all that lies between, since rounding keeps the order.
    """
    low, high = _limits(feature)
    least = -math.inf if low is None else low
    most = math.inf if high is None else high
    if feature.dtype in WHOLE:
        least, most = _rounded_end(least, math.ceil), _rounded_end(most, math.floor)
    if feature.physical is None or feature.physical == "bool":
        return least, most
    held = _as_held(least, most, np.dtype(feature.physical))
    # A range between two neighbours of the physical dtype has no better values than its own.
    return held if held[0] <= held[1] else (least, most)


def category_array(values: Sequence[Json]) -> NDArray[Any]:
    """Return categories of one type in its dtype, and of several each as it is written."""
    if len({type(value) for value in values}) == 1:
        array = np.array(values)
        if array.tolist() == list(values):  # numpy's strings lose zeros at their end
            return array
    return texts.objects(values)


def _block(feature: Feature, rows: int, rng: np.random.Generator) -> NDArray[Any]:
    """Return the values of one feature, shape `(rows, *feature.block)`."""
    draw = _DRAW.get(feature.dtype, _continuous)
    if feature.kind is Kind.CATEGORICAL:
        draw = _categorical
    drawn = draw(feature, (rows, *feature.block), rng)
    if not feature.nullable:
        return drawn
    values = drawn.astype(object)
    values[rng.random(drawn.shape) < _NULL_SHARE] = None
    return values


def _continuous(
    feature: Feature, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    drawn = _draw_between(*_limits(feature), shape, rng)
    fitted = np.floor(drawn + 0.5) if feature.dtype in WHOLE else _rounded(drawn)
    return np.clip(fitted, *ends(feature), out=fitted)


def _limits(feature: Feature) -> tuple[float | None, float | None]:
    if feature.dtype is not Dtype.IMAGE:
        return feature.low, feature.high
    low = 0.0 if feature.low is None else feature.low
    return low, _PIXEL_MOST if feature.high is None else feature.high


def _draw_between(
    low: float | None, high: float | None, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    if low is None:
        if high is None:
            return rng.standard_normal(shape)
        return high - rng.lognormal(size=shape)
    if high is None:
        return low + rng.lognormal(size=shape)
    # Weighing the two ends, unlike `uniform`, does not overflow for a range as wide as all floats.
    share = rng.random(shape)
    drawn = 1 - share
    drawn *= low
    share *= high
    drawn += share
    return drawn


def _rounded(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to three decimals."""
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = np.round(drawn, _DECIMALS)
    # Rounding scales by 1000, which the largest floats do not survive; they have no decimals.
    are_finite = np.isfinite(rounded)
    return rounded if are_finite.all() else np.where(are_finite, rounded, drawn)


def _rounded_end(end: float, rounding: Callable[[float], int]) -> float:
    return float(rounding(end)) if math.isfinite(end) else end


def _as_held(least: float, most: float, dtype: np.dtype[Any]) -> tuple[float, float]:
    """Return the first and the last value of a numpy dtype in a range, as exact floats."""
    info: Any = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    first = _held_end(max(least, float(info.min)), dtype, 1)
    last = _held_end(min(most, float(info.max)), dtype, -1)
    return first, last


def _held_end(end: float, dtype: np.dtype[Any], inward: int) -> float:
    """Return the value of a dtype at an end of a range, or else the next one inside."""
    if dtype.kind != "f":
        # The float of the greatest int64 is one more than it.
        most = int(np.iinfo(dtype).max)
        return end if int(end) <= most else math.nextafter(end, -math.inf)
    held = dtype.type(end)
    if (float(held) - end) * inward < 0:
        held = np.nextafter(held, dtype.type(inward * math.inf))
    return float(held)


def _categorical(
    feature: Feature, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[Any]:
    return category_array(feature.values)[rng.integers(len(feature.values), size=shape)]


_Draw: TypeAlias = Callable[[Feature, tuple[int, ...], np.random.Generator], NDArray[Any]]

_DRAW: Mapping[Dtype, _Draw] = {
    Dtype.STRING: texts.strings,
    Dtype.BYTES: texts.base64_of_bytes,
    Dtype.DATETIME: texts.times,
}
