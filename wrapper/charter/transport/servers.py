"""The servers of one process over a service: how they start, and how they end and lose no call."""

from __future__ import annotations

import asyncio
import math
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from charter.errors import StartError
from charter.placement import MOST_THREADS
from charter.service import Service
from charter.settings import Settings
from charter.transport.access import Limited, Quota, logged
from charter.transport.http_server import HttpServer
from charter.transport.own_sockets import connections, stop_listening
from charter.transport.ports import listen, most_connections
from charter.transport.rest import rest_app
from charter.transport.traffic import Limits

if TYPE_CHECKING:
    from charter.transport.rpc import RpcServer

_POLL_S = 0.05
# gRPC draws each connection's age, up to a tenth more or less, so that not all come at a time.
_AGE_SPREAD = 1.1
_MARGIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Shared:
    """Hold what a worker has in common with the others of its service.

    Args:
        http: the socket on which all accept; `None` without REST.
        quota: where requests count over both transports.
    """

    http: socket.socket | None
    quota: Quota


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
        self._delay_s = settings.drain_delay
        self._timeout_s = settings.drain_timeout
        self._linger_s, self._linger_rpc_s = lingers_s(settings)
        self._sock = sock
        app = rest_app(service, settings)
        handle = app.handle
        self._limited: Limited | None = None
        if shared:
            handle = self._limited = Limited(handle, shared.quota)
        if settings.access_log:
            handle = logged(handle)
        self._http = (
            HttpServer(handle, _limits(settings), app.paths, app.needs_task) if sock else None
        )
        self._rpc = _rpc(service, settings, shared)

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

        Until then requests over them are answered; a client that uses one over REST gets its answer
        and is told to open another the next time, one over gRPC when the connection comes of age.
        Only what stays idle for so long that nobody can tell whether it comes back is closed by
        `drain`.
        """
        if self._limited:
            self._limited.is_retiring = True
        await asyncio.gather(self._linger_http(), self._linger_rpc())

    async def _linger_http(self) -> None:
        if self._http:
            self._http.stop_accepting()
            await self._http.emptied(self._linger_s)

    async def _linger_rpc(self) -> None:
        """Let gRPC's connections come of age: it then tells clients to open another."""
        if self._rpc and self._linger_rpc_s:
            port = self._rpc.port
            stop_listening(port)
            await _until(lambda: not connections(port), self._linger_rpc_s)

    async def announce(self) -> None:
        """Be ready no more, and answer as before for as long as others may not have seen it."""
        was_ready = self._service.life.is_ready
        self._service.drain()
        if was_ready:
            await asyncio.sleep(self._delay_s)

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


def lingers_s(settings: Settings) -> tuple[float, float]:
    """Return how long a worker that retires waits at most for connections to end: REST, gRPC."""
    age = settings.grpc_max_connection_age
    return min(settings.keepalive, settings.drain_timeout), age and age * _AGE_SPREAD + _MARGIN_S


async def _until(is_so: Callable[[], bool], seconds: float) -> None:
    """Wait for something that nobody tells, and not for ever."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not is_so() and loop.time() < end:
        await asyncio.sleep(_POLL_S)


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


def most_calls(settings: Settings) -> int:
    """Return how many calls may wait and run at a time; each of a batch has a row at least."""
    at_a_time = min(settings.batch_max_rows, settings.max_queue + 1)
    return settings.max_queue + (settings.concurrency or MOST_THREADS) * at_a_time


def _rpc(service: Service, settings: Settings, shared: Shared | None) -> RpcServer | None:
    if not settings.has_grpc:
        return None
    from charter.transport.counted import Counted
    from charter.transport.rpc import Limits, RpcServer  # grpcio costs 100 ms and 15 MB

    host, port = settings.host, settings.grpc_port
    if shared is None:
        # grpcio says only that binding failed; a socket of our own tells why, and by whom.
        listen(host, port, "--grpc-port").close()
    try:
        most = settings.grpc_max_message_bytes
        limits = Limits(
            request=most or settings.max_body_bytes,
            reply=most or -1,
            calls=most_calls(settings),
            timeout_s=settings.timeout,
            max_age_s=settings.grpc_max_connection_age if shared else 0.0,
        )
        interceptors = (Counted(shared.quota),) if shared and settings.max_requests else ()
        return RpcServer(
            service, host, port, limits, shares_port=shared is not None, interceptors=interceptors
        )
    except RuntimeError as error:
        raise StartError(f"gRPC cannot listen on port {port} of {host}: {error}") from error
