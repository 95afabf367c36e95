"""What was measured, as tables: printed at the end, and kept in docs/benchmarks/peers.md."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.peers import startup, verdicts
from benchmarks.peers.environments import ROOT
from benchmarks.peers.rows import Cell, Row, Summary, summaries
from benchmarks.peers.startup import Started

BEGIN, END = "<!-- measured: written by make bench-peers -->", "<!-- end of what was measured -->"
_REFERENCES = {True: ("charter", "seldon grpc tensor"), False: ("charter", "seldon json")}


def pages(
    found: Sequence[Row],
    started: Sequence[Started],
    missing: Mapping[str, str],
    about: Mapping[str, str],
) -> str:
    """Return all tables, in Markdown."""
    cells = summaries(found)
    parts = [
        _table(("", ""), about.items()),
        *(_work(work, cells) for work in dict.fromkeys(row.work for row in found)),
        _started(started),
        _missing(missing),
        judged(cells, started),
    ]
    return "\n".join(part for part in parts if part)


def judged(cells: Mapping[Cell, Summary], started: Iterable[Started]) -> str:
    """Return what was promised and what came of it."""
    lines = [verdicts.judge(figure, cells).words for figure in verdicts.FIGURES]
    lines += verdicts.judge_start(startup.medians(started))
    return "### Verdicts\n\n" + _table(("figure", "asked", "measured", ""), lines)


def machine() -> dict[str, str]:
    """Return what the machine is."""
    cpus = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    # What follows the second number names a build, not what it does.
    release = ".".join(platform.release().split(".")[:2])
    return {"machine": f"{len(cpus)} × {cpus[0]}", "system": f"Linux {release}"}


def commit() -> str:
    """Return the commit of this tree, and whether files differ from it."""
    words = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def insert(page: Path, tables: str) -> None:
    """Put the tables where a page has its marks."""
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n\n{tables}\n{END}{after}", "utf-8")


def _work(work: str, cells: Mapping[Cell, Summary]) -> str:
    lines = [
        (
            system,
            wire,
            f"{summary.cpu_us:,.0f}",
            _ratio(cells, system, wire, work),
            f"{summary.requests_per_s:,.0f}",
            f"{summary.p50_ms:.1f}",
            f"{summary.p99_ms:.1f}",
            f"{summary.spread:.0%}",
        )
        for (system, wire, of), summary in cells.items()
        if of == work
    ]
    head = ("system", "wire", "CPU µs", "of Charter", "requests/s", "p50 ms", "p99 ms", "spread")
    return f"### {work}\n\n{_table(head, lines)}"


def _ratio(cells: Mapping[Cell, Summary], system: str, wire: str, work: str) -> str:
    """Return a system's CPU time a request as a multiple of Charter's on the same transport."""
    reference = cells.get((*_REFERENCES["grpc" in wire], work))
    if reference is None:
        return ""
    return f"{cells[system, wire, work].cpu_us / reference.cpu_us:.2f}×"


def _started(started: Iterable[Started]) -> str:
    lines = [
        (
            system,
            str(workers),
            f"{row.ready_s:.2f}",
            str(row.processes),
            f"{row.rss_mb:.0f}",
            f"{row.pss_mb:.0f}",
        )
        for (system, workers), row in startup.medians(started).items()
    ]
    if not lines:
        return ""
    head = ("system", "workers", "ready s", "processes", "RSS MB", "PSS MB")
    return f"### Start and memory\n\n{_table(head, lines)}"


def _missing(missing: Mapping[str, str]) -> str:
    if not missing:
        return ""
    lines = [
        (name, reason.replace("|", "/").replace("\n", " ")) for name, reason in missing.items()
    ]
    return "### Not measured\n\n" + _table(("system", "why"), lines)


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---"] * len(head)
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, rule, *lines))
