"""What a script writes to stderr, line by line, on its way to the log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MOST_LINES = 200
"""So many lines are logged at once …"""
LINES_PER_S = 50.0
"""… and so many in each second after that, of all calls together."""
MOST_CHARACTERS = 1000
"""So many characters of a line are logged."""
_MOST_BYTES = 4 * MOST_CHARACTERS


class Rate:
    """Let so much through at once, and so much in a second after that; from any thread.

    Args:
        burst: how much at once.
        per_s: how much in each second.
        clock: returns the time in seconds, from any start.
    """

    def __init__(
        self, burst: float, per_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = burst
        self._per_s = per_s
        self._clock = clock
        self._left = burst
        self._at = clock()
        self._lock = threading.Lock()

    def takes_one(self) -> bool:
        """Return whether one more may go through, and count it."""
        with self._lock:
            now = self._clock()
            self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


class Lines:
    """Cut bytes into lines as they come, and say them.

    Args:
        say: is told each line.
        rate: how many it is told.

    It has `last`, the last line that was not empty.
    """

    def __init__(self, say: Callable[[str], None], rate: Rate) -> None:
        self._say = say
        self._rate = rate
        self._rest = b""
        self._left_out = 0
        self.last = ""

    def feed(self, data: bytes) -> None:
        """Take bytes, which may end anywhere."""
        *whole, rest = data.split(b"\n")
        for line in whole:
            self._line(self._rest + line[:_MOST_BYTES])
            self._rest = b""
        self._rest = (self._rest + rest[:_MOST_BYTES])[:_MOST_BYTES]

    def close(self) -> None:
        """Say what has no line end, and how many lines were left out."""
        self._line(self._rest)
        self._rest = b""
        if self._left_out:
            self._say(f"… and {self._left_out} more lines")

    def _line(self, raw: bytes) -> None:
        text = shown(raw)
        if not text:
            return
        self.last = text
        if self._rate.takes_one():
            self._say(text)
        else:
            self._left_out += 1


def shown(raw: bytes) -> str:
    """Return a line as it can be logged: no character in it begins a line or moves a cursor."""
    text = raw.decode("utf-8", "replace").rstrip()
    text = "".join(each if each.isprintable() or each == "\t" else _escaped(each) for each in text)
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
