"""The values at the edges of what a feature may be. Pure."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from numpy.typing import NDArray

from charter.contract import texts
from charter.contract.generate import category_array, ends
from charter.contract.model import Dtype, Feature, Kind
from charter.message import Json

NULL = "null where it may be"
_LONG = 1000
"""So long are the longest texts and bytes that are made where there is no limit, or a wider one."""


def array(values: Sequence[Json]) -> NDArray[Any]:
    """Return values as an array, each of its own type; numbers are floats."""
    return category_array(values)


def _least(feature: Feature, _: random.Random) -> Sequence[Json]:
    return _end(feature, 0)


def _greatest(feature: Feature, _: random.Random) -> Sequence[Json]:
    return _end(feature, 1)


def _end(feature: Feature, which: int) -> Sequence[Json]:
    if feature.kind is Kind.CONTINUOUS:
        end = ends(feature)[which]
        return [end] if math.isfinite(end) else []
    if feature.kind is Kind.OPEN and feature.dtype is Dtype.DATETIME:
        moment = (feature.low, feature.high)[which]
        return [] if moment is None else [texts.time_at(moment)]
    return []


def _zero(feature: Feature, _: random.Random) -> Sequence[Json]:
    if feature.kind is not Kind.CONTINUOUS:
        return []
    least, most = ends(feature)
    return [0.0] if least < 0 < most else []


def _categories(feature: Feature, _: random.Random) -> Sequence[Json]:
    return feature.values


def _shortest(feature: Feature, chance: random.Random) -> Sequence[Json]:
    if feature.kind is not Kind.OPEN or feature.dtype is Dtype.DATETIME:
        return []
    return [texts.shortest(feature, chance)]


def _longest(feature: Feature, chance: random.Random) -> Sequence[Json]:
    if feature.kind is not Kind.OPEN or feature.dtype is Dtype.DATETIME:
        return []
    if feature.dtype is Dtype.BYTES:
        length = min(feature.max_length or _LONG, _LONG)
        return [texts.encoded(chance.randbytes(length))]
    return [texts.longest(feature, chance, _LONG)]


def _null(feature: Feature, _: random.Random) -> Sequence[Json]:
    return [None] if feature.nullable else []


_Extreme: TypeAlias = Callable[[Feature, random.Random], Sequence[Json]]

EDGES: Mapping[str, _Extreme] = {
    "every number at its least": _least,
    "every number at its greatest": _greatest,
    "every number at zero": _zero,
    "every category": _categories,
    "the shortest texts": _shortest,
    "the longest texts": _longest,
    NULL: _null,
}
"""Each edge with the values of a feature at it; none, where the feature does not have it."""
