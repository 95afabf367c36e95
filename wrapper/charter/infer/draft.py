"""A contract in the making: its document, and in words what could not be known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from charter.contract.drift import Column
from charter.message import Json

UNLIMITED = ("inf", "inf")


@dataclass(frozen=True, slots=True)
class Draft:
    """Hold a contract in the making.

    Args:
        document: what `contract.json` holds.
        notes: sentences about what was assumed, or must be filled in.
    """

    document: dict[str, Json]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Described:
    """Hold features or targets as a contract has them, and notes about them."""

    entries: tuple[dict[str, Json], ...]
    notes: tuple[str, ...] = ()


def numbers(name: str, *, whole: bool = False, physical: str | None = None) -> dict[str, Json]:
    """Return a feature of numbers of which nothing else is known."""
    entry: dict[str, Json] = {
        "name": name,
        "dtype": "INT" if whole else "FLOAT",
        "ftype": "continuous",
        "range": list(UNLIMITED),
    }
    return {**entry, **({"physical": physical} if physical else {})}


def is_unlimited(entry: dict[str, Json]) -> bool:
    """Return whether a feature has a range that someone must fill in."""
    return entry.get("range") == list(UNLIMITED)


def plain(values: Sequence[Any] | Column) -> list[Json]:
    """Return values as JSON has them, None for what is missing."""
    found = np.asarray(values, dtype=object).tolist()
    return [_plain(value) for value in found]


def _plain(value: Any) -> Json:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and value != value else value
