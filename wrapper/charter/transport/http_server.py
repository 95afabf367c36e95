"""An HTTP server on the running event loop: what it accepts, looks through, and ends."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable

from charter.exchange import Asked, Handler
from charter.transport.http import Connection
from charter.transport.traffic import Limits, Traffic

_BACKLOG = 2048
_POLL_S = 0.01
# How long the answers to calls that were cut off may take to be sent.
_LAST_WORDS_S = 1.0


class HttpServer:
    """Answer requests over HTTP/1.1.

    Args:
        handle: what answers.
        limits: how much is taken.
        paths: what is served.
        needs_task: tells whether `handle` must be awaited in a task; else it is begun at once.
    """

    def __init__(
        self,
        handle: Handler,
        limits: Limits,
        paths: Iterable[str] = (),
        needs_task: Callable[[Asked], bool] = lambda asked: True,
    ) -> None:
        self._traffic = Traffic(handle, limits, paths, needs_task)
        self._connections: set[Connection] = set()
        self._listener: asyncio.Server | None = None
        self._sweeping: asyncio.TimerHandle | None = None

    @property
    def is_idle(self) -> bool:
        """Return whether there is no connection."""
        return not self._connections

    async def start(self, sock: socket.socket) -> None:
        """Accept connections of a listening socket."""
        loop = asyncio.get_running_loop()
        self._sweep(loop)
        self._listener = await loop.create_server(
            lambda: Connection(self._traffic, self._connections, loop), sock=sock, backlog=_BACKLOG
        )

    def stop_accepting(self) -> None:
        """Leave new connections to others; those that there are go on."""
        if self._listener is not None:
            self._listener.close()

    async def drain(self, timeout_s: float) -> None:
        """Take no more requests, let those in flight finish, and close.

        Args:
            timeout_s: how long they get; what goes on then is ended with an error.
        """
        self._traffic.is_draining = True
        self.stop_accepting()
        for connection in list(self._connections):
            connection.drain()
        if not await self.emptied(timeout_s):
            for connection in list(self._connections):
                connection.cut_off()
            await self.emptied(_LAST_WORDS_S)
        for connection in list(self._connections):
            connection.abort()
        if self._sweeping is not None:
            self._sweeping.cancel()

    async def emptied(self, timeout_s: float) -> bool:
        """Wait until there is no connection; return false where that takes too long."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout_s
        while self._connections:
            if loop.time() >= end:
                return False
            await asyncio.sleep(_POLL_S)
        return True

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        traffic = self._traffic
        traffic.tick()
        self._sweeping = loop.call_later(traffic.limits.sweep_s, self._sweep, loop)
        for connection in [each for each in self._connections if each.due <= traffic.sweeps]:
            connection.expire()
