"""What may stand around the REST application: a log of requests, and the end of connections."""

from __future__ import annotations

import itertools
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


class Quota:
    """Count requests from any thread, and say once when there were enough.

    Args:
        limit: how many are enough; 0: none are.
        spent: called with the last of them.
    """

    def __init__(self, limit: int, spent: Callable[[], object]) -> None:
        self._limit = limit
        self._spent = spent
        self._numbers = itertools.count(1)  # its next is one step for all threads

    def note(self) -> None:
        """Count a request."""
        if next(self._numbers) == self._limit:
            self._spent()


class Limited:
    """Count requests, and end connections one by one when it is time.

    Args:
        app: what answers.
        quota: where each request counts.
    """

    def __init__(self, app: App, quota: Quota) -> None:
        self._app = app
        self._quota = quota
        self.is_retiring = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; while retiring, as the last one of its connection."""
        self._quota.note()
        await self._app(scope, receive, self._closing(send) if self.is_retiring else send)

    def _closing(self, send: Send) -> Send:
        async def closing(event: Event) -> None:
            if event["type"] == _START:
                event = {**event, "headers": [*event["headers"], _CLOSE]}
            await send(event)

        return closing
