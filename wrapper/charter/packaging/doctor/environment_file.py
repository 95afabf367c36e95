"""The lines of `.s2i/environment`, each with its number. Pure; no files here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from charter.component import loader

BYTE_ORDER_MARK = "\ufeff"
"""What some editors put first in a file, and s2i takes for a part of the first name."""


@dataclass(frozen=True, slots=True)
class Line:
    """Hold one line of an environment file that is no comment and not empty.

    Args:
        number: from 1.
        text: as it is written.
        name: what s2i takes for the name; "" where it skips the line.
        value: what s2i takes for the value.
        is_read: whether s2i reads it at all.
    """

    number: int
    text: str
    name: str = ""
    value: str = ""
    is_read: bool = False


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
        names = (name, f"export {name}", f"{BYTE_ORDER_MARK}{name}")
        values = [line.value for line in self.pairs if line.name in names]
        return values[-1].strip("\"'").strip() if values else ""

    @property
    def pairs(self) -> tuple[Line, ...]:
        """Return the lines that s2i reads."""
        return tuple(line for line in self.lines if line.is_read)


def parse(path: str, text: str) -> EnvironmentFile:
    """Return the lines of an environment file, as `loader.parse_environment` reads them."""
    lines = enumerate(loader.environment_lines(text), 1)
    counting = [(number, line) for number, line in lines if line.strip() and line[0] != "#"]
    return EnvironmentFile(path, tuple(_line(number, line) for number, line in counting))


def _line(number: int, text: str) -> Line:
    pair = loader.environment_pair(text)
    return Line(number, text) if pair is None else Line(number, text, *pair, is_read=True)


def values(files: Iterable[EnvironmentFile]) -> dict[str, str]:
    """Return the variables of all files; what comes later wins."""
    return {line.name: line.value for file in files for line in file.pairs}
