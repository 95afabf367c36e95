"""Values out of a JSON object, each of the type it must be, with errors that name the place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from charter.contract.model import CHANNELS, ImageRule
from charter.errors import StartError, shown
from charter.message import Json

T = TypeVar("T")
_IMAGE_KEYS = frozenset({"mode", "size", "scale", "invert"})


def mapping(found: Json, place: str, known: frozenset[str] | None = None) -> Mapping[str, Json]:
    """Return a JSON object.

    Args:
        found: what should be one.
        place: where it stands.
        known: the keys that it may have; `None` means any.

    Raises:
        StartError: it is none, or has another key.
    """
    if not isinstance(found, dict):
        raise StartError(f"{place}: expected an object, got {shown(found)}")
    for key in found:
        if known is not None and key not in known:
            words = ", ".join(sorted(known))
            raise StartError(f"{place}.{key}: no such key; there are {words}")
    return found


def count(found: Json, place: str) -> int:
    """Return a whole number of 1 or more."""
    if type(found) is not int or found < 1:
        raise StartError(f"{place}: expected a whole number of 1 or more, got {shown(found)}")
    return found


@dataclass(frozen=True, slots=True)
class Entry:
    """Read the keys of one JSON object; a key that is absent is `None`, or empty.

    Args:
        found: the object.
        place: where it stands; "" for the document itself.
    """

    found: Mapping[str, Json]
    place: str

    def at(self, key: str) -> str:
        """Return the place of a key."""
        return f"{self.place}.{key}" if self.place else key

    def text(self, key: str) -> str:
        """Return a string; "" where there is none."""
        value = self.found.get(key, "")
        if not isinstance(value, str):
            raise StartError(f"{self.at(key)}: expected a string, got {shown(value)}")
        return value

    def flag(self, key: str) -> bool:
        """Return a boolean; false where there is none."""
        value = self.found.get(key, False)
        if not isinstance(value, bool):
            raise StartError(f"{self.at(key)}: expected true or false, got {shown(value)}")
        return value

    def count(self, key: str) -> int | None:
        """Return a whole number of 1 or more."""
        return count(self.found[key], self.at(key)) if key in self.found else None

    def positive(self, key: str, *, or_zero: bool = False) -> float | None:
        """Return a finite number over 0, or from 0 on."""
        if key not in self.found:
            return None
        value = self.found[key]
        is_number = type(value) in (int, float) and math.isfinite(value)
        if not is_number or value < 0 or (value == 0 and not or_zero):
            expected = "a number of 0 or more" if or_zero else "a number over 0"
            raise StartError(f"{self.at(key)}: expected {expected}, got {shown(value)}")
        return float(value)

    def choice(self, key: str, known: Mapping[str, T]) -> T | None:
        """Return what one of a few words stands for."""
        if key not in self.found:
            return None
        value = self.found[key]
        if not isinstance(value, str) or value not in known:
            words = ", ".join(known)
            raise StartError(f"{self.at(key)}: expected one of {words}, got {shown(value)}")
        return known[value]

    def inner(self, key: str, known: frozenset[str]) -> Entry | None:
        """Return an object inside this one, which may have the known keys only."""
        if key not in self.found:
            return None
        return Entry(mapping(self.found[key], self.at(key), known), self.at(key))

    def image(self, key: str) -> ImageRule | None:
        """Return how an image becomes numbers."""
        entry = self.inner(key, _IMAGE_KEYS)
        if entry is None:
            return None
        mode = entry.choice("mode", {each: each for each in CHANNELS})
        if mode is None:
            raise StartError(f"{entry.at('mode')}: missing")
        size = entry.found.get("size")
        if not isinstance(size, list) or len(size) != 2:
            got = f"got {shown(size)}" if "size" in entry.found else "it is missing"
            raise StartError(f"{entry.at('size')}: expected [width, height] in pixels, {got}")
        width, height = (
            count(length, f"{entry.at('size')}[{index}]") for index, length in enumerate(size)
        )
        scale = entry.positive("scale") or 1.0
        return ImageRule(mode, (width, height), scale, entry.flag("invert"))
