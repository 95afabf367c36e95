"""The rows that are kept: one measurement each, in a CSV file."""

from __future__ import annotations

import csv
import dataclasses
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

Cell: TypeAlias = tuple[str, str, str]
"""System, wire and work."""


@dataclass(frozen=True, slots=True)
class Row:
    """Hold one measurement.

    Args:
        cpu_us: user and system time of the server's tree for a request, in microseconds.
        p50_ms: time of a reply, the median; p99_ms: one of a hundred takes longer.
    """

    system: str
    wire: str
    work: str
    round: int
    requests: int
    seconds: float
    requests_per_s: float
    cpu_us: float
    p50_ms: float
    p99_ms: float

    @property
    def cell(self) -> Cell:
        """Return what was measured."""
        return self.system, self.wire, self.work


def write(rows: Iterable[Row], path: Path) -> None:
    """Write rows to a file."""
    names = [field.name for field in dataclasses.fields(Row)]
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(dataclasses.astuple(row) for row in rows)


def read(path: Path) -> list[Row]:
    """Return the rows of a file."""
    kinds = {"int": int, "float": float, "str": str}
    of = {field.name: kinds[str(field.type)] for field in dataclasses.fields(Row)}
    with path.open(newline="") as file:
        return [
            Row(**{name: of[name](text) for name, text in line.items()})
            for line in csv.DictReader(file)
        ]


@dataclass(frozen=True, slots=True)
class Summary:
    """Hold the medians of a cell's rounds, and how far they are apart.

    Args:
        spread: the largest CPU time less the smallest one, as a share of the median.
    """

    rounds: int
    requests_per_s: float
    cpu_us: float
    p50_ms: float
    p99_ms: float
    spread: float


def summaries(rows: Iterable[Row]) -> dict[Cell, Summary]:
    """Return the summary of each cell, in the order in which they came."""
    cells: dict[Cell, list[Row]] = {}
    for row in rows:
        cells.setdefault(row.cell, []).append(row)
    return {cell: _summary(rounds) for cell, rounds in cells.items()}


def _summary(rows: list[Row]) -> Summary:
    cpu = [row.cpu_us for row in rows]
    median = statistics.median(cpu)
    return Summary(
        len(rows),
        statistics.median(row.requests_per_s for row in rows),
        median,
        statistics.median(row.p50_ms for row in rows),
        statistics.median(row.p99_ms for row in rows),
        (max(cpu) - min(cpu)) / median,
    )
