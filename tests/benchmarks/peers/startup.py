"""How long a system takes to be ready, and the memory it has then, with one worker and four."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import httpx
from benchmarks.peers import processes
from benchmarks.peers.bench import Bench
from benchmarks.peers.environments import ROOT
from benchmarks.peers.server import START_S, NotServed, serve
from benchmarks.peers.systems import SYSTEMS, System

WORKERS = 4
_PAUSE_S = 0.005
_MB = 1e6
_HELLO = (
    *("-m", "charter", "serve", "examples/hello", "--host", "127.0.0.1"),
    *("--http-port", "{http}", "--grpc-port", "{grpc}", "--metrics-port", "{metrics}"),
)


@dataclass(frozen=True, slots=True)
class Startable:
    """Hold a system with what says that it is ready, and what gives it four workers.

    Args:
        ready: a path of REST that answers 200 from then on.
        more: words of the command for four workers; none where `environ` or nothing does that.
        environ: variables for four workers.
    """

    system: System
    ready: str
    more: tuple[str, ...] = ()
    environ: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def workers(self) -> tuple[int, ...]:
        """Return the numbers of workers that it can be started with."""
        return (1, WORKERS) if self.more or self.environ else (1,)


@dataclass(frozen=True, slots=True)
class Started:
    """Hold what was measured.

    Args:
        ready_s: seconds from the start of the process to the first 200 of its readiness path.
        rss_mb, pss_mb: memory of all its processes then, in 10⁶ bytes; what several processes
            share is counted for each in the first, and once in the second.
    """

    system: str
    workers: int
    round: int
    ready_s: float
    processes: int
    rss_mb: float
    pss_mb: float


STARTABLE = (
    Startable(
        dataclasses.replace(SYSTEMS["charter"], name="charter hello", command=_HELLO, folder=ROOT),
        "/ready",
        ("--workers", str(WORKERS)),
    ),
    Startable(
        SYSTEMS["seldon"],
        "/health/ping",
        ("--workers", str(WORKERS)),
    ),
    Startable(
        SYSTEMS["mlserver"], "/v2/models/double/ready", (), {"MLSERVER_PARALLEL_WORKERS": "4"}
    ),
    Startable(SYSTEMS["kserve"], "/v2/health/ready", ("--workers", str(WORKERS))),
    Startable(SYSTEMS["pytriton"], "/v2/models/double/ready"),
)


def measure(bench: Bench, startable: Startable, workers: int, round_number: int) -> Started:
    """Start a system, wait until it is ready, and return what that took.

    Raises:
        NotInstallable, NotServed: it is not here, or does not become ready.
    """
    system = startable.system
    if workers > 1:
        command = (*system.command, *startable.more)
        environ = {**system.environ, **startable.environ}
        system = dataclasses.replace(system, command=command, environ=environ)
    python = system.environment.made(bench.folder)
    start = time.monotonic()
    with serve(system, python, bench.server_cpu, bench.log(system)) as server:
        _wait(f"http://127.0.0.1:{server.ports['http']}{startable.ready}", server.pid)
        ready_s = time.monotonic() - start
        return Started(
            system.name,
            workers,
            round_number,
            round(ready_s, 3),
            len(processes.tree(server.pid)),
            round(processes.rss_bytes(server.pid) / _MB, 1),
            round(processes.pss_bytes(server.pid) / _MB, 1),
        )


def _wait(url: str, pid: int) -> None:
    deadline = time.monotonic() + START_S
    with httpx.Client(trust_env=False, timeout=START_S) as client:
        while not _is_ready(client, url):
            if not processes.tree(pid) or time.monotonic() > deadline:
                raise NotServed("it has not become ready")
            time.sleep(_PAUSE_S)  # as exact as the time that is measured has to be


def _is_ready(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code == httpx.codes.OK
    except httpx.TransportError:  # the port is not open yet
        return False


def chosen(names: Collection[str]) -> list[Startable]:
    """Return those of the systems with these names; `charter` stands for the example hello."""
    return [each for each in STARTABLE if each.system.name.removesuffix(" hello") in names]


def medians(found: Iterable[Started]) -> dict[tuple[str, int], Started]:
    """Return the medians of the rounds of each system and number of workers."""
    groups: dict[tuple[str, int], list[Started]] = {}
    for row in found:
        groups.setdefault((row.system, row.workers), []).append(row)
    return {
        (system, workers): Started(
            system,
            workers,
            len(rows),
            statistics.median(row.ready_s for row in rows),
            max(row.processes for row in rows),
            statistics.median(row.rss_mb for row in rows),
            statistics.median(row.pss_mb for row in rows),
        )
        for (system, workers), rows in groups.items()
    }
