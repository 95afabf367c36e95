"""What is known of distributions: what they need, how large they are; by what is installed here."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from charter.packaging.doctor import names

CHARTER = "charter"
# Images are Linux, wherever the check runs.
_IMAGE = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}


@dataclass(frozen=True, slots=True)
class Distribution:
    """Hold what is known of one installed distribution.

    Args:
        name: canonical.
        version: the installed one.
        needs: the requirements that it has itself, as their text.
    """

    name: str
    version: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Installed:
    """Hold what is installed here, as far as the folder asks for it.

    Args:
        imports: distributions by top-level import name.
        known: distributions by canonical name.
        sizes: bytes of those that the image has beside Charter's own, by canonical name.
    """

    imports: Mapping[str, list[str]] = field(default_factory=dict)
    known: Mapping[str, Distribution] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)

    def closure(self, wanted: Iterable[Requirement]) -> tuple[str, ...]:
        """Return the canonical names of requirements, and of all that they bring along."""
        found: dict[tuple[str, frozenset[str]], None] = {}
        queue = [_key(each) for each in wanted if applies(each)]
        while queue:
            key = queue.pop(0)
            if key not in found:
                found[key] = None
                queue += map(_key, self._needs(*key))
        return tuple(dict.fromkeys(name for name, _ in found))

    def _needs(self, name: str, extras: frozenset[str]) -> list[Requirement]:
        distribution = self.known.get(name)
        return _applying(distribution, extras) if distribution else _told(name)


def _key(requirement: Requirement) -> tuple[str, frozenset[str]]:
    """Return what tells requirements apart: a distribution asks for more with extras."""
    return names.canonical(requirement.name), frozenset(requirement.extras)


def _told(name: str) -> list[Requirement]:
    """Return what is known without an installed distribution of what it needs."""
    return [Requirement(each) for each in names.NEEDS.get(name, ())]


def _applying(distribution: Distribution, extras: Iterable[str]) -> list[Requirement]:
    """Return what an installed distribution needs in an image, with some of its extras."""
    read = [parsed(text) for text in distribution.needs]
    return [each for each in read if each is not None and applies(each, extras)]


def parsed(text: str) -> Requirement | None:
    """Return a requirement, `None` where it is none."""
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def applies(requirement: Requirement, extras: Iterable[str] = ()) -> bool:
    """Return whether a requirement counts in an image, with some extras of who has it."""
    if requirement.marker is None:
        return True
    return any(
        requirement.marker.evaluate({**_IMAGE, "extra": extra})  # the rest is as here
        for extra in ("", *extras)
    )


def installed(wanted: Sequence[Requirement]) -> Installed:
    """Return what is installed here of some requirements, of Charter, and of what they need."""
    known: dict[str, Distribution] = {}
    queue = [_key(each) for each in (Requirement(CHARTER), *wanted)]
    seen = set(queue)
    while queue:
        name, extras = queue.pop()
        found = _read(name)
        if found is not None:
            known[name] = found
        needs = _applying(found, extras) if found else _told(name)
        keys = {_key(each) for each in needs} - seen
        seen |= keys
        queue += keys
    there = Installed(_imports(), known)
    own = set(there.closure([Requirement(CHARTER)]))
    asked = [name for name in there.closure(wanted) if name in known and name not in own]
    return dataclasses.replace(there, sizes={name: size(name) for name in asked})


@functools.cache
def _imports() -> Mapping[str, list[str]]:
    """Return the distributions by import name; it takes 0.2 s, and stays the same in a process."""
    return metadata.packages_distributions()


@functools.lru_cache(maxsize=512)
def _read(name: str) -> Distribution | None:
    """Return what is known of a distribution; `None` where it is not installed."""
    try:
        found = metadata.distribution(name)
    except (metadata.PackageNotFoundError, ValueError):
        return None
    return Distribution(name, found.version, tuple(found.requires or ()))


@functools.lru_cache(maxsize=512)
def size(name: str) -> int:
    """Return the bytes of the files of an installed distribution; 0 where it is not installed."""
    try:
        found = metadata.distribution(name)
    except (metadata.PackageNotFoundError, ValueError):
        return 0
    return sum(_bytes(Path(str(found.locate_file(file)))) for file in found.files or ())


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
