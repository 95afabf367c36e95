"""What may stand around what answers REST: a log of requests, and the end of connections."""

from __future__ import annotations

import itertools
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
        handle: what answers.
        quota: where each request counts.
    """

    def __init__(self, handle: Handler, quota: Quota) -> None:
        self._handle = handle
        self._quota = quota
        self.is_retiring = False

    async def __call__(self, asked: Asked) -> Answer | None:
        """Answer one request; while retiring, as the last one of its connection."""
        self._quota.note()
        answer = await self._handle(asked)
        if answer is None or not self.is_retiring:
            return answer
        status, body, headers = answer
        return status, body, [*headers, CLOSE]
