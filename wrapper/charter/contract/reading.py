"""Values out of a JSON object, each of the type it must be, with errors that name the place.

Null says as much as leaving the key out, as in Seldon Core's tester.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from charter.contract.model import CHANNELS, ImageRule
from charter.contract.values import is_finite
from charter.errors import StartError, shown
from charter.message import Json

T = TypeVar("T")
IMAGE_KEYS = frozenset({"mode", "size", "scale", "invert"})


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
    """Return a whole number of 1 or more; JSON tells no 3 from 3.0."""
    if not is_finite(found) or found < 1 or found != int(found):
        raise StartError(f"{place}: expected a whole number of 1 or more, got {shown(found)}")
    return int(found)


@dataclass(frozen=True, slots=True)
class Entry:
    """Read the keys of one JSON object; a key that is absent or null is `None`, or empty.

    Args:
        found: the object.
        place: where it stands; "" for the document itself.
    """

    found: Mapping[str, Json]
    place: str

    def at(self, key: str) -> str:
        """Return the place of a key."""
        return f"{self.place}.{key}" if self.place else key

    def has(self, key: str) -> bool:
        """Return whether the key is there with something other than null."""
        return self.found.get(key) is not None

    def note(self, key: str) -> str:
        """Return a string that is for people only; "" where there is none, or no string."""
        value = self.found.get(key)
        return value if isinstance(value, str) else ""

    def text(self, key: str) -> str | None:
        """Return a string."""
        value = self.found.get(key)
        if not isinstance(value, str | None):
            raise StartError(f"{self.at(key)}: expected a string, got {shown(value)}")
        return value

    def flag(self, key: str) -> bool:
        """Return a boolean; false where there is none."""
        value = self.found[key] if self.has(key) else False
        if not isinstance(value, bool):
            raise StartError(f"{self.at(key)}: expected true or false, got {shown(value)}")
        return value

    def count(self, key: str) -> int | None:
        """Return a whole number of 1 or more."""
        return count(self.found[key], self.at(key)) if self.has(key) else None

    def items(self, key: str) -> list[Json]:
        """Return a list; an empty one where there is none."""
        value = self.found[key] if self.has(key) else []
        if not isinstance(value, list):
            raise StartError(f"{self.at(key)}: expected a list, got {shown(value)}")
        return value

    def positive(self, key: str, *, or_zero: bool = False) -> float | None:
        """Return a finite number over 0, or from 0 on."""
        if not self.has(key):
            return None
        value = self.found[key]
        if not is_finite(value) or value < 0 or (value == 0 and not or_zero):
            expected = "a number of 0 or more" if or_zero else "a number over 0"
            raise StartError(f"{self.at(key)}: expected {expected}, got {shown(value)}")
        return float(value)

    def choice(self, key: str, known: Mapping[str, T]) -> T | None:
        """Return what one of a few words stands for."""
        if not self.has(key):
            return None
        value = self.found[key]
        if not isinstance(value, str) or value not in known:
            words = ", ".join(known)
            raise StartError(f"{self.at(key)}: expected one of {words}, got {shown(value)}")
        return known[value]

    def inner(self, key: str, known: frozenset[str]) -> Entry | None:
        """Return an object inside this one, which may have the known keys only."""
        if not self.has(key):
            return None
        return Entry(mapping(self.found[key], self.at(key), known), self.at(key))

    def image(self, key: str) -> ImageRule | None:
        """Return how an image becomes numbers."""
        entry = self.inner(key, IMAGE_KEYS)
        if entry is None:
            return None
        mode = entry.choice("mode", {each: each for each in CHANNELS})
        if mode is None:
            raise StartError(f"{entry.at('mode')}: missing; there are {', '.join(CHANNELS)}")
        size = entry.found.get("size")
        if not isinstance(size, list) or len(size) != 2:
            got = f"got {shown(size)}" if entry.has("size") else "it is missing"
            raise StartError(f"{entry.at('size')}: expected [width, height] in pixels, {got}")
        width, height = (
            count(length, f"{entry.at('size')}[{index}]") for index, length in enumerate(size)
        )
        scale = entry.positive("scale") or 1.0
        return ImageRule(mode, (width, height), scale, entry.flag("invert"))
