"""What a rule is and what it finds. Pure; no files here."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from charter.packaging.doctor.folder import Folder


class Level(enum.Enum):
    """Say how bad a finding is."""

    ERROR = "error"
    """The image cannot be built, does not start, or answers wrongly."""
    WARNING = "warning"
    """It may work today; it is a trap."""
    NOTE = "note"
    """Good to know."""


@dataclass(frozen=True, slots=True)
class Found:
    """Say what a rule found, and where.

    Args:
        path: the file, relative to the folder that is checked, with `/`.
        message: what was found, what was expected.
        line: the line in the file, from 1; 0 means all of it.
        fix: what to do, where that is more exact than the rule's own sentence.
        detail: more lines, such as a traceback.
    """

    path: str
    message: str
    line: int = 0
    fix: str = ""
    detail: str = ""


Look: TypeAlias = Callable[["Folder"], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Rule:
    """Describe one rule.

    Args:
        id: such as `CH203`; the hundreds are its group.
        level: how bad what it finds is.
        title: what is wrong, in a few words.
        reason: why that is wrong, in one sentence.
        fix: what to do, in one sentence.
        look: finds it.
    """

    id: str
    level: Level
    title: str
    reason: str
    fix: str
    look: Look


@dataclass(frozen=True, slots=True)
class Finding:
    """Hold one finding of one rule, ready to be told."""

    rule: Rule
    level: Level
    path: str
    line: int
    message: str
    fix: str
    detail: str = ""

    @property
    def place(self) -> str:
        """Return the file, and the line where there is one."""
        return f"{self.path}:{self.line}" if self.line else self.path


GROUPS = {
    "CH1": "source",
    "CH2": "environment",
    "CH3": "requirements",
    "CH4": "code",
    "CH5": "contract",
    "CH6": "files",
    "CH7": "image",
    "CH8": "load",
}
"""What the hundreds of the ids stand for."""
