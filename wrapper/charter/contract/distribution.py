"""How the values of a feature are spread, as a contract keeps it, and how far two spreads differ.

A feature may have the key `distribution`: of numbers `{"edges", "shares", "rows"}`, where n edges
cut n + 1 shares and a number on an edge is below it; of categories `{"values", "shares", "rows"}`.
`nulls` is the share of rows without a value. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.contract.values import category, is_number
from charter.errors import StartError, shown
from charter.message import Json

KEY = "distribution"
_BINS = 10
_DIGITS = 4
# Where a contract does not say how many rows its shares are of.
_EXACT_ROWS = 10_000
# Half a row in each bin, so that an empty one has no infinite weight: Jeffreys' prior.
_PRIOR = 0.5
# The normal quantile of 0.999: chance alone goes beyond `noise` in one feature of a thousand.
_SURE = 3.0902


@dataclass(frozen=True, slots=True)
class Distribution:
    """Hold the shares of the bins of a feature.

    Args:
        bins: of numbers the edges, in rising order; of categories these, as they are compared.
        shares: one for each bin, and one for what is missing; of categories also one for all others
            before that.
        rows: how many rows were counted, 1 or more.
        is_numeric: whether `bins` are edges.
    """

    bins: tuple[Any, ...]
    shares: tuple[float, ...]
    rows: int
    is_numeric: bool


def of_numbers(numbers: NDArray[np.float64], edges: Sequence[float]) -> Distribution:
    """Return how numbers are spread over the bins between edges; NaN is missing."""
    known = numbers[~np.isnan(numbers)]
    places = np.searchsorted(np.asarray(edges, np.float64), known, side="left")
    counts = [*np.bincount(places, minlength=len(edges) + 1), len(numbers) - len(known)]
    return Distribution(tuple(edges), _shares(counts), max(len(numbers), 1), is_numeric=True)


def of_categories(values: Sequence[Json], categories: Sequence[Json]) -> Distribution:
    """Return how often each category comes; `None` is missing."""
    bins = tuple(category(each) for each in categories)
    counts = dict.fromkeys(bins, 0)
    others = missing = 0
    for value in values:
        found = category(value)
        if value is None:
            missing += 1
        elif found in counts:
            counts[found] += 1
        else:
            others += 1
    shares = _shares([*counts.values(), others, missing])
    return Distribution(tuple(counts), shares, max(len(values), 1), is_numeric=False)


def deciles(numbers: NDArray[np.float64]) -> list[float]:
    """Return edges that cut numbers into ten bins of equal share, or fewer where values repeat.

    They have few digits, for people see them in a contract.
    """
    known = np.sort(numbers[np.isfinite(numbers)])
    if not len(known):
        return []
    places = [math.ceil(len(known) * part / _BINS) - 1 for part in range(1, _BINS)]
    cuts: list[float] = known[places].tolist()
    span = float(known[-1]) - float(known[0])
    if 0 < span < math.inf:
        # numpy's own rounding overflows where floats are near their least or greatest.
        digits = _DIGITS - math.floor(math.log10(span))
        cuts = [round(cut, digits) for cut in cuts]
    return [cut for cut in sorted(set(cuts)) if known[0] <= cut < known[-1]]


def to_json(found: Distribution, categories: Sequence[Json] = ()) -> dict[str, Json]:
    """Return what a contract keeps of a distribution, the categories as they are written."""
    *shares, missing = [round(share, _DIGITS) for share in found.shares]
    key, bins = ("edges", list(found.bins)) if found.is_numeric else ("values", list(categories))
    kept: dict[str, Json] = {key: bins, "shares": shares[: len(bins) + found.is_numeric]}
    return {**kept, **({"nulls": missing} if missing else {}), "rows": found.rows}


def parse(document: Json, place: str) -> Distribution:
    """Return the distribution that a contract keeps.

    Raises:
        StartError: it is none; the message starts with the place.
    """
    if not isinstance(document, dict) or not {"edges", "values"} & document.keys():
        expected = "expected an object with edges or values, and shares"
        raise StartError(f"{place}: {expected}, got {shown(document)}")
    is_numeric = "edges" in document
    key = "edges" if is_numeric else "values"
    bins = _list(document, key, place)
    shares = [*_list(document, "shares", place)]
    if is_numeric and not (all(map(is_number, bins)) and bins == sorted(set(bins))):
        raise StartError(f"{place}.edges: expected rising numbers, got {shown(bins)}")
    if len(shares) != len(bins) + is_numeric or not all(map(_is_share, shares)):
        expected = f"expected {len(bins) + is_numeric} shares from 0 to 1"
        raise StartError(f"{place}.shares: {expected}, got {shown(shares)}")
    missing, rows = document.get("nulls", 0), document.get("rows", _EXACT_ROWS)
    if not _is_share(missing) or type(rows) is not int or rows < 1:
        expected = "expected nulls from 0 to 1 and rows of 1 or more"
        raise StartError(f"{place}: {expected}, got {shown(missing)} and {shown(rows)}")
    if is_numeric:
        return Distribution(tuple(bins), (*shares, missing), rows, is_numeric=True)
    others = max(0.0, round(1 - sum(shares) - missing, _DIGITS))
    categories = tuple(category(each) for each in bins)
    if len(set(categories)) < len(categories):
        raise StartError(f"{place}.values: expected each category once, got {shown(bins)}")
    return Distribution(categories, (*shares, others, missing), rows, is_numeric=False)


def psi(reference: Distribution, found: Distribution) -> float:
    """Return the population stability index of two distributions over the same bins, 0 or more."""
    before, after = _smoothed(reference), _smoothed(found)
    return float(np.sum((after - before) * np.log(after / before)))


def noise(reference: Distribution, found: Distribution) -> float:
    """Return the PSI that chance alone stays below in 999 of 1,000 features that did not change.

    Two samples of n and m rows from one distribution over B bins have a PSI that is (1/n + 1/m)
    times a chi-squared with B - 1 degrees of freedom (Yurdakul, “Statistical Properties of
    Population Stability Index”, 2018); its quantile is by Wilson and Hilferty.
    """
    used = sum(1 for pair in zip(reference.shares, found.shares, strict=True) if any(pair))
    freedom = max(used - 1, 1)
    part = 2 / (9 * freedom)
    quantile: float = freedom * (1 - part + _SURE * math.sqrt(part)) ** 3
    return (1 / reference.rows + 1 / found.rows) * quantile


def _smoothed(found: Distribution) -> NDArray[np.float64]:
    counts = np.asarray(found.shares) * found.rows + _PRIOR
    smoothed: NDArray[np.float64] = counts / counts.sum()
    return smoothed


def _shares(counts: Sequence[int]) -> tuple[float, ...]:
    total = max(sum(int(count) for count in counts), 1)
    return tuple(int(count) / total for count in counts)


def _list(document: dict[str, Json], key: str, place: str) -> list[Json]:
    found = document.get(key)
    if not isinstance(found, list):
        raise StartError(f"{place}.{key}: expected a list, got {shown(found)}")
    return found


def _is_share(value: Json) -> bool:
    return is_number(value) and 0 <= value <= 1
