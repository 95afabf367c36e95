"""Random rows that fit a contract, from a seeded generator. Pure.

The distributions are those of Seldon Core's tester: normal with no limit, log-normal from the one
limit, uniform between two; three decimals; categories with equal chance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.contract.model import Dtype, Feature, Kind
from charter.message import Json

_DECIMALS = 3


def generate(features: Sequence[Feature], rows: int, rng: np.random.Generator) -> NDArray[Any]:
    """Return random rows that fit the features.

    Args:
        features: at least one; their shapes must fit side by side, as parsed contracts do.
        rows: how many, 0 or more.
        rng: where randomness comes from; the same state gives the same rows.

    Returns:
        Shape `(rows, …)`, the features side by side on axis 1. Float64 when all are continuous,
        whole numbers too; the categories' own dtype when all are categorical and of one type;
        else `object`, holding Python's floats, strings, integers and booleans.
    """
    blocks = [_DRAW[feature.kind](feature, (rows, *feature.block), rng) for feature in features]
    kinds = {feature.kind for feature in features}
    if len(kinds) > 1 or len({block.dtype.kind for block in blocks}) > 1:
        blocks = [block.astype(object) for block in blocks]
    return np.concatenate(blocks, axis=1)


def _continuous(
    feature: Feature, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.float64]:
    drawn = _draw_between(feature.low, feature.high, shape, rng)
    return _whole(drawn, feature) if feature.dtype is Dtype.INT else _rounded(drawn, feature)


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
    return low * (1 - share) + high * share


def _rounded(drawn: NDArray[np.float64], feature: Feature) -> NDArray[np.float64]:
    """Round to three decimals; where that would leave the range, stay at its end."""
    with np.errstate(over="ignore", invalid="ignore"):
        rounded = np.round(drawn, _DECIMALS)
    # Rounding scales by 1000, which the largest floats do not survive; they have no decimals.
    kept = np.where(np.isfinite(rounded), rounded, drawn)
    return np.clip(kept, _or(feature.low, -math.inf), _or(feature.high, math.inf))


def _whole(drawn: NDArray[np.float64], feature: Feature) -> NDArray[np.float64]:
    least = -math.inf if feature.low is None else math.ceil(feature.low)
    most = math.inf if feature.high is None else math.floor(feature.high)
    return np.clip(np.floor(drawn + 0.5), float(least), float(most))


def _or(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit


def _categorical(
    feature: Feature, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[Any]:
    return _category_array(feature.values)[rng.integers(len(feature.values), size=shape)]


def _category_array(values: Sequence[Json]) -> NDArray[Any]:
    """Return categories of one type in its dtype, and of several each as it is written."""
    if len({type(value) for value in values}) == 1:
        return np.array(values)
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


_DRAW = {Kind.CONTINUOUS: _continuous, Kind.CATEGORICAL: _categorical}
