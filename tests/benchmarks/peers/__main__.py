"""Compare Charter with its peers: `make bench-peers`, or `python -m benchmarks.peers`.

The folder `tests` has to be on PYTHONPATH. Needs Linux, two CPUs, wrk, cc and nghttp2's headers.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from benchmarks.peers import bench, cnn, report, rows, startup
from benchmarks.peers.bench import Bench, Case, Results
from benchmarks.peers.environments import ROOT, NotInstallable, versions
from benchmarks.peers.expected import WrongReply
from benchmarks.peers.server import NotServed
from benchmarks.peers.startup import Started
from benchmarks.peers.systems import FIGURED, SYSTEMS, System
from benchmarks.peers.works import WORKS

PARTS = ("peers", "cnn", "startup")
DOCS = ROOT / "docs" / "benchmarks"
_QUICK = {"seconds": 1, "systems": FIGURED}
_ABSENT = (NotInstallable, NotServed, WrongReply)


def main() -> int:
    """Measure what the options choose and print tables; return 1 where anything is missing."""
    options = _options()
    # The servers end with this process; without it a SIGTERM would leave them.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    place = bench.made(Path(options.folder))
    kept = DOCS if options.write else Path(options.folder)
    results = Results([], {})
    started: list[Started] = []
    if "peers" in options.parts:
        _peers(place, options, results)
    if "cnn" in options.parts:
        _cnn(place, options, results)
    rows.write(results.rows, kept / "peers.csv")
    if "startup" in options.parts:
        started = _startup(place, options, results)
    rows.write(started, kept / "startup.csv")
    measured = [row.system for row in results.rows] + [row.system for row in started]
    about = _about(place, options, measured)
    tables = report.pages(results.rows, started, results.missing, about)
    print(tables)
    if options.write:
        report.insert(DOCS / "peers.md", tables)
    return 1 if results.missing else 0


def _peers(place: Bench, options: argparse.Namespace, results: Results) -> None:
    works = [WORKS[name] for name in options.works]

    def start(system: System, stack: contextlib.ExitStack) -> list[Case]:
        return bench.cases(place, system, works, stack, options.wires)

    _compare(place, [SYSTEMS[name] for name in options.systems], start, options, results)


def _cnn(place: Bench, options: argparse.Namespace, results: Results) -> None:
    def start(system: System, stack: contextlib.ExitStack) -> list[Case]:
        return cnn.cases(place, system, stack)

    _compare(place, cnn.SYSTEMS, start, options, results)


def _compare(
    place: Bench,
    systems: Iterable[System],
    start: Callable[[System, contextlib.ExitStack], list[Case]],
    options: argparse.Namespace,
    results: Results,
) -> None:
    with contextlib.ExitStack() as stack:
        found: list[Case] = []
        for system in systems:
            with _absence_noted(system.name, results):
                found += start(system, stack)
        for work in dict.fromkeys(case.work.name for case in found):
            of_work = [case for case in found if case.work.name == work]
            bench.rounds(place, of_work, options, results)


def _startup(place: Bench, options: argparse.Namespace, results: Results) -> list[Started]:
    started = []
    for number in range(1, options.rounds + 1):
        for startable in startup.chosen(options.systems):
            for workers in startable.workers:
                name = f"{startable.system.name}, start with {workers}"
                if name not in results.missing:
                    with _absence_noted(name, results):
                        started.append(startup.measure(place, startable, workers, number))
                        print(started[-1], flush=True)
    return started


@contextlib.contextmanager
def _absence_noted(name: str, results: Results) -> Iterator[None]:
    try:
        yield
    except _ABSENT as error:
        results.missing[name] = str(error)
        print(f"{name}: {error}", flush=True)


def _about(place: Bench, options: argparse.Namespace, measured: Iterable[str]) -> dict[str, str]:
    systems = {**SYSTEMS, **{system.name: system for system in cnn.SYSTEMS}}
    used = {systems[name].environment for name in measured if name in systems}
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        **report.machine(),
        "commit": report.commit(),
        "rounds": f"{options.rounds} of {options.seconds} s, slow servers longer",
        **{
            environment.name: versions(environment.made(place.folder), environment.requirements)
            for environment in sorted(used, key=lambda each: each.name)
        },
    }


def _some_of(known: Iterable[str]) -> Callable[[str], list[str]]:
    """Return what reads names with commas between, each a known one."""

    def names(text: str) -> list[str]:
        found = [name.strip() for name in text.split(",")]
        if strange := set(found) - set(known):
            message = f"{', '.join(sorted(strange))}: expected some of {', '.join(known)}"
            raise argparse.ArgumentTypeError(message)
        return found

    return names


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-peers", description=__doc__)
    add = parser.add_argument
    wires = {end.wire.name for system in SYSTEMS.values() for end in system.endpoints}
    add("--parts", type=_some_of(PARTS), default=PARTS, help="peers, cnn, startup; all by default")
    add("--systems", type=_some_of(SYSTEMS), default=list(SYSTEMS), help="with commas between")
    add("--works", type=_some_of(WORKS), default=list(WORKS), help="W1, W2, W3")
    add("--wires", type=_some_of(wires), default=[], help="such as 'seldon json,v1 json'")
    add("--rounds", type=int, default=3)
    add("--seconds", type=int, default=4, help="of a measurement")
    add("--warm-up", type=int, default=1, help="seconds, before the first round of each work")
    add("--quick", action="store_true", help="the systems that have a figure to reach, 1 s each")
    add("--folder", default=".bench", help="of environments, logs and rows")
    add("--write", action="store_true", help="keep rows and tables in docs/benchmarks")
    options = parser.parse_args()
    if options.quick:
        vars(options).update(_QUICK)
    return options


if __name__ == "__main__":
    sys.exit(main())
