"""What a worker shows its supervisor of its health, many times within `--hang-timeout`.

A thread writes it into the head of the worker's table, so that nothing is shown any more when the
process is stopped or one of its threads never gives the interpreter to another.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Protocol

from charter.metrics.table import BEAT, CALL_S, LOOP_S, Table

_MOST_S = 1.0
_BEATS = 8


class Watched(Protocol):
    """Know how long calls of the model run."""

    def longest_call_s(self) -> float:
        """Return how many seconds the longest call that runs has taken; 0.0 where none does."""


def interval_s(limit_s: float) -> float:
    """Return the seconds between two beats, for a limit after which a worker is hung."""
    return min(_MOST_S, limit_s / _BEATS)


class Pulse:
    """Show how this process is, until `stop`; made on its event loop, which is watched too.

    Args:
        watched: knows about calls.
        table: where it is shown.
        limit_s: after how many seconds the supervisor thinks that this process is hung.
    """

    def __init__(self, watched: Watched, table: Table, limit_s: float) -> None:
        self._watched = watched
        self._table = table
        self._every_s = interval_s(limit_s)
        self._loop = asyncio.get_running_loop()
        self._asked: float | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._beat, name="charter-pulse", daemon=True).start()

    def stop(self) -> None:
        """Show nothing more; the loop may be closed after it."""
        self._ended.set()

    def _beat(self) -> None:
        while not self._ended.is_set():
            self._show(time.monotonic())
            self._ended.wait(self._every_s)

    def _show(self, now: float) -> None:
        numbers = self._table.numbers
        numbers[CALL_S] = self._watched.longest_call_s()
        asked = self._asked
        numbers[LOOP_S] = 0.0 if asked is None else now - asked
        numbers[BEAT] = now
        if asked is None:
            self._asked = now
            try:
                self._loop.call_soon_threadsafe(self._answer)
            except RuntimeError:  # the loop was closed meanwhile
                self._ended.set()

    def _answer(self) -> None:
        self._asked = None
