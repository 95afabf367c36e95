"""One of several workers, in the process that a supervisor starts for it."""

from __future__ import annotations

import asyncio
import functools
import os
import random
import signal
import socket
from typing import Any

from charter import assembly, logs
from charter.errors import StartError
from charter.health import State
from charter.metrics.requests import Metrics
from charter.metrics.table import Table
from charter.service import Create, Service
from charter.settings import Settings
from charter.transport import malloc
from charter.transport.access import Quota
from charter.transport.custom import has_custom_service
from charter.transport.launch import Link
from charter.transport.pulse import Pulse
from charter.transport.servers import Servers, Shared
from charter.transport.workers import finish, load_until, loaded

OPENED, READY, FAILED, SPENT, HAS_CUSTOM = (
    "opened",
    "ready",
    "failed",
    "spent",
    "has custom service",
)
"""What a worker tells its supervisor."""
RETIRE = b"retire\n"
"""What a supervisor tells a worker whose place another has taken; that it is gone, or closes the
link, tells it to drain at once."""
# An error's text passes the link in one line, which has to fit into the socket's buffer.
_MOST_TEXT = 2**13


def main(link: Link) -> None:
    """Serve until the supervisor says that it is enough, or is gone; exit with the status.

    The job has the name of the `model`, all `settings`, the descriptors `http` (or null) and
    `memory`, and whether the worker is a `successor`, which opens its ports once it is loaded.
    """
    import uvloop

    job = link.job()
    for descriptor in (job["http"], job["memory"]):
        if descriptor is not None:  # what the model starts must not hold the port
            os.set_inheritable(descriptor, False)  # noqa: FBT003 - it takes no keyword
    settings = Settings(**job["settings"])
    logs.configure(settings.effective_log_level)
    try:
        create, settings = assembly.prepare(job["model"], job["settings"])
        counts = Metrics(Table(job["memory"]), counts_rewards=settings.feedback_metrics)
        served = assembly.make(_noting(create, link), settings, counts)
        malloc.keep_large_blocks()
        uvloop.run(_serve(served, settings, link, job))
    except StartError as error:
        link.tell(FAILED, text=error.message, is_sentence=True)
        raise SystemExit(1) from error
    except Exception as error:  # user code may raise anything
        link.tell(FAILED, text=logs.user_traceback(error)[-_MOST_TEXT:], is_sentence=False)
        raise SystemExit(1) from error
    raise SystemExit(finish(served, settings))


async def _serve(served: Service, settings: Settings, link: Link, job: dict[str, Any]) -> None:
    enough, ended = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        # A terminal sends it to all processes; the second one is for the supervisor to act on.
        loop.add_signal_handler(number, _end, enough, ended)
    loop.add_reader(link.socket, _obey, link, enough, ended)
    if job["successor"] and not await loaded(enough, served):
        return
    sock = socket.socket(fileno=job["http"]) if job["http"] is not None else None
    shared = Shared(sock, Quota(_limit(settings), lambda: link.tell(SPENT)))
    servers = Servers(served, settings, sock, shared)
    try:
        await servers.start()
        link.tell(OPENED)
        watch = functools.partial(_note, link, settings.hang_timeout, served)
        served.life.watch(watch)
        if job["successor"]:
            await enough.wait()
        else:
            await load_until(enough, served)
        if not ended.is_set():
            await _linger(servers, ended)
        if ended.is_set():
            await servers.announce()
        await servers.drain()
    finally:
        servers.close()


def _note(link: Link, hang_timeout: float, served: Service, state: State) -> None:
    """Tell that the model is loaded; only now can calls hang, and a load takes what it takes."""
    if state is State.READY:
        if hang_timeout:
            Pulse(served, served.metrics.table, hang_timeout)
        link.tell(READY)


async def _linger(servers: Servers, ended: asyncio.Event) -> None:
    """Let connections end one by one, unless the whole service ends meanwhile."""
    lingering = asyncio.ensure_future(servers.linger())
    waiting = asyncio.ensure_future(ended.wait())
    await asyncio.wait({lingering, waiting}, return_when=asyncio.FIRST_COMPLETED)
    for task in (lingering, waiting):
        task.cancel()
    await asyncio.gather(lingering, waiting, return_exceptions=True)


def _obey(link: Link, enough: asyncio.Event, ended: asyncio.Event) -> None:
    if link.socket.recv(len(RETIRE)) == RETIRE:
        enough.set()
        return
    asyncio.get_running_loop().remove_reader(link.socket)
    _end(enough, ended)


def _end(enough: asyncio.Event, ended: asyncio.Event) -> None:
    ended.set()
    enough.set()


def _limit(settings: Settings) -> int:
    """Return after how many requests this worker is replaced; not all at the same time."""
    if not settings.max_requests:
        return 0
    return settings.max_requests + random.randint(0, settings.max_requests_jitter)  # noqa: S311


def _noting(create: Create, link: Link) -> Create:
    """Return what makes the user's object and says so if it wants a process of its own."""

    def noting() -> Any:
        user = create()
        if has_custom_service(user):
            link.tell(HAS_CUSTOM)
        return user

    return noting
