"""Compare Charter with its peers: `make bench-peers`, or `python -m benchmarks.peers` in `tests/`."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import load, processes, rows
from benchmarks.peers.environments import NotInstallable
from benchmarks.peers.expected import Expected, WrongReply, learn
from benchmarks.peers.rows import Row
from benchmarks.peers.server import NotServed, Server, serve, wait_for
from benchmarks.peers.systems import SYSTEMS, Endpoint, System
from benchmarks.peers.works import WORKS, Work, matrix


@dataclass(frozen=True, slots=True)
class Case:
    """Hold one thing to measure: an endpoint of a running server and a work, with its files."""

    server: Server
    endpoint: Endpoint
    work: Work
    files: Path


@dataclass(frozen=True, slots=True)
class Bench:
    """Hold where measurements are made: the CPU of servers, that of the client, and the folder."""

    server_cpu: int
    client_cpu: int
    folder: Path
    grpc_load: Path

    def measure(self, case: Case, round_number: int, seconds: int) -> Row:
        """Load a server and return what that took."""
        before = processes.cpu_s(case.server.pid)
        loaded = self.load(case, seconds)
        cpu_s = processes.cpu_s(case.server.pid) - before
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


def main() -> int:
    """Measure what the options choose; return 1 where a reply was wrong."""
    options = _options()
    processes.adopt_orphans()
    folder = Path(options.folder)
    (folder / "log").mkdir(parents=True, exist_ok=True)
    server_cpu, client_cpu = sorted(os.sched_getaffinity(0))[:2]
    bench = Bench(server_cpu, client_cpu, folder, load.build(folder))
    absent: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        cases: list[Case] = []
        for name in options.systems:
            try:
                cases += _started(bench, SYSTEMS[name], options, stack)
            except (NotInstallable, NotServed, WrongReply) as error:
                absent[name] = str(error)
                print(f"{name}: {error}", flush=True)
        measured = _measured(bench, cases, options)
    rows.write(measured, Path(options.csv))
    for cell, summary in rows.summaries(measured).items():
        print(cell, summary)
    return 1 if absent else 0


def _started(
    bench: Bench, system: System, options: argparse.Namespace, stack: contextlib.ExitStack
) -> list[Case]:
    python = system.environment.made(bench.folder)
    works = [WORKS[name] for name in options.works if name in system.works]
    if not works or options.install_only:
        return []
    log = bench.folder / "log" / f"{system.name.replace(' ', '-')}.txt"
    server = stack.enter_context(serve(system, python, bench.server_cpu, log))
    cases = []
    for work in works:
        X = matrix(work)
        for endpoint in system.endpoints:
            if options.wires and endpoint.wire.name not in options.wires:
                continue
            wait_for(server, endpoint, X, log)
            expected = _learnt(server, endpoint, work)
            files = stack.enter_context(load.prepared(endpoint, X, expected))
            cases.append(Case(server, endpoint, work, files))
    return cases


def _learnt(server: Server, endpoint: Endpoint, work: Work) -> Expected:
    X = matrix(work)
    return learn(lambda: server.ask(endpoint, X), endpoint.wire.decode, X * 2)


def _measured(bench: Bench, cases: list[Case], options: argparse.Namespace) -> list[Row]:
    found = []
    for work in options.works:
        chosen = [case for case in cases if case.work.name == work]
        for case in chosen:
            bench.load(case, options.warm_up)
        for round_number in range(1, options.rounds + 1):
            for case in chosen:
                found.append(bench.measure(case, round_number, options.seconds))
                print(found[-1], flush=True)
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-peers", description=__doc__)
    parser.add_argument("--systems", type=lambda text: text.split(","), default=list(SYSTEMS))
    parser.add_argument("--works", type=lambda text: text.split(","), default=list(WORKS))
    parser.add_argument("--wires", type=lambda text: text.split(","), default=[])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--install-only", action="store_true")
    parser.add_argument("--folder", default=".bench")
    parser.add_argument("--csv", default=".bench/rows.csv")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
