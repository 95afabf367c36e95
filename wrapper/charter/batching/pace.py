"""When it pays to wait for more rows before a call: learnt from who comes back after an answer.

Waiting pays where callers ask again as soon as they were answered, since those who were just served
together will be there together: a moment of waiting joins them with those who queued meanwhile.
Where requests come by themselves no more of them come after an answer than at other times, and to
wait is a loss. So the share of rows that come soon after the end of a call is compared with the
share of time that this is.

What is soon depends on what waiting saves. Two calls with q and k rows take longer than one with
q + k by what a call costs without any row, which is learnt from calls of different sizes. Who does
not come back within half of that is not worth waiting for: meanwhile a call of q could have begun.
"""

from __future__ import annotations

import math

# A new call counts so much for how long calls take.
_NEWEST = 0.25
# So much of what was seen is left after each call, or after as long without one as one takes.
_KEPT = 0.9
# With fewer rows than some of these nothing is known yet.
_DOUBT_ROWS = 2.0
# Of those answered so many must come back, or there is no waiting.
_ENOUGH = 0.5
# Sizes of calls tell what one costs if they spread by so much of their mean; else all are alike.
_SPREAD = 0.25
# No timer is as exact as this; seconds.
_LEAST_WAIT_S = 0.0001


class Pace:
    """Learn when to wait; for one method, told of everything in the order in which it happens.

    Rows count, not requests. All times are in seconds, of any one clock that never goes back. Not
    safe for threads: whoever holds the queue holds its lock.

    Args:
        most_rows: so many rows has a call at most.
        most_wait_s: a request that could be answered waits at most so long for others.
    """

    __slots__ = (
        "_answered",
        "_came",
        "_came_soon",
        "_ended",
        "_left",
        "_most_rows",
        "_most_wait_s",
        "_seconds",
        "_sizes",
        "_soon_s",
        "_time_s",
    )

    def __init__(self, most_rows: int, most_wait_s: float) -> None:
        self._most_rows = most_rows
        self._most_wait_s = most_wait_s
        self._seconds = 0.0  # that a call takes lately
        self._sizes = _Sizes()
        self._ended: float | None = None  # when the last call did
        self._answered = 0  # rows of it
        self._left = 0  # rows that were queued then
        # What came since a call has ended, in rows, and the time; and of both what was soon after.
        self._came = self._came_soon = 0.0
        self._time_s = self._soon_s = 0.0

    def arrived(self, now: float, rows: int) -> None:
        """Take into account that a request has joined the queue."""
        if self._ended is None:
            return
        self._came += rows
        if now - self._ended <= self._window_s:
            self._came_soon += rows

    def ended(self, now: float, rows: int, seconds: float, rows_queued: int) -> None:
        """Take into account that a call has ended.

        Args:
            now: the time.
            rows: how many it answered.
            seconds: how long it took.
            rows_queued: how many wait now.
        """
        if self._ended is not None:
            since = max(0.0, now - self._ended)
            kept = _KEPT ** max(1.0, since / self._seconds if self._seconds else 1.0)
            self._came, self._came_soon = self._came * kept, self._came_soon * kept
            self._time_s = (self._time_s + since) * kept
            self._soon_s = (self._soon_s + min(since, self._window_s)) * kept
        self._seconds += (seconds - self._seconds) * (_NEWEST if self._seconds else 1.0)
        self._sizes.note(rows, seconds)
        self._ended, self._answered, self._left = now, rows, rows_queued

    def wait_s(self, now: float, rows_queued: int, oldest_arrival: float) -> float:
        """Return for how long at most to wait for more rows; 0.0: start now.

        Ask again whenever a request arrives; with as many rows as are expected it is 0.0.

        Args:
            now: the time.
            rows_queued: how many wait, 1 or more.
            oldest_arrival: when the first of them came.
        """
        if self._ended is None or rows_queued >= self.expected_rows:
            return 0.0
        free_since = max(oldest_arrival, self._ended)
        until = min(free_since + self._most_wait_s, self._ended + self._window_s)
        return until - now if until - now > _LEAST_WAIT_S else 0.0

    @property
    def expected_rows(self) -> int:
        """Return how many rows will soon be there: queued when a call ended, or coming back."""
        back = self.coming_back
        returning = self._answered * back if back >= _ENOUGH else 0.0
        return min(self._most_rows, round(self._left + returning))

    @property
    def under_way(self) -> int:
        """Return how many rows were answered by the last call or queued when it ended."""
        return min(self._most_rows, self._answered + self._left)

    @property
    def coming_back(self) -> float:
        """Return how many of those answered ask again soon, from 0 to 1."""
        if not self._time_s:
            return 0.0
        share = self._soon_s / self._time_s
        surplus = self._came_soon - share * self._came
        return max(0.0, surplus / ((1.0 - share) * self._came + _DOUBT_ROWS))

    @property
    def _window_s(self) -> float:
        """Return what is soon: half of what a call takes lately, or of what one call less saves."""
        return min(self._seconds, self._sizes.fixed_s) / 2


class _Sizes:
    """Tell what a call costs without any row, by least squares over the last calls."""

    __slots__ = ("_rows", "_rows_rows", "_rows_s", "_s", "_weight", "fixed_s")

    def __init__(self) -> None:
        self._weight = self._rows = self._s = self._rows_rows = self._rows_s = 0.0
        self.fixed_s = math.inf
        """Seconds; infinite until it is known."""

    def note(self, rows: int, seconds: float) -> None:
        self._weight = self._weight * _KEPT + 1.0
        self._rows = self._rows * _KEPT + rows
        self._s = self._s * _KEPT + seconds
        self._rows_rows = self._rows_rows * _KEPT + rows * rows
        self._rows_s = self._rows_s * _KEPT + rows * seconds
        mean = self._rows / self._weight
        variance = self._rows_rows / self._weight - mean * mean
        if variance < (_SPREAD * mean) ** 2:
            return
        mean_s = self._s / self._weight
        per_row = (self._rows_s / self._weight - mean * mean_s) / variance
        self.fixed_s = max(0.0, mean_s - per_row * mean)
