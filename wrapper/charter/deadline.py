"""Who waits for an answer, and until when. No timers here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from charter.errors import TooLate

now = time.monotonic
"""The clock of deadlines, in seconds; a change of the system's time does not move it."""
CALLERS = "the caller's own deadline"

_NEVER_S = 1e9
"""Beyond so many seconds, 32 years, there is no deadline: grpcio says 9.2e18 of a caller that set
none, and no lock can be waited for so long."""

OnLeave: TypeAlias = Callable[[Callable[[], None]], object]
"""Takes what is to be called, in any thread, when the caller is gone."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """Hold when a caller stops waiting.

    Args:
        at: on the clock `now`, in seconds.
        limit_s: how long the caller waits in all.
        source: the setting that says so, or `CALLERS`.
        interrupts: whether the caller has to be told when it has passed; not where the caller
            watches a clock of its own, and only work that has not begun is saved.
    """

    at: float
    limit_s: float
    source: str
    interrupts: bool = True

    @property
    def left_s(self) -> float:
        """Return how many seconds are left, 0.0 when it has passed."""
        return max(self.at - now(), 0.0)

    @property
    def has_passed(self) -> bool:
        """Return whether nobody waits any more."""
        return now() >= self.at

    def error(self) -> TooLate:
        """Return what the caller is told."""
        return TooLate(f"no answer within {self.limit_s:g} s; the limit is {self.source}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Hold what is known of who waits for an answer.

    Args:
        deadline: until when; `None` for as long as it takes.
        on_leave: tells when the caller is gone; `None` where nobody knows.
    """

    deadline: Deadline | None = None
    on_leave: OnLeave | None = None


NOBODY = Caller()
"""Who waits as long as it takes, as far as is known."""


def within(seconds: float, source: str) -> Deadline | None:
    """Return the deadline that lies so many seconds from now; `None` for 0, which sets none."""
    return Deadline(now() + seconds, seconds, source) if seconds else None


def earlier(seconds: float | None, own: Deadline | None) -> Deadline | None:
    """Return the earlier of a caller's own deadline and that of the service.

    Args:
        seconds: that are left until the caller's; `None`, or too many, where it has none.
        own: that of the service.
    """
    if seconds is None or seconds > _NEVER_S or (own is not None and own.left_s <= seconds):
        return own
    return Deadline(now() + seconds, seconds, CALLERS, interrupts=False)
