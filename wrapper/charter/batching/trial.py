"""Whether it pays to put a call off while the process itself is busy: found out by trying.

Where one process reads requests and calls the model on the same processors, a call that is put off
costs nothing as long as requests are being read meanwhile, and saves a call for those that are. No
clock of arrivals tells that from idle waiting, but the processor time does. What has not paid is
tried again after ever more calls.
"""

from __future__ import annotations

# So long is waited before it is known whether the process is busy; seconds.
QUANTUM_S = 0.0003
# Of the time that a call is put off, so much must be processor time.
_BUSY = 0.8
# It pays if so many more rows are there than when it began.
_GROWTH = 1.25
# So many calls are not put off, at most, after trials that did not pay.
MOST_SKIPPED = 1023


class Trial:
    """Put calls off as long as that pays; told of each chance. Not safe for threads.

    Args:
        most_wait_s: so many seconds a call is put off at most.
    """

    __slots__ = ("_began", "_most_wait_s", "_rows", "_skipped", "_to_skip")

    def __init__(self, most_wait_s: float) -> None:
        self._most_wait_s = most_wait_s
        self._began: tuple[float, float] | None = None
        self._rows = 0
        self._skipped = 0
        self._to_skip = 0

    def pause_s(self, now: float, cpu_s: float, rows: int, expected: int) -> float:
        """Return how many seconds to put a call off, before asking again; 0.0: start now.

        Args:
            now: the time in seconds.
            cpu_s: processor time of this process, in seconds.
            rows: how many wait.
            expected: how many were under way lately.
        """
        if rows >= expected:
            return 0.0
        if self._began is None:
            if self._to_skip:
                self._to_skip -= 1
                return 0.0
            self._began, self._rows = (now, cpu_s), rows
            return min(QUANTUM_S, self._most_wait_s)
        waited_s = now - self._began[0]
        if waited_s >= QUANTUM_S and cpu_s - self._began[1] < waited_s * _BUSY:
            return 0.0
        return max(0.0, min(QUANTUM_S, self._most_wait_s - waited_s))

    def started(self, rows: int) -> None:
        """Take note of a call with so many rows, which was put off or not."""
        if self._began is None:
            return
        has_paid = rows >= self._rows * _GROWTH
        self._skipped = 0 if has_paid else min(2 * self._skipped + 1, MOST_SKIPPED)
        self._to_skip, self._began = self._skipped, None
