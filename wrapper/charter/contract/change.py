"""One change between two contracts, and what it means. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Verdict(enum.IntEnum):
    """Say what a change means, the worst last."""

    COMPATIBLE = 0
    """Whoever kept to the old contract sees nothing new."""
    WIDENED = 1
    """More is taken, or more is told."""
    BREAKING = 2
    """Some who kept to the old contract are refused, or get what they do not expect."""


@dataclass(frozen=True, slots=True)
class Change:
    """Hold one change.

    Args:
        where: the place in the new contract, or in the old one where it is gone.
        what: what changed, as a clause.
        verdict: what it means.
        whom: whom it breaks, such as `callers that send null`; "" unless it is breaking.
    """

    where: str
    what: str
    verdict: Verdict
    whom: str = ""

    def __str__(self) -> str:
        if self.verdict is Verdict.BREAKING:
            return f"{self.where}: {self.what}: breaking for {self.whom}"
        return f"{self.where}: {self.what}"


def broken(where: str, what: str, whom: str) -> Change:
    """Return a change that breaks someone."""
    return Change(where, what, Verdict.BREAKING, whom)
