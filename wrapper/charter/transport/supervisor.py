"""The parent of several workers: it has no model, opens the ports, and passes signals on."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
import socket
from collections.abc import Callable

from charter.metrics.labels import identity
from charter.metrics.page import Page
from charter.settings import Settings
from charter.transport import pidfile
from charter.transport.crew import Crew
from charter.transport.custom import CustomService
from charter.transport.ports import listen, reachable, reserve
from charter.transport.scrape import scraped
from charter.transport.workers import Endpoints


def supervise(
    model: str,
    settings: Settings,
    started: Callable[[Endpoints], None],
    ready: Callable[[], None],
) -> int:
    """Serve a model with several workers until a signal ends it; return the exit status.

    Args:
        model: its name, as `charter serve` takes it.
        settings: those of the service.
        started: told once, when all workers have opened their ports.
        ready: told once, when all workers have loaded the model.

    Returns:
        0 after a signal and a complete drain of all workers; 1 where a call outlived it.

    Raises:
        StartError: a port is taken, or a worker ended while it started.
        WorkerFailed: the user's code raised while it was imported, constructed or loaded.
    """
    custom = CustomService(model, settings)
    try:
        return asyncio.run(_run(model, settings, custom, started, ready))
    finally:
        custom.stop()


async def _run(
    model: str,
    settings: Settings,
    custom: CustomService,
    started: Callable[[Endpoints], None],
    ready: Callable[[], None],
) -> int:
    async with contextlib.AsyncExitStack() as undo:
        ports = Ports(settings, undo)
        crew = Crew(model, ports.settings, ports.http, custom)
        if ports.metrics:
            page = Page(
                [slot.table for slot in crew.slots],
                identity(settings),
                workers=settings.processes,
                processes=crew.pids,
            )
            probes = {"/live": lambda: (True, {"live": True}), "/ready": crew.readiness}
            await undo.enter_async_context(
                scraped(page, settings.metrics_path, ports.metrics, probes)
            )
        undo.callback(crew.kill)
        # Not before the ports are had: another service may run that has written this file.
        undo.enter_context(pidfile.written(settings.pidfile))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _stop, crew, settings.pidfile)
        loop.add_signal_handler(signal.SIGHUP, crew.reload)
        return await crew.serve(lambda: started(ports.endpoints), ready)


def _stop(crew: Crew, path: str) -> None:
    if crew.is_over:
        crew.kill()
        pidfile.remove(path)
        os._exit(1)  # the second signal: somebody does not want to wait
    crew.stop()


class Ports:
    """Open the ports of a service for its workers.

    Args:
        settings: those of the service.
        undo: closes them in the end.

    Raises:
        StartError: one is taken.
    """

    def __init__(self, settings: Settings, undo: contextlib.AsyncExitStack) -> None:
        self.http: socket.socket | None = None
        self.metrics: socket.socket | None = None
        grpc = settings.grpc_port
        if not settings.no_rest:
            self.http = listen(settings.host, settings.http_port, "--http-port")
            undo.callback(self.http.close)
        if settings.has_grpc:
            reserved = undo.enter_context(reserve(settings.host, grpc, "--grpc-port"))
            grpc = reserved.getsockname()[1]
        if not settings.no_metrics:
            self.metrics = listen(settings.host, settings.metrics_port, "--metrics-port")
            undo.callback(self.metrics.close)
        self.settings = dataclasses.replace(settings, grpc_port=grpc, no_metrics=True)

    @property
    def endpoints(self) -> Endpoints:
        """Return where the service listens."""
        return Endpoints(
            host=reachable(self.settings.host),
            http_port=_port(self.http),
            grpc_port=self.settings.grpc_port if self.settings.has_grpc else None,
            metrics_port=_port(self.metrics),
            metrics_path=self.settings.metrics_path,
        )


def _port(sock: socket.socket | None) -> int | None:
    return sock.getsockname()[1] if sock else None
