"""One container of an image: start it, wait until it is ready, follow its log, stop it."""

from __future__ import annotations

import json
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from charter.errors import StartError
from charter.packaging import engines, processes
from charter.packaging.choosing import has_image, none_works, probe
from charter.packaging.engines import BY_NAME, Engine
from charter.packaging.image import health
from charter.packaging.image.ports import choose, metrics
from charter.transport import ports

_HOST = "127.0.0.1"
_REST = 5000
_METRICS = 6000
_POLL_S = 0.1
_STOP_S = 30
"""Seconds for requests in flight, of which `charter serve` takes 20; then it is killed."""


@dataclass(frozen=True, slots=True)
class Request:
    """Hold what the user asked `charter run` for.

    Args:
        image: its name.
        port: of REST on this machine; `None` for 5000, or a free one where that is taken.
        environment: variables beside those of the image.
        engine: its name; "" for the first that works and has the image.
        ready_s: seconds that the model has to load.
    """

    image: str
    port: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    engine: str = ""
    ready_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Published:
    """Hold the ports of a container on this machine."""

    rest: int
    grpc: int
    metrics: int


def run(request: Request, say: Callable[[str], None]) -> None:
    """Run a container until it is asked to stop by Ctrl-C or SIGTERM, and remove it.

    Args:
        request: what was asked for.
        say: prints one line or more.

    Raises:
        StartError: it cannot be started, is not ready in time, or ends by itself.
    """
    engine = _engine(request)
    published, job = _plan(request, engine)
    say(f"starting {request.image} with {engine.name}")
    with _stop_signals() as is_asked, _started(engine, job) as log:
        if _is_ready(request, published.rest, log, is_asked):
            say(_addresses(request.image, published))
            _until_end(log, is_asked)
        if not is_asked():
            raise StartError(f"{request.image} {_end(engine, job.name)}; its log is above")
        say(f"stopping {request.image}")
        processes.ask([engine.name, "stop", "-t", str(_STOP_S), job.name], _STOP_S + 10)


def _engine(request: Request) -> Engine:
    """Return the first engine that works and has the image.

    Raises:
        StartError: there is none.
    """
    known = [engine for engine in BY_NAME.values() if engine.has_containers]
    wanted = [BY_NAME[request.engine]] if request.engine else known
    findings = [probe(engine) for engine in wanted]
    working = [found.engine for found in findings if not found.problem]
    for engine in working:
        if has_image(engine, request.image):
            return engine
    if not working:
        raise StartError(none_works([found.problem for found in findings]))
    names = " and ".join(engine.name for engine in working)
    raise StartError(
        f"{request.image}: no such image in {names}; `charter build . -t {request.image}` makes "
        f"it, `{working[0].name} pull {request.image}` fetches one that is in a registry"
    )


def _plan(request: Request, engine: Engine) -> tuple[Published, engines.Run]:
    answer = processes.ask([engine.name, "image", "inspect", request.image])
    variables = {**_variables(json.loads(answer.text)), **request.environment}
    inside = choose(variables)
    published = _ports(request.port)
    pairs = {
        inside.http: published.rest,
        inside.grpc: published.grpc,
        metrics(variables): published.metrics,
    }
    name = f"charter-run-{secrets.token_hex(4)}"
    return published, engines.Run(request.image, name, pairs, request.environment)


def _variables(inspected: Any) -> dict[str, str]:
    pairs = [text.partition("=") for text in inspected[0]["Config"].get("Env") or ()]
    return {name: value for name, _, value in pairs}


def _ports(chosen: int | None) -> Published:
    """Return free ports of this machine: gRPC next to REST.

    Raises:
        StartError: the port that was chosen is taken.
    """
    if chosen is not None:
        ports.listen(_HOST, chosen, "--port").close()
    rest = _free(_REST, ()) if chosen is None else chosen
    grpc = _free(rest + 1, (rest,))
    return Published(rest, grpc, _free(_METRICS, (rest, grpc)))


def _free(wanted: int, taken: tuple[int, ...]) -> int:
    """Return a port, or any free one where it is taken."""
    for port in (wanted, 0):
        if port in taken or port > 65535:
            continue
        try:
            with socket.create_server((_HOST, port)) as server:
                found: int = server.getsockname()[1]
                return found
        except OSError:
            continue
    raise StartError("no free port on 127.0.0.1")


@contextmanager
def _started(engine: Engine, job: engines.Run) -> Iterator[subprocess.Popen[bytes]]:
    """Start a container and give the process that prints its log; remove it at the end.

    Raises:
        StartError: it does not start.
    """
    log = None
    try:
        command = engines.run(engine, job)
        answer = processes.ask(command)
        if answer.status:
            raise StartError(f"{' '.join(command[:2])} {job.image}: {answer.reason}")
        log = processes.follow([engine.name, "logs", "--follow", job.name])
        yield log
    finally:
        processes.ask([engine.name, "rm", "--force", job.name])
        if log is not None:
            log.wait()


def _is_ready(
    request: Request, port: int, log: subprocess.Popen[bytes], is_asked: Callable[[], bool]
) -> bool:
    """Return whether the container is ready; `False` when it ends, or is asked to, before.

    Raises:
        StartError: it is not ready in time.
    """
    end = time.monotonic() + request.ready_s
    while not (is_asked() or _has_ended(log)):
        problem = _problem(port)
        if not problem:
            return True
        if time.monotonic() > end:
            raise StartError(
                f"{request.image} was not ready in {request.ready_s:g} s ({problem}); "
                f"--timeout gives it longer"
            )
    return False


def _problem(port: int) -> str:
    try:
        health.check(port)
    except StartError as error:
        return error.message
    return ""


def _until_end(log: subprocess.Popen[bytes], is_asked: Callable[[], bool]) -> None:
    while not (is_asked() or _has_ended(log)):
        pass  # `_has_ended` waits


def _has_ended(log: subprocess.Popen[bytes]) -> bool:
    """Wait a moment for the end of a log, which is that of its container."""
    try:
        log.wait(_POLL_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _end(engine: Engine, name: str) -> str:
    return f"ended with status {processes.ask([engine.name, 'wait', name]).text.strip()}"


def _addresses(image: str, published: Published) -> str:
    lines = [
        f"{image} is ready on this machine; Ctrl-C stops it",
        f"REST     http://{_HOST}:{published.rest}",
        f"gRPC     {_HOST}:{published.grpc}",
        f"metrics  http://{_HOST}:{published.metrics}/metrics",
    ]
    return "\n".join(lines)


@contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Give a function that says whether Ctrl-C or SIGTERM came; neither cuts a step short.

    SIGHUP, of a terminal that is closed, does the same where nohup has not turned it off.
    """
    asked: list[int] = []
    signals = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signals.append(signal.SIGHUP)
    before = {each: signal.signal(each, lambda number, _: asked.append(number)) for each in signals}
    try:
        yield lambda: bool(asked)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
