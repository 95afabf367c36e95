"""Whether values written in a contract fit its features: single ones, rows, answers. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TypeAlias

from charter.contract.model import Feature, row_shape
from charter.contract.values import is_finite, misfit, slack
from charter.errors import StartError, shown
from charter.message import Json

Misfit: TypeAlias = Callable[[Feature, Json], str]
"""Returns what a single value of a feature must be, where it is not that; else ""."""


def check_value(
    feature: Feature, value: Json, shape: Sequence[int], place: str, find: Misfit = misfit
) -> None:
    """Check a value of a feature.

    Args:
        feature: what is promised.
        value: nested lists of the shape, down to single values.
        shape: of the value; () is a single one.
        place: where it stands.
        find: what says whether a single one fits.

    Raises:
        StartError: it does not fit; the message starts with the place.
    """
    if not shape:
        problem = find(feature, value)
        if problem:
            raise StartError(f"{place}: {problem}, got {shown(value)}")
        return
    for index, inner in enumerate(_list(value, shape[0], place)):
        check_value(feature, inner, shape[1:], f"{place}[{index}]", find)


def check_row(features: Sequence[Feature], row: Json, place: str, find: Misfit = misfit) -> None:
    """Check a row of values by column; see `check_value`."""
    columns = [feature for feature in features for _ in range(feature.block[0])]
    found = _list(row, row_shape(features)[0], place)
    for index, (feature, value) in enumerate(zip(columns, found, strict=True)):
        check_value(feature, value, feature.block[1:], f"{place}[{index}]", find)


def answer_misfit(target: Feature, value: Json) -> str:
    """Return what a value of an answer must be; it may miss its range by rounding."""
    problem = misfit(target, value)
    if not problem or not is_finite(value):
        return problem
    low = None if target.low is None else target.low - slack(target.low)
    high = None if target.high is None else target.high + slack(target.high)
    return misfit(dataclasses.replace(target, low=low, high=high), value) and problem


def _list(found: Json, length: int, place: str) -> list[Json]:
    if not isinstance(found, list):
        raise StartError(f"{place}: expected a list of {length} values, got {shown(found)}")
    if len(found) != length:
        raise StartError(f"{place}: expected {length} values, got {len(found)}")
    return found
