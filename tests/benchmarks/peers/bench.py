"""Measuring: one server on a CPU of its own, its client on another, CPU time from the system."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import math
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import load, processes
from benchmarks.peers.expected import Expected, WrongReply, learn
from benchmarks.peers.rows import Row
from benchmarks.peers.server import Server, serve, wait_for
from benchmarks.peers.systems import Endpoint, System
from benchmarks.peers.works import Work, matrix

TRIES = 3
# Beyond what the client says: to start it, and the replies under way when it stops.
_SLACK_S = 1.0
_PROGRAMS = ("wrk", "taskset", "cc")
# A round is prolonged, up to so many times, until so many requests are counted.
_REQUESTS_PER_CONNECTION = 10
_LONGEST = 4


class Disturbed(Exception):
    """The machine stood still or was too busy during a measurement; it says nothing."""


@dataclass(frozen=True, slots=True)
class Case:
    """Hold one thing to measure: an endpoint of a running server and a work, with its files."""

    server: Server
    endpoint: Endpoint
    work: Work
    files: Path

    @property
    def name(self) -> str:
        """Return what is measured, as it is shown."""
        return f"{self.server.system.name}, {self.endpoint.wire.name}, {self.work.name}"


@dataclass(frozen=True, slots=True)
class Bench:
    """Hold where measurements are made: the CPU of servers, that of clients, and the folder.

    Args:
        folder: of environments, logs and what is compiled.
        grpc_load: the client of gRPC.
    """

    server_cpu: int
    client_cpu: int
    folder: Path
    grpc_load: Path

    def log(self, system: System) -> Path:
        """Return the file for what a system prints."""
        return self.folder / "log" / f"{system.name.replace(' ', '-')}.txt"

    def measure(self, case: Case, round_number: int, seconds: int) -> Row:
        """Load a server and return what that took.

        Raises:
            WrongReply: a reply was wrong, or missing.
            Disturbed: the machine was too busy, again and again.
        """
        for _ in range(TRIES):
            with contextlib.suppress(Disturbed):
                return self._measure(case, round_number, seconds)
        raise Disturbed(f"{case.name}: {TRIES} times the server's CPU time was longer than the run")

    def _measure(self, case: Case, round_number: int, seconds: int) -> Row:
        before, start = processes.cpu_s(case.server.pid), time.monotonic()
        loaded = self.load(case, seconds)
        if not loaded.requests:
            raise WrongReply(f"no reply in {loaded.seconds:.0f} s")
        cpu_s, took_s = processes.cpu_s(case.server.pid) - before, time.monotonic() - start
        # A virtual machine that is paused has that time booked to whatever ran.
        if not 0 < cpu_s < loaded.seconds + _SLACK_S or took_s > loaded.seconds + 2 * _SLACK_S:
            print(f"again: {case.name}: {cpu_s:.2f} s of CPU, {took_s:.2f} s in all", flush=True)
            raise Disturbed
        return Row(
            case.server.system.name,
            case.endpoint.wire.name,
            case.work.name,
            round_number,
            loaded.requests,
            round(loaded.seconds, 3),
            round(loaded.requests / loaded.seconds, 1),
            round(cpu_s / loaded.requests * 1e6, 1),
            round(loaded.p50_ms, 3),
            round(loaded.p99_ms, 3),
        )

    def load(self, case: Case, seconds: int) -> load.Loaded:
        """Load a server."""
        port, path = case.server.port(case.endpoint), case.endpoint.path
        rest = (port, path, case.work.connections, seconds, case.files, self.client_cpu)
        if case.endpoint.wire.is_grpc:
            return load.grpc_load(self.grpc_load, *rest)
        return load.wrk(*rest)


def made(folder: Path) -> Bench:
    """Return a bench on this machine; this process goes to the clients' CPU and adopts orphans."""
    if missing := [program for program in _PROGRAMS if not shutil.which(program)]:
        sys.exit(f"not installed: {', '.join(missing)}; apt-get install wrk libnghttp2-dev gcc")
    if len(os.sched_getaffinity(0)) == 1:
        sys.exit("two CPUs are needed, for servers and clients; there is one")
    (folder / "log").mkdir(parents=True, exist_ok=True)
    server_cpu, client_cpu = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, {client_cpu})
    processes.adopt_orphans()
    return Bench(server_cpu, client_cpu, folder, load.build(folder))


def cases(
    bench: Bench,
    system: System,
    works: list[Work],
    stack: contextlib.ExitStack,
    wires: list[str],
) -> list[Case]:
    """Install and start a system, check its answers, and return what can be measured of it.

    Args:
        stack: ends the server.
        wires: names of those wanted; none for all.

    Raises:
        NotInstallable, NotServed, WrongReply: it is not here, or not as it should be.
    """
    wanted = [_within(work, system) for work in works if work.name in system.works]
    asked = [each for each in system.endpoints if not wires or each.wire.name in wires]
    if not wanted or not asked:
        return []
    log = bench.log(system)
    python = system.environment.made(bench.folder)
    server = stack.enter_context(serve(system, python, bench.server_cpu, log))
    found = []
    for work in wanted:
        for endpoint in asked:
            wait_for(server, endpoint, matrix(work), log)
            expected = _learnt(server, endpoint, work)
            files = stack.enter_context(load.prepared(endpoint, matrix(work), expected))
            found.append(Case(server, endpoint, work, files))
    return found


def _within(work: Work, system: System) -> Work:
    connections = min(work.connections, system.connections or work.connections)
    return dataclasses.replace(work, connections=connections)


def _learnt(server: Server, endpoint: Endpoint, work: Work) -> Expected:
    X = matrix(work)
    return learn(lambda: server.ask(endpoint, X), endpoint.wire.decode, X * 2)


@dataclass(slots=True)
class Results:
    """Gather what was measured, and what was not and why."""

    rows: list[Row]
    missing: dict[str, str]


def rounds(bench: Bench, found: list[Case], options: argparse.Namespace, results: Results) -> None:
    """Measure cases in turn, A B A B; a case with a wrong reply is left out altogether."""
    measured: list[Row] = []
    seconds: dict[str, int] = {}
    for case in found:
        with _refusal_noted(case, results):
            warm_up = bench.load(case, options.warm_up)
            seconds[case.name] = enough_s(warm_up, case.work.connections, options.seconds)
    for number in range(1, options.rounds + 1):
        for case in found:
            if case.name not in results.missing:
                with _refusal_noted(case, results):
                    measured.append(bench.measure(case, number, seconds[case.name]))
                    _show(measured[-1])
    results.rows += [row for row in measured if ", ".join(row.cell) not in results.missing]


def enough_s(warm_up: load.Loaded, connections: int, seconds: int) -> int:
    """Return how long a server is loaded: longer where few requests would be counted.

    What is under way when wrk stops costs CPU time and is not counted: a request a connection.
    """
    rate = max(warm_up.requests, 1) / warm_up.seconds
    wanted = math.ceil(_REQUESTS_PER_CONNECTION * connections / rate)
    return min(max(wanted, seconds), _LONGEST * seconds)


def _show(row: Row) -> None:
    name = ", ".join(row.cell)
    print(f"{name:50} {row.cpu_us:10,.1f} µs {row.requests_per_s:10,.1f}/s", flush=True)


@contextlib.contextmanager
def _refusal_noted(case: Case, results: Results) -> Iterator[None]:
    try:
        yield
    except (WrongReply, Disturbed) as error:
        results.missing[case.name] = str(error)
        print(f"{case.name}: {error}", flush=True)
