"""The bytes of one HTTP/1.1 connection as requests, none larger than the limits. No sockets.

References: RFC 9110 (semantics) and RFC 9112 (messages). httptools takes the bytes apart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import unquote

import httptools

from charter.errors import BadPayload, Busy, ServingError, shown
from charter.exchange import DROPPED_LIMITS, Asked, Header, number, too_large
from charter.transport.traffic import Traffic

KEEPS, KEEPS_TOO, CLOSES = b"", b"connection: keep-alive\r\n", b"connection: close\r\n"
"""What the answer says of the connection: nothing, what a client of HTTP/1.0 has to be told, and
that it ends."""
Ready: TypeAlias = tuple[Asked, int, bytes]
"""A request, how many bytes of its body are held, and what its answer says of the connection."""

# What is left of a body that is longer goes by the parser, which would copy it.
_LARGE_BYTES = 2**16
# Between name and value, and at the end of the line.
_HEADER_EXTRA = 4


class _Over(Exception):
    """Nothing more of this connection is read."""


class Incoming:
    """Gather requests from bytes that may be cut anywhere.

    Args:
        traffic: limits, and the bytes that all connections hold.
        client: address of the client.
    """

    def __init__(self, traffic: Traffic, client: str) -> None:
        self.ready: deque[Ready] = deque()
        self.is_begun = False
        """Whether some of a request has come that is not ready."""
        self.is_over = False
        """Whether nothing more is read."""
        self.asked: Asked | None = None
        """The request whose body is coming."""
        self.waits = False
        """Whether the client waits to be told to send it (RFC 9110 §10.1.1)."""
        self._traffic = traffic
        self._limits = traffic.limits
        self._client = client
        self._parser = httptools.HttpRequestParser(self)
        self._url = b""
        self._headers: list[Header] = []
        self._chunks: list[bytes] = []
        self._fed = self._first = self._last = 0
        self._size = self._held = self._left = 0
        self._length = -1
        self._wants_upgrade = self._is_resuming = False
        self._connection = KEEPS

    def feed(self, data: bytes) -> None:
        """Take the next bytes; what is whole then is in `ready`."""
        try:
            while data and not self.is_over:
                data = self._take(data) if self._left else self._parse(data)
        except _Over:
            return

    def refuse(self, error: Exception) -> None:
        """Answer what has come of a request with an error, and read no more."""
        if self.is_over:
            return
        asked = self.asked or Asked("-", "", b"", (), b"", client=self._client)
        asked.refusal = asked.refusal or error
        self._release()
        self.asked, self.is_begun = None, False
        self.is_over = True
        self.ready.append((asked, 0, CLOSES))

    def close(self) -> None:
        """Let go of all that is held."""
        self._release()
        for _, size, _ in self.ready:
            self._traffic.held_bytes -= size
        self.ready.clear()
        self.is_over = True
        self.asked = None
        del self._parser  # which holds this, and the two would wait for the garbage collector

    def _parse(self, data: bytes) -> bytes:
        """Give bytes to the parser; return those that it has left."""
        size = self._last = len(data)
        if self.is_begun:
            self._fed += size
        else:
            self._fed, self._first = size, 0
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # RFC 9110 §7.8: “A server MAY ignore a received Upgrade header field”.
            self._parser = httptools.HttpRequestParser(self)
            if self.asked is not None:
                self._resume_body()
            return data[upgrade.args[0] :]
        except httptools.HttpParserError as error:
            self._fail(error)
        if self.asked is None:
            if self.is_begun:
                self._weigh_head()
        elif self._length < 0:
            # Of trailers and chunk extensions nothing is kept, but the parser keeps one of them.
            if self._fed > self._limits.max_header_bytes:
                self.refuse(self._large_head(self._fed))
        elif self._length - self._size >= _LARGE_BYTES:
            self._left = self._length - self._size
        return b""

    def _resume_body(self) -> None:
        """Let the parser read the body of a request that wants to upgrade, which it leaves out."""
        framing = b"transfer-encoding: chunked"
        if self._length >= 0:
            framing = b"content-length: %d" % self._length
        self._wants_upgrade, self._is_resuming = False, True
        self._parser.feed_data(b"POST / HTTP/1.1\r\n" + framing + b"\r\n\r\n")

    def _take(self, data: bytes) -> bytes:
        """Give bytes to a large body; return those that follow it."""
        left = self._left
        body = data if len(data) <= left else data[:left]
        self._left -= len(body)
        self.on_body(body)
        if self._left:
            return b""
        self._parser = httptools.HttpRequestParser(self)
        self.on_message_complete()
        return data[left:]

    def _fail(self, error: httptools.HttpParserError) -> None:
        if self.is_over:
            return
        cause = error.__context__
        if isinstance(error, httptools.HttpParserCallbackError) and cause is not None:
            if not isinstance(cause, ServingError):
                raise cause
            self.refuse(cause)
        elif self._parser.get_http_version() == "2.0":
            self.refuse(_other_version())
        else:
            self.refuse(BadPayload(f"request: no HTTP/1.1: {error}", rest_status=400))

    def _weigh_head(self) -> None:
        """Refuse a head that is too large while it is coming."""
        if len(self._url) > self._limits.max_url_bytes:
            self.refuse(self._long_url(len(self._url)))
        elif self._fed - self._first > self._limits.max_header_bytes + len(self._url):
            self.refuse(self._large_head(self._fed - self._first))

    # What httptools calls.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self.is_begun = True

    def on_url(self, url: bytes) -> None:
        """Take a piece of the target."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; of a trailer nothing is made."""
        if self.asked is not None:
            return
        # RFC 9110 §5.5: “A field value does not include leading or trailing whitespace”.
        self._headers.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Take the head of a request, and refuse what will not be read."""
        if self._is_resuming:
            self._url, self._is_resuming = b"", False
            return
        parser = self._parser
        headers, self._headers = self._headers, []
        url, self._url = self._url, b""
        if len(url) > self._limits.max_url_bytes:
            raise self._long_url(len(url))
        head = dict(headers)
        path, query = self._traffic.targets.get(url) or _split(url)
        verb = parser.get_method().decode("ascii")
        self.asked = Asked(verb, path, query, headers, b"", head, self._client)
        if self._fed > self._limits.max_header_bytes:
            self._check_head(headers)
        if verb == "CONNECT":
            got = shown(url.decode("latin-1"))
            raise BadPayload(f"target: expected no tunnel, got CONNECT {got}", rest_status=400)
        keeps = parser.should_keep_alive()
        self._connection = KEEPS if keeps else CLOSES
        if not keeps or b"connection" in head:
            version = parser.get_http_version()
            if version == "2.0":
                raise _other_version()
            if keeps and version == "1.0":
                self._connection = KEEPS_TOO
        length = head.get(b"content-length")
        self._length = number(length) if length else -1
        if b"upgrade" in head:
            has_body = self._length > 0 or b"transfer-encoding" in head
            self._wants_upgrade = has_body and bool(parser.should_upgrade())
        if not length or b"expect" in head or self._length > self._limits.max_body_bytes:
            self._foresee(headers, head)
        self._fed = 0

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        asked, size = self.asked, len(body)
        assert asked is not None
        self._fed = 0
        self._size += size
        if asked.refusal is None:
            self._held += size
            self._traffic.held_bytes += size
            self._check_body()
        if asked.refusal is None:
            self._chunks.append(body)
        elif self._size > self._limits.max_body_bytes * DROPPED_LIMITS:
            self.refuse(asked.refusal)
            raise _Over

    def on_message_complete(self) -> None:
        """End a request."""
        if self._wants_upgrade:
            return
        asked, chunks = self.asked, self._chunks
        assert asked is not None
        if asked.refusal is not None:
            self.refuse(asked.refusal)
            raise _Over
        if chunks:
            asked.body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
            self._chunks = []
        self.ready.append((asked, self._held, self._connection))
        self.asked, self.is_begun, self.waits = None, False, False
        self._fed = self._first = self._last
        self._size = self._held = 0
        if self._connection is CLOSES:
            self.is_over = True
            raise _Over

    def _foresee(self, headers: list[Header], head: Mapping[bytes, bytes]) -> None:
        """Refuse a body that is too large or coded, and tell a client that waits to go on."""
        is_old = self._parser.get_http_version() == "1.0"
        if b"transfer-encoding" in head:
            _check_coding(headers)
            if is_old:
                self._connection = CLOSES  # RFC 9112 §6.1, as what stands between may not know it
        waits = head.get(b"expect", b"").lower() == b"100-continue" and not is_old
        if self._length > self._limits.max_body_bytes:
            error = too_large(self._limits.max_body_bytes, self._length)
            if waits or self._length > self._limits.max_body_bytes * DROPPED_LIMITS:
                raise error
            assert self.asked is not None
            self.asked.refusal = error
        self.waits = waits

    def _check_head(self, headers: list[Header]) -> None:
        size = sum(len(name) + len(value) + _HEADER_EXTRA for name, value in headers)
        if size > self._limits.max_header_bytes:
            raise self._large_head(size)

    def _check_body(self) -> None:
        """Let a body go that is too large, or too much with those of others."""
        most, held = self._limits.max_pending_bytes, self._traffic.held_bytes
        error: ServingError
        if self._size > self._limits.max_body_bytes:
            error = too_large(self._limits.max_body_bytes, self._size)
        elif held > most and held > self._held:  # a body that is alone is held whatever its size
            error = Busy(
                f"bodies of requests: expected at most {most} bytes at one time, got {held}; "
                f"the limit is --max-pending-bytes"
            )
        else:
            return
        self._release()
        assert self.asked is not None
        self.asked.refusal = error

    def _release(self) -> None:
        self._traffic.held_bytes -= self._held
        self._held = 0
        self._chunks.clear()

    def _long_url(self, size: int) -> ServingError:
        most = self._limits.max_url_bytes
        expected = f"expected at most {most} bytes, got {size} or more"
        return BadPayload(f"target: {expected}; the limit is --max-url-bytes", rest_status=414)

    def _large_head(self, size: int) -> ServingError:
        most = self._limits.max_header_bytes
        expected = f"expected at most {most} bytes, got {size} or more"
        return BadPayload(f"headers: {expected}; the limit is --max-header-bytes", rest_status=431)


def _check_coding(headers: list[Header]) -> None:
    coding = b", ".join(value for name, value in headers if name == b"transfer-encoding")
    if coding.lower() != b"chunked":
        got = shown(coding.decode("latin-1"))
        raise BadPayload(f"transfer-encoding: expected chunked, got {got}", rest_status=501)


def _other_version() -> ServingError:
    return BadPayload("request: expected HTTP/1.1, got HTTP/2", rest_status=505)


def _split(url: bytes) -> tuple[str, bytes]:
    """Return the path, unquoted, and the query of a target."""
    try:
        target = httptools.parse_url(url)
    except httptools.HttpParserInvalidURLError as error:
        got = shown(url.decode("latin-1"))
        raise BadPayload(f"target: expected a path, got {got}", rest_status=400) from error
    path = (target.path or b"/").decode("ascii")
    return (unquote(path) if "%" in path else path), target.query or b""
