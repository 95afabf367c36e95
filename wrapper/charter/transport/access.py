"""What may stand around what answers REST: a log of requests, and the end of connections."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from urllib.parse import quote

from charter.exchange import CLOSE, Answer, Asked, Handler

logger = logging.getLogger(__name__)


def logged(handle: Handler) -> Handler:
    """Return the handler with a line in the log for each request it has answered."""

    async def handle_logged(asked: Asked) -> Answer | None:
        started = time.perf_counter()
        answer = None
        try:
            answer = await handle(asked)
            return answer
        finally:
            # Without the query, which may be the payload.
            logger.info(
                '%s "%s %s" %d %.1f ms',
                asked.client,
                asked.verb,
                quote(asked.root + asked.path),
                499 if answer is None else answer[0],  # as nginx counts a client that left
                (time.perf_counter() - started) * 1000,
            )

    return handle_logged


class Limited:
    """Count requests, say when there were enough, and then end connections one by one.

    Args:
        handle: what answers.
        limit: how many requests are enough.
        spent: called then, once.
    """

    def __init__(self, handle: Handler, limit: int, spent: Callable[[], object]) -> None:
        self._handle = handle
        self._left = limit
        self._spent = spent
        self.is_retiring = False

    async def __call__(self, asked: Asked) -> Answer | None:
        """Answer one request; while retiring, as the last one of its connection."""
        self._left -= 1
        if self._left == 0:
            self._spent()
        answer = await self._handle(asked)
        if answer is None or not self.is_retiring:
            return answer
        status, body, headers = answer
        return status, body, [*headers, CLOSE]
