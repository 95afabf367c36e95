"""The lines of `.s2i/environment`, each with its number. Pure; no files here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one line of an environment file that is no comment and not empty.

    Args:
        number: from 1.
        text: as it is written.
    """

    number: int
    text: str

    @property
    def has_value(self) -> bool:
        """Return whether s2i reads it at all."""
        return "=" in self.text

    @property
    def name(self) -> str:
        """Return what s2i takes for the name."""
        return self.text.partition("=")[0].strip()

    @property
    def value(self) -> str:
        """Return what s2i takes for the value."""
        return self.text.partition("=")[2].strip()


@dataclass(frozen=True, slots=True)
class EnvironmentFile:
    """Hold one environment file.

    Args:
        path: relative to the folder that is checked.
        lines: those that are no comments, in order.
    """

    path: str
    lines: tuple[Line, ...]

    def line_of(self, name: str) -> int:
        """Return the number of the line that sets a variable last; 0 where none does."""
        return next((line.number for line in reversed(self.pairs) if line.name == name), 0)

    def meant(self, name: str) -> str:
        """Return the value that people mean for a variable, behind `export` and in quotes too.

        That is a mistake of its own, which must not hide the others.
        """
        values = [line.value for line in self.pairs if line.name in (name, f"export {name}")]
        return values[-1].strip("\"'").strip() if values else ""

    @property
    def pairs(self) -> tuple[Line, ...]:
        """Return the lines that s2i reads."""
        return tuple(line for line in self.lines if line.has_value)


def parse(path: str, text: str) -> EnvironmentFile:
    """Return the lines of an environment file; `#` is a comment in the first column only."""
    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]
    return EnvironmentFile(path, tuple(line for line in lines if _counts(line.text)))


def _counts(text: str) -> bool:
    return bool(text.strip()) and not text.startswith("#")


def values(files: Iterable[EnvironmentFile]) -> dict[str, str]:
    """Return the variables of all files; what comes later wins."""
    return {line.name: line.value for file in files for line in file.pairs}
