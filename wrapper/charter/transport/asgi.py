"""ASGI's side of HTTP: from its scope and events to a request, and from an answer to its events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from charter.exchange import (
    DROPPED_LIMITS,
    WITHOUT_BODY,
    Answer,
    Asked,
    ClientGone,
    number,
    too_large,
)

Scope: TypeAlias = MutableMapping[str, Any]
Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]


def asked(scope: Scope) -> Asked:
    """Return the request of a scope, without its body."""
    headers = [(name, value) for name, value in scope["headers"]]
    path, root = scope["path"], scope.get("root_path") or ""
    root = root if path.startswith(root) else ""
    return Asked(
        scope["method"],
        path[len(root) :],
        scope["query_string"],
        headers,
        b"",
        dict(headers),
        client=(scope.get("client") or ("-",))[0],
        scheme=scope.get("scheme", "http"),
        root=root,
    )


async def read(asked: Asked, receive: Receive, limit: int) -> bytes:
    """Return the whole body of a request, or refuse it as soon as it is known to be too large.

    Args:
        asked: the request.
        receive: of ASGI.
        limit: the largest body, in bytes.

    Raises:
        TooLarge: it is larger.
        ClientGone: the client left before the end of it.
    """
    size = number(asked.head.get(b"content-length", b"0"))
    if size > limit:
        if asked.head.get(b"expect", b"").lower() != b"100-continue":
            await _drop(size, receive, limit)
        raise too_large(limit, size)
    body, is_whole = await _receive(receive)
    if is_whole and len(body) <= limit:
        return body
    return await _join(body, receive, limit, is_whole=is_whole)


async def respond(send: Send, answer: Answer, *, is_head: bool) -> None:
    """Send an answer."""
    status, body, headers = answer
    if status in WITHOUT_BODY:
        body = b""
    else:
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else body})


async def _join(body: bytes, receive: Receive, limit: int, *, is_whole: bool) -> bytes:
    chunks, size = [body], len(body)
    while not is_whole and size <= limit:
        body, is_whole = await _receive(receive)
        chunks.append(body)
        size += len(body)
    if size > limit:
        chunks.clear()
        await _drop(size, receive, limit, is_whole=is_whole)
        raise too_large(limit, size)
    return b"".join(chunks)


async def _drop(size: int, receive: Receive, limit: int, *, is_whole: bool = False) -> None:
    left = limit * DROPPED_LIMITS
    if size > left:
        return
    while not is_whole and left > 0:
        body, is_whole = await _receive(receive)
        left -= len(body)


async def _receive(receive: Receive) -> tuple[bytes, bool]:
    event = await receive()
    if event["type"] == "http.disconnect":
        raise ClientGone
    return event.get("body", b""), not event.get("more_body", False)
