"""Where the calls of a model belong: how many at a time, and on the loop or in threads."""

from __future__ import annotations

import math
from dataclasses import dataclass

LONG_S = 0.002
"""A call shorter than this delays an event loop less than a scheduler's time slice would."""
# So many in a row before the first promotion; twice as many after each demotion,
PROVING_CALLS = 32
# but after one that follows so many short calls on the loop. Where other programs run on the same
# processor, a call in some thousands is long that has only waited for them.
FORGIVEN_CALLS = PROVING_CALLS * 2**7
_MOST_PROVING_CALLS = PROVING_CALLS * 2**10
AUTO, INLINE, THREADS = "auto", "inline", "threads"
"""Where calls run: where they have proved to belong, always on the loop, never there."""
# Of a model that says that it is thread-safe: as many as concurrent.futures would start.
_MORE_THAN_CPUS, MOST_THREADS = 4, 32


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold how the calls of a model are run.

    Args:
        threads: how many at a time; 0: one, or more where the model says that it is thread-safe.
        where: `AUTO`, `INLINE` or `THREADS`.
        max_queue: how many may wait for their turn.
    """

    threads: int = 1
    where: str = AUTO
    max_queue: int = 512

    def slots(self, cpus: int, *, is_thread_safe: bool) -> int:
        """Return how many calls may run at a time.

        Args:
            cpus: how many the process has.
            is_thread_safe: whether the model says so of itself.
        """
        if self.threads or not is_thread_safe:
            return self.threads or 1
        return min(cpus + _MORE_THAN_CPUS, MOST_THREADS)


class Record:
    """Remember how long the calls of one method took.

    Args:
        needed: how many short ones in a row it takes before the first promotion.
        inline: whether they run on the loop from the first on.
    """

    __slots__ = ("inline", "left", "needed")

    def __init__(self, needed: float = PROVING_CALLS, *, inline: bool = False) -> None:
        self.inline = inline
        self.needed = needed
        self.left = needed

    def note(self, seconds: float) -> None:
        """Take the duration of one call into account."""
        if seconds < LONG_S:
            self.left -= 1  # below zero it counts the calls on the loop
            if self.left <= 0:
                self.inline = True
            return
        if self.needed == math.inf:  # it stays where it is
            return
        if self.inline:
            is_forgiven = self.left <= -FORGIVEN_CALLS
            self.needed = (
                PROVING_CALLS if is_forgiven else min(self.needed * 2, _MOST_PROVING_CALLS)
            )
        self.inline = False
        self.left = self.needed
