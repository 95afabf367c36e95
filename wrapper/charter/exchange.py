"""An HTTP request and what answers it, as all see it who stand between a socket and the service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from charter.errors import TooLarge

Header: TypeAlias = tuple[bytes, bytes]
Answer: TypeAlias = tuple[int, bytes, Sequence[Header]]
"""Status, body, and headers without a content-length; a plain tuple, as one is made a request."""

CLOSE: Header = (b"connection", b"close")
# RFC 9110 §8.6: “A server MUST NOT send a Content-Length header field” with these.
WITHOUT_BODY = frozenset({*range(100, 200), 204, 304})
# How much of a body over the limit is read and dropped, in limits, so that a client that sends
# all before it reads gets to see the 413; beyond it the connection is closed.
DROPPED_LIMITS = 4


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


@dataclass(slots=True)
class Asked:
    """Hold an HTTP request that is complete, or why it never will be. Nobody changes it.

    Args:
        verb: such as `POST`.
        path: without the query, and without what it is mounted below.
        query: without `?`.
        headers: names in lower case, and values.
        body: the bytes.
        head: the last value of each header.
        client: address of who asks.
        scheme: http or https.
        root: the path that the service is mounted below.
        refusal: why it is answered with an error, or with nothing.
    """

    # Not frozen: that would cost a microsecond a request.
    verb: str
    path: str
    query: bytes
    headers: Sequence[Header]
    body: bytes
    head: Mapping[bytes, bytes] = field(default_factory=dict)
    client: str = "-"
    scheme: str = "http"
    root: str = ""
    refusal: Exception | None = None


Handler: TypeAlias = Callable[[Asked], Awaitable[Answer | None]]
"""Answers a request; `None` where nobody waits for the answer."""


def too_large(limit: int, size: int) -> TooLarge:
    """Return the error of a body over the limit, of which so many bytes are known; in bytes."""
    return TooLarge(
        f"body: expected at most {limit} bytes, got {size} or more; the limit is --max-body-bytes"
    )


def number(length: bytes) -> int:
    """Return the value of a content-length; 0 where it is none."""
    return int(length) if length.isdigit() else 0
