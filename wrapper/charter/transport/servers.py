"""The servers of one process over a service: how they start, and how they end and lose no call."""

from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from charter.errors import StartError
from charter.execution import MOST_THREADS
from charter.service import Service
from charter.settings import Settings
from charter.transport.access import Limited, logged
from charter.transport.http_server import HttpServer
from charter.transport.ports import listen, most_connections
from charter.transport.rest import rest_app
from charter.transport.traffic import Limits

if TYPE_CHECKING:
    from charter.transport.rpc import RpcServer


@dataclass(frozen=True, slots=True)
class Shared:
    """Hold what a worker has in common with the others of its service.

    Args:
        http: the socket on which all accept; `None` without REST.
        max_requests: after how many requests over REST `spent` is called; 0 for never.
        spent: says that it is time for another worker.
    """

    http: socket.socket | None
    max_requests: int
    spent: Callable[[], object]


class Servers:
    """Hold the servers of one process.

    Args:
        service: what answers.
        settings: ports and limits.
        sock: what REST listens on; `None` without REST.
        shared: what other workers have too; `None` where there are none.

    Raises:
        StartError: the port of gRPC is taken.
    """

    def __init__(
        self,
        service: Service,
        settings: Settings,
        sock: socket.socket | None,
        shared: Shared | None = None,
    ) -> None:
        self._service = service
        self._timeout_s = settings.drain_timeout
        self._linger_s = min(settings.keepalive, settings.drain_timeout)
        self._sock = sock
        app = rest_app(service, settings)
        handle = app.handle
        self._limited: Limited | None = None
        if shared and shared.max_requests:
            handle = self._limited = Limited(handle, shared.max_requests, shared.spent)
        if settings.access_log:
            handle = logged(handle)
        self._http = (
            HttpServer(handle, _limits(settings), app.paths, app.needs_task) if sock else None
        )
        self._rpc = _rpc(service, settings, shares_port=shared is not None)

    @property
    def http_port(self) -> int | None:
        """Return the port of REST."""
        return self._sock.getsockname()[1] if self._sock else None

    @property
    def grpc_port(self) -> int | None:
        """Return the port of gRPC."""
        return self._rpc.port if self._rpc else None

    async def start(self) -> None:
        """Begin to answer."""
        if self._http and self._sock:
            await self._http.start(self._sock)
        if self._rpc:
            self._rpc.start()

    async def linger(self) -> None:
        """Leave new connections to others, and wait until those that there are have ended.

        A client that uses one gets its answer and is told to open another the next time. Only what
        stays idle for so long that nobody can tell whether it comes back is closed by `drain`.
        """
        self._service.drain()
        loop = asyncio.get_running_loop()
        stopping = self._rpc and loop.run_in_executor(None, self._rpc.stop, self._timeout_s)
        if self._limited:
            self._limited.is_retiring = True
        if self._http:
            self._http.stop_accepting()
            await self._http.emptied(self._linger_s)
        if stopping:
            await stopping

    async def drain(self) -> None:
        """Take no more requests, let those in flight finish over both transports, close."""
        self._service.drain()
        loop = asyncio.get_running_loop()
        stopping = self._rpc and loop.run_in_executor(None, self._rpc.stop, self._timeout_s)
        if self._http:
            await self._http.drain(self._timeout_s)
        if stopping:
            await stopping
        self._service.cut_off()

    def close(self) -> None:
        """Close the ports at once, whatever is in flight."""
        if self._sock:
            self._sock.close()
        if self._rpc:
            self._rpc.stop(0)


def _limits(settings: Settings) -> Limits:
    return Limits(
        max_body_bytes=settings.max_body_bytes,
        max_pending_bytes=settings.max_pending_bytes,
        max_header_bytes=settings.max_header_bytes,
        max_url_bytes=settings.max_url_bytes,
        max_connections=settings.max_connections or most_connections(),
        header_timeout_s=settings.header_timeout or math.inf,
        body_timeout_s=settings.body_timeout or math.inf,
        write_timeout_s=settings.write_timeout or math.inf,
        keepalive_s=settings.keepalive,
    )


def _rpc(service: Service, settings: Settings, *, shares_port: bool) -> RpcServer | None:
    if not settings.has_grpc:
        return None
    from charter.transport.rpc import Limits, RpcServer  # grpcio costs 100 ms and 15 MB

    host, port = settings.host, settings.grpc_port
    if not shares_port:
        # grpcio says only that binding failed; a socket of our own tells why, and by whom.
        listen(host, port, "--grpc-port").close()
    try:
        most = settings.grpc_max_message_bytes
        limits = Limits(
            request=most or settings.max_body_bytes,
            reply=most or -1,
            calls=settings.max_queue + (settings.concurrency or MOST_THREADS),
            timeout_s=settings.timeout,
        )
        return RpcServer(service, host, port, limits, shares_port=shares_port)
    except RuntimeError as error:
        raise StartError(f"gRPC cannot listen on port {port} of {host}: {error}") from error
