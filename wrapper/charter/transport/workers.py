"""The process that serves a component: REST, gRPC and metrics around one load.

`running` opens the ports and closes them again; `run` adds loading, signals and the exit status.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIServer

import uvicorn

from charter.errors import StartError
from charter.metrics import registry
from charter.service import Service
from charter.settings import Settings
from charter.transport.ports import listen, reachable, refusal
from charter.transport.rest import rest_app

if TYPE_CHECKING:
    from charter.transport.rpc import RpcServer

logger = logging.getLogger(__name__)

# Longer than the 60 s after which load balancers drop idle connections, so that they close first.
_KEEP_ALIVE_S = 75
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Say where a service listens; a port is `None` where it does not.

    Args:
        host: an address a client on this machine can use.
    """

    host: str
    http_port: int
    grpc_port: int | None
    metrics_port: int | None

    @property
    def url(self) -> str:
        """Return the base URL of REST."""
        return f"http://{self._host}:{self.http_port}"

    @property
    def grpc_address(self) -> str:
        """Return the target for a gRPC channel."""
        return f"{self._host}:{self.grpc_port}"

    @property
    def metrics_url(self) -> str:
        """Return where Prometheus scrapes."""
        return f"http://{self._host}:{self.metrics_port}/metrics"

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


@contextlib.asynccontextmanager
async def running(service: Service, settings: Settings) -> AsyncIterator[Endpoints]:
    """Open the ports of a service; at the end drain it and close them.

    Raises:
        StartError: a port is taken.
    """
    with contextlib.ExitStack() as undo:
        sock = undo.enter_context(listen(settings.host, settings.http_port, "--http-port"))
        rpc = _rpc(service, settings)
        if rpc:
            undo.callback(rpc.stop, 0)
        metrics = _metrics(service, settings, undo)
        server = _http(service, settings)
        await server.startup(sockets=[sock])
        if rpc:
            rpc.start()
        ticking = asyncio.ensure_future(server.main_loop())
        try:
            yield Endpoints(
                host=reachable(settings.host),
                http_port=sock.getsockname()[1],
                grpc_port=rpc.port if rpc else None,
                metrics_port=metrics,
            )
        finally:
            await _drain(service, server, rpc, ticking, settings.drain_timeout)


def _http(service: Service, settings: Settings) -> uvicorn.Server:
    config = uvicorn.Config(
        rest_app(service, settings),
        http="httptools",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=max(1, round(settings.drain_timeout)),
    )
    config.load()
    server = uvicorn.Server(config)
    # uvicorn's own serve() would take the signals and raise them again at the end, so that the
    # exit status is never 0; its parts are called here instead.
    server.lifespan = config.lifespan_class(config)
    return server


def _rpc(service: Service, settings: Settings) -> RpcServer | None:
    if not settings.has_grpc:
        return None
    from charter.transport.rpc import RpcServer  # grpcio costs 100 ms and 15 MB

    host, port = settings.host, settings.grpc_port
    # grpcio says only that binding failed; a socket of our own tells why, and by whom.
    listen(host, port, "--grpc-port").close()
    try:
        return RpcServer(service, host, port, settings.max_body_bytes)
    except RuntimeError as error:
        raise StartError(f"gRPC cannot listen on port {port} of {host}: {error}") from error


def _metrics(service: Service, settings: Settings, undo: contextlib.ExitStack) -> int | None:
    if settings.no_metrics:
        return None
    import prometheus_client

    host, port = settings.host, settings.metrics_port
    try:
        server, thread = prometheus_client.start_http_server(port, host, registry(service.metrics))
    except OSError as error:
        raise StartError(refusal(host, port, "--metrics-port", error)) from error
    undo.callback(_stop_metrics, server, thread)
    return server.server_port


def _stop_metrics(server: WSGIServer, thread: threading.Thread) -> None:
    server.shutdown()
    server.server_close()
    thread.join()


async def _drain(
    service: Service,
    server: uvicorn.Server,
    rpc: RpcServer | None,
    ticking: asyncio.Future[None],
    timeout_s: float,
) -> None:
    """Take no more requests, let those in flight finish over both transports, close the ports."""
    service.drain()
    server.should_exit = True
    loop = asyncio.get_running_loop()
    stopping = loop.run_in_executor(None, rpc.stop, timeout_s) if rpc else None
    await ticking
    await server.shutdown()
    if stopping:
        await stopping
    service.cut_off()


def run(service: Service, settings: Settings, started: Callable[[Endpoints], None]) -> int:
    """Serve until a signal ends it; return the exit status.

    Args:
        service: what is served; it is loaded here.
        settings: ports and limits.
        started: told once the ports are open.

    Returns:
        0 after a signal and a complete drain; 1 where a call outlived the drain.

    Raises:
        StartError: a port is taken.
        Exception: what the user's code raised while it was imported, constructed or loaded.
    """
    import uvloop  # not to be had on every platform where the rest can be imported

    uvloop.run(_run(service, settings, started))
    is_idle = service.close()
    status = 1 if service.has_cut_off or not (is_idle or service.is_loading) else 0
    if status:
        logger.error("a call of the model outlived the drain of %s s", settings.drain_timeout)
    if is_idle:
        return status
    # Its thread cannot be ended, and the interpreter would wait for it without end.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


async def _run(service: Service, settings: Settings, started: Callable[[Endpoints], None]) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, _stop, ended)
    async with running(service, settings) as endpoints:
        started(endpoints)
        loading = asyncio.ensure_future(service.load())
        waiting = asyncio.ensure_future(ended.wait())
        await asyncio.wait({loading, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if loading.done():
            loading.result()
            await waiting


def _stop(ended: asyncio.Event) -> None:
    if ended.is_set():
        os._exit(1)  # the second signal: somebody does not want to wait
    ended.set()
