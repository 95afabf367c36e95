"""What may stand around the REST application: a log of requests, and the end of connections."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import quote

logger = logging.getLogger(__name__)

Scope: TypeAlias = MutableMapping[str, Any]
Event: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Event]]
Send: TypeAlias = Callable[[Event], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_START = "http.response.start"
_CLOSE = (b"connection", b"close")


def logged(app: App) -> App:
    """Return the application with a line in the log for each request it has answered."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        status = 499  # as nginx counts a client that left

        async def watched(event: Event) -> None:
            nonlocal status
            if event["type"] == _START:
                status = event["status"]
            await send(event)

        try:
            await app(scope, receive, watched)
        finally:
            client = (scope.get("client") or ("-",))[0]
            milliseconds = (time.perf_counter() - started) * 1000
            # Without the query, which may be the payload.
            logger.info(
                '%s "%s %s" %d %.1f ms',
                client,
                scope["method"],
                quote(scope["path"]),
                status,
                milliseconds,
            )

    return answer


class Limited:
    """Count requests, say when there were enough, and then end connections one by one.

    Args:
        app: what answers.
        limit: how many requests are enough.
        spent: called then, once.
    """

    def __init__(self, app: App, limit: int, spent: Callable[[], object]) -> None:
        self._app = app
        self._left = limit
        self._spent = spent
        self.is_retiring = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; while retiring, as the last one of its connection."""
        self._left -= 1
        if self._left == 0:
            self._spent()
        await self._app(scope, receive, self._closing(send))

    def _closing(self, send: Send) -> Send:
        async def closing(event: Event) -> None:
            if self.is_retiring and event["type"] == _START:
                event = {**event, "headers": [*event["headers"], _CLOSE]}
            await send(event)

        return closing
