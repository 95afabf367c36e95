"""What is known of distributions: what they need, how large they are; by what is installed here."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata

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
        size: of its files, in bytes.
    """

    name: str
    version: str = ""
    needs: tuple[str, ...] = ()
    size: int = 0


@dataclass(frozen=True, slots=True)
class Installed:
    """Hold what is installed here, as far as the folder asks for it.

    Args:
        imports: distributions by top-level import name.
        known: distributions by canonical name.
        version: of Python, such as `3.12`.
    """

    imports: Mapping[str, list[str]] = field(default_factory=dict)
    known: Mapping[str, Distribution] = field(default_factory=dict)
    version: str = f"{sys.version_info[0]}.{sys.version_info[1]}"

    def closure(self, wanted: Iterable[Requirement]) -> tuple[str, ...]:
        """Return the canonical names of requirements, and of all that they bring along."""
        found: dict[str, None] = {}
        queue = [(names.canonical(each.name), each.extras) for each in wanted if applies(each)]
        while queue:
            name, extras = queue.pop(0)
            is_new = name not in found
            found[name] = None
            if is_new or extras:
                queue += [each for each in self._needs(name, extras) if each[0] not in found]
        return tuple(found)

    def _needs(self, name: str, extras: set[str]) -> list[tuple[str, set[str]]]:
        distribution = self.known.get(name)
        if distribution is None:
            return [(each, set()) for each in names.NEEDS.get(name, ())]
        read = [parsed(text) for text in distribution.needs]
        return [
            (names.canonical(each.name), each.extras)
            for each in read
            if each is not None and applies(each, extras)
        ]


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


def installed(wanted: Iterable[Requirement]) -> Installed:
    """Return what is installed here of some requirements, of Charter, and of what they need."""
    imports = {name: list(found) for name, found in metadata.packages_distributions().items()}
    known: dict[str, Distribution] = {}
    queue = [CHARTER, *(each.name for each in wanted)]
    while queue:
        name = names.canonical(queue.pop())
        if name in known or name in _missing(name):
            continue
        known[name] = _read(name)
        queue += [each.name for each in map(parsed, known[name].needs) if each is not None]
    return Installed(imports, known)


def _missing(name: str) -> tuple[str, ...]:
    try:
        metadata.distribution(name)
    except (metadata.PackageNotFoundError, ValueError):
        return (name,)
    return ()


def _read(name: str) -> Distribution:
    found = metadata.distribution(name)
    return Distribution(name, found.version, tuple(found.requires or ()), _size(found))


def _size(distribution: metadata.Distribution) -> int:
    """Return the bytes of a distribution's files that are there, without what is compiled later."""
    total = 0
    for file in distribution.files or ():
        path = distribution.locate_file(file)
        try:
            total += path.stat().st_size  # type: ignore[attr-defined]  # a path, in all that pip installs
        except OSError:
            continue
    return total
