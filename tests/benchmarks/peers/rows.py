"""The rows that are kept: one measurement each, in a CSV file."""

from __future__ import annotations

import csv
import dataclasses
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

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


def write(rows: Sequence[DataclassInstance], path: Path) -> None:
    """Write rows of one kind to a file; where there are none, leave it as it is."""
    if not rows:
        return
    names = [field.name for field in dataclasses.fields(rows[0])]
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(dataclasses.astuple(row) for row in rows)


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
