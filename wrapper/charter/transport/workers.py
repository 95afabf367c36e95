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
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from charter.metrics.labels import identity
from charter.metrics.page import Page
from charter.service import Service
from charter.settings import Settings
from charter.transport import malloc, pidfile
from charter.transport.ports import listen, reachable
from charter.transport.scrape import Probe, scraped
from charter.transport.servers import Servers

logger = logging.getLogger(__name__)

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Say where a service listens; a port is `None` where it does not.

    Args:
        host: an address a client on this machine can use.
    """

    host: str
    http_port: int | None
    grpc_port: int | None
    metrics_port: int | None
    metrics_path: str = "/metrics"

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
        return f"http://{self._host}:{self.metrics_port}{self.metrics_path}"

    @property
    def _host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


@contextlib.asynccontextmanager
async def running(service: Service, settings: Settings) -> AsyncIterator[Endpoints]:
    """Open the ports of a service; at the end drain it and close them.

    Raises:
        StartError: a port is taken.
    """
    async with contextlib.AsyncExitStack() as undo:
        http, metrics = settings.http_port, settings.metrics_port
        sock = None if settings.no_rest else listen(settings.host, http, "--http-port")
        if sock:
            undo.callback(sock.close)
        servers = Servers(service, settings, sock)
        undo.callback(servers.close)
        if not settings.no_metrics:
            page = Page([service.metrics.table], identity(settings))
            shown = listen(settings.host, metrics, "--metrics-port")
            metrics = shown.getsockname()[1]
            await undo.enter_async_context(
                scraped(page, settings.metrics_path, shown, _probes(service))
            )
        await servers.start()
        undo.push_async_callback(servers.drain)
        undo.push_async_callback(servers.announce)
        yield Endpoints(
            host=reachable(settings.host),
            http_port=servers.http_port,
            grpc_port=servers.grpc_port,
            metrics_port=None if settings.no_metrics else metrics,
            metrics_path=settings.metrics_path,
        )


def _probes(service: Service) -> dict[str, Probe]:
    """Return what `/live` and `/ready` say on the port of the metrics, as over REST."""
    life = service.life
    return {
        "/live": lambda: (not service.hung_s(), {"live": not service.hung_s()}),
        "/ready": lambda: (life.is_ready, life.report()),
    }


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

    malloc.keep_large_blocks()
    uvloop.run(_run(service, settings, started))
    return finish(service, settings)


def finish(service: Service, settings: Settings) -> int:
    """Close a service that was drained and return the exit status; exit if a call still runs."""
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
        loop.add_signal_handler(number, _stop, ended, settings.pidfile)
    loop.add_signal_handler(signal.SIGHUP, _refuse_reload)
    async with running(service, settings) as endpoints:
        # Not before the ports are had: another service may run that has written this file.
        with pidfile.written(settings.pidfile):
            started(endpoints)
            await load_until(ended, service)


async def load_until(ended: asyncio.Event, service: Service) -> None:
    """Load a service and wait for its end, which may come first; raise what user code raises."""
    if await loaded(ended, service):
        await ended.wait()


async def loaded(ended: asyncio.Event, service: Service) -> bool:
    """Load a service; return false where its end comes first; raise what user code raises."""
    loading = asyncio.ensure_future(service.load())
    # At the end nobody wants to know any more how loading failed.
    loading.add_done_callback(lambda done: done.cancelled() or done.exception())
    waiting = asyncio.ensure_future(ended.wait())
    await asyncio.wait({loading, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if loading.done():
        loading.result()
    return loading.done()


def _refuse_reload() -> None:
    logger.warning(
        "SIGHUP: not reloaded: a single process cannot be replaced without losing requests; "
        "with --supervise, or more --workers, it can"
    )


def _stop(ended: asyncio.Event, path: str) -> None:
    if ended.is_set():
        pidfile.remove(path)
        os._exit(1)  # the second signal: somebody does not want to wait
    ended.set()
