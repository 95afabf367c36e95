"""Which files `.s2iignore` and `.dockerignore` keep out of an image. Pure; no files here."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass

NAMES = (".s2iignore", ".dockerignore")


@dataclass(frozen=True, slots=True)
class Ignore:
    """Hold the patterns of one file, in order; the last one that fits decides.

    Args:
        patterns: pairs of the parts of a glob and whether it keeps out (or, with `!`, in).
    """

    patterns: tuple[tuple[tuple[str, ...], bool], ...] = ()

    def leaves_out(self, path: str) -> bool:
        """Return whether a path, relative to the folder, stays out of the image."""
        parts = path.split("/")
        heads = [parts[:length] for length in range(1, len(parts) + 1)]
        is_out = False
        for pattern, keeps_out in self.patterns:
            if any(_fits(head, pattern) for head in heads):
                is_out = keeps_out
        return is_out


def parse(text: str) -> Ignore:
    """Return the patterns of an ignore file.

    s2i and Docker agree on what both know: one glob a line, from the root of the folder, `#` for
    comments, `!` for exceptions. Docker also knows `**`.
    """
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    return Ignore(tuple((_parts(line.removeprefix("!")), line[0] != "!") for line in lines))


def _parts(pattern: str) -> tuple[str, ...]:
    return tuple(part for part in pattern.strip().split("/") if part not in ("", "."))


def _fits(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_fits(parts[skipped:], pattern[1:]) for skipped in range(len(parts) + 1))
    return (
        bool(parts) and fnmatch.fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])
    )
