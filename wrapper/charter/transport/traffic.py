"""What the connections of one HTTP server have in common: limits, totals, and time. No sockets."""

from __future__ import annotations

import contextvars
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus

from charter.exchange import CLOSE, WITHOUT_BODY, Asked, Handler, Header

NEVER = 2**62
"""A count of sweeps that is not reached."""
_LONGEST_SWEEP_S = 1.0
_SHORTEST_SWEEP_S = 0.02
# So that what is over after a time is ended at most a quarter of it late.
_SWEEPS_A_TIME = 4
# How long what a client still sends is read and dropped after its last answer, so that it can read
# that: what is closed with bytes unread resets the connection (RFC 9112 §9.6).
_LINGER_S = 2.0
# How many different heads of answers are kept from one second to the next.
_MOST_HEADS = 64
# RFC 9110 §5.1 and §5.5: a name is a token, and a value has no control characters but tabs.
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")


@dataclass(frozen=True, slots=True)
class Limits:
    """Say how much a server takes, and how long it waits: bytes, and seconds or infinity.

    Args:
        max_body_bytes: the largest body of a request.
        max_pending_bytes: how many bytes of bodies are held at one time, over all connections.
        max_header_bytes: the largest head of a request.
        max_url_bytes: the longest target of a request.
        max_connections: how many connections are open at one time.
        header_timeout_s: how long a head may take to come.
        body_timeout_s: how long nothing of a body may come.
        write_timeout_s: how long a client may read nothing of its answer.
        keepalive_s: how long a connection may be idle; 0: it ends with the first answer.
    """

    max_body_bytes: int = 2**20
    max_pending_bytes: int = 2**22
    max_header_bytes: int = 2**16
    max_url_bytes: int = 2**16 - 1
    max_connections: int = 1024
    header_timeout_s: float = 20.0
    body_timeout_s: float = 30.0
    write_timeout_s: float = 30.0
    keepalive_s: float = 75.0

    @property
    def sweep_s(self) -> float:
        """Return how often the connections are looked through."""
        keepalive_s = self.keepalive_s or math.inf
        times = (self.header_timeout_s, self.body_timeout_s, self.write_timeout_s, keepalive_s)
        return min(_LONGEST_SWEEP_S, max(_SHORTEST_SWEEP_S, min(times) / _SWEEPS_A_TIME))


class Traffic:
    """Hold what the connections of a server share.

    Time is counted in sweeps: while the loop is held up no sweep takes place, so what a client has
    sent meanwhile is read before anything is over, and a clock that jumps changes nothing.

    Args:
        handle: what answers.
        limits: how much is taken.
        paths: what is served, which is looked up as it stands.
        needs_task: tells whether `handle` must be awaited in a task.
    """

    def __init__(
        self,
        handle: Handler,
        limits: Limits,
        paths: Iterable[str] = (),
        needs_task: Callable[[Asked], bool] = lambda asked: True,
    ) -> None:
        self.handle = handle
        self.needs_task = needs_task
        self.limits = limits
        self.targets = {path.encode("ascii"): (path, b"") for path in paths}
        self.context = contextvars.copy_context()
        self.sweeps = 0
        self.held_bytes = 0
        self.is_draining = False
        self.header_sweeps = self._sweeps(limits.header_timeout_s)
        self.body_sweeps = self._sweeps(limits.body_timeout_s)
        self.write_sweeps = self._sweeps(limits.write_timeout_s)
        self.linger_sweeps = self._sweeps(_LINGER_S)
        self.keepalive_sweeps = self._sweeps(limits.keepalive_s)
        self.first_sweeps = self.keepalive_sweeps if limits.keepalive_s else self.header_sweeps
        self._heads: dict[tuple[int, tuple[Header, ...]], tuple[bytes, bool]] = {}
        self._date = b""

    def tick(self) -> None:
        """Begin a sweep."""
        self.sweeps += 1
        date = formatdate(usegmt=True).encode("ascii")
        if date != self._date:
            self._date = date
            self._heads.clear()

    def head(self, status: int, headers: Sequence[Header]) -> tuple[bytes, bool]:
        """Return the head of an answer up to its length, and whether it ends the connection.

        Raises:
            ValueError: a header is none that HTTP has.
        """
        key = status, tuple(headers)
        found = self._heads.get(key)
        if found is None:
            found = (
                _line(status) + b"date: " + self._date + b"\r\n" + _lines(key[1]),
                CLOSE in key[1],
            )
            if len(self._heads) < _MOST_HEADS:
                self._heads[key] = found
        return found

    def _sweeps(self, seconds: float) -> int:
        if seconds == math.inf:
            return NEVER
        # One more, since the first sweep may come at once.
        return math.ceil(seconds / self.limits.sweep_s) + 1


def ended(head: bytes, status: int, size: int) -> bytes:
    """Return the head of an answer with its length."""
    return (
        head + b"\r\n" if status in WITHOUT_BODY else b"%bcontent-length: %d\r\n\r\n" % (head, size)
    )


def _line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode("ascii")


def _lines(headers: Sequence[Header]) -> bytes:
    for name, value in headers:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError(f"no header of HTTP: {name[:80]!r}: {value[:80]!r}")
    return b"".join(b"%b: %b\r\n" % header for header in headers)
