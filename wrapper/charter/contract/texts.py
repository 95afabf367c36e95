"""Text that fits a feature, drawn: words, what a pattern matches, base64, points in time. Pure."""

from __future__ import annotations

import base64
import functools
import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from rstr import Rstr

from charter.contract.model import Feature
from charter.contract.values import misfit
from charter.errors import StartError, shown
from charter.message import Json

_WORDS = (
    *("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbour", "iris", "juniper"),
    *("kelp", "linen", "maple", "north", "olive", "pebble", "quartz", "river", "slate", "tundra"),
)
_MOST_WORDS = 3
_MOST_BYTES = 16
# By how much repeats go beyond their least, try after try; the last ones are as short as can be.
_SPREADS = (8, 8, 8, 8, 4, 4, 4, 2, 2, 2, 1, 1, 1, *[0] * 12)
_MOST_REPEATS = 100
"""rstr repeats nothing more often."""
_YEARS_S = 10 * 365 * 86400
_FROM_S, _TO_S = 1577836800, 1893456000  # the years 2020 to 2029
# The least and greatest second that a text by RFC 3339 in UTC can say.
_FIRST_S, _LAST_S = -62135596800, 253402300799
_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000}


def strings(feature: Feature, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
    """Return texts that match the feature's pattern, or else short words."""
    chance = random.Random(int(rng.integers(2**63)))  # noqa: S311 - no secret
    draw = words if feature.pattern is None else matching
    return _array([draw(feature, chance) for _ in range(math.prod(shape))], shape)


def base64_of_bytes(
    feature: Feature, shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[Any]:
    """Return a few random bytes each, as base64."""
    most = _MOST_BYTES if feature.max_length is None else min(feature.max_length, _MOST_BYTES)
    lengths = rng.integers(most + 1, size=math.prod(shape))
    return _array([encoded(rng.bytes(int(length))) for length in lengths], shape)


def times(feature: Feature, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
    """Return points in time of the feature's range; without one, of the years from 2020 to 2029."""
    low, high = feature.low, feature.high
    if low is None:
        low = _FROM_S if high is None else high - _YEARS_S
    if high is None:
        high = _TO_S if feature.low is None else low + _YEARS_S
    low, high = max(low, _FIRST_S), min(high, _LAST_S)
    unit, first, last = next(_grids(low, high))
    drawn = rng.integers(first, last, size=shape, endpoint=True)
    return _array(_written(drawn.ravel(), unit), shape)


def time_at(at: float) -> str:
    """Return the text of a point in time that one has written: exact to the microsecond."""
    unit, first, _ = next(_grids(at, at))
    return _written(np.array([first]), unit)[0]


def encoded(content: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(content).decode("ascii")


def objects(values: Sequence[Json]) -> NDArray[Any]:
    """Return values each as it is, in an array of objects, shape `(n,)`."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def matching(feature: Feature, chance: random.Random) -> str:
    """Return a text that the feature's pattern matches, of a length that it allows.

    Where none can be made, as by a pattern that looks ahead, it is the example or the default.

    Raises:
        StartError: none was found.
    """
    found = next(_candidates(feature, _SPREADS, chance), None)
    if found is None:
        found = _written_text(feature)
    if found is None:
        limit = "" if feature.max_length is None else f" of at most {feature.max_length} characters"
        raise StartError(
            f"{feature.name}.pattern: expected one that text can be made by, "
            f"no text{limit} was found for {shown(feature.pattern)}; an example helps"
        )
    return found


def _written_text(feature: Feature) -> str | None:
    for text in (feature.example, feature.default):
        if isinstance(text, str) and not misfit(feature, text):
            return text
    return None


def shortest(feature: Feature, chance: random.Random) -> str:
    """Return the shortest text that is found for a feature; the empty one, where that fits."""
    if feature.pattern is None:
        return ""
    found = list(_candidates(feature, _SPREADS[-12:], chance))
    return min(found, key=len) if found else matching(feature, chance)


def longest(feature: Feature, chance: random.Random, most: int) -> str:
    """Return the longest text that is found for a feature, of at most `most` characters."""
    length = most if feature.max_length is None else min(feature.max_length, most)
    if feature.pattern is None:
        return "x" * length
    limited = replace(feature, max_length=length)
    best, fits, exceeds = None, -1, _MOST_REPEATS + 1
    while exceeds - fits > 1:
        spread = (fits + exceeds) // 2
        found = next(_candidates(limited, [spread], chance, is_greedy=True), None)
        if found is None:
            exceeds = spread
        else:
            best, fits = found, spread
    return matching(limited, chance) if best is None else best


def words(feature: Feature, chance: random.Random) -> str:
    """Return one to three short words, cut where the feature is shorter."""
    text = " ".join(chance.choices(_WORDS, k=chance.randint(1, _MOST_WORDS)))
    return text[: feature.max_length].rstrip()


def _candidates(
    feature: Feature, spreads: Iterable[int], chance: random.Random, *, is_greedy: bool = False
) -> Iterator[str]:
    """Yield texts that fit a feature with a pattern, one a try that makes one."""
    assert feature.pattern is not None
    for spread in spreads:
        dice = cast(random.Random, _Dice(chance, spread, is_greedy))
        try:
            text = Rstr(dice).xeger(feature.pattern)
        except (KeyError, IndexError):  # what rstr does not know, and an empty set of characters
            continue
        if not misfit(feature, text):
            yield text


@dataclass(frozen=True, slots=True)
class _Dice:
    """Throw the dice for rstr, which asks for no more of `random.Random` than this.

    It repeats up to 100 times, and takes characters out of sets, whose order differs from one
    process to the next.
    """

    chance: random.Random
    spread: int
    is_greedy: bool = False

    def randint(self, least: int, most: int) -> int:
        most = min(most, least + self.spread)
        return most if self.is_greedy else self.chance.randint(least, most)

    def choice(self, found: Sequence[Any]) -> Any:
        # They are characters, or else the branches of the pattern.
        is_text = isinstance(found[0], str)
        return self.chance.choice(_in_order("".join(found)) if is_text else found)

    def shuffle(self, found: list[Any]) -> None:
        self.chance.shuffle(found)


@functools.lru_cache(maxsize=64)
def _in_order(characters: str) -> str:
    return "".join(sorted(characters))


def _array(found: Sequence[str], shape: tuple[int, ...]) -> NDArray[Any]:
    array = np.array(found, dtype=str)
    # numpy's strings lose zeros at their end.
    return (array if array.tolist() == list(found) else objects(found)).reshape(shape)


def _grids(low: float, high: float) -> Iterator[tuple[str, int, int]]:
    """Yield units of time that a range holds a whole number of, with the first and the last one."""
    for unit, parts in _UNITS.items():
        first, last = math.ceil(low * parts), math.floor(high * parts)
        if first <= last:
            yield unit, first, last
    nearest = round(low * _UNITS["us"])
    yield "us", nearest, nearest


def _written(numbers: NDArray[np.int64], unit: str) -> list[str]:
    moments: NDArray[np.datetime64] = numbers.astype(f"datetime64[{unit}]")
    written: list[str] = np.datetime_as_string(moments, timezone="UTC").tolist()
    return written
