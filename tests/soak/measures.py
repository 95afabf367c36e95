"""Memory, descriptors and threads of processes over their life, and whether they grow."""

from __future__ import annotations

import contextlib
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

MOST_GROWTH = 0.05


@dataclass(frozen=True, slots=True)
class Sample:
    """Hold what a process uses at a time.

    Args:
        at: when, in seconds.
        rss_kib: memory that is there.
        files: open descriptors.
        threads: how many run.
    """

    at: float
    rss_kib: int
    files: int
    threads: int


@dataclass(frozen=True, slots=True)
class Life:
    """Hold the samples of one process."""

    role: str
    process: int
    samples: list[Sample] = field(default_factory=list)

    def settled(self, warm_up_s: float, least_life_s: float) -> list[Sample]:
        """Return the samples after the warm-up; none of a process that did not live for long."""
        if not self.samples:
            return []
        start, end = self.samples[0].at + warm_up_s, self.samples[-1].at
        if end - start < least_life_s:
            return []
        return [sample for sample in self.samples if sample.at >= start]


def sample(process: int, at: float) -> Sample | None:
    """Return what a process uses now; `None` when it has ended."""
    with contextlib.suppress(OSError, KeyError):
        text = Path(f"/proc/{process}/status").read_text()
        status = dict(line.split(":", 1) for line in text.splitlines())
        files = len(os.listdir(f"/proc/{process}/fd"))  # noqa: PTH208 - only how many
        return Sample(at, int(status["VmRSS"].split()[0]), files, int(status["Threads"]))
    return None


def thirds(values: Sequence[int]) -> tuple[float, float]:
    """Return the medians of the first and of the last third.

    Memory moves by steps, and has peaks where a large request is read: a straight line by least
    squares bends to one peak at an end. A median hears of neither, but does of what stays.
    """
    size = max(len(values) // 3, 1)
    return statistics.median(values[:size]), statistics.median(values[-size:])


def growth(samples: Sequence[Sample], who: str, connections: int, calls: int) -> list[str]:
    """Return what has grown.

    Args:
        samples: of one process, settled.
        who: that is.
        connections: so many may move to it from others that have ended.
        calls: so many threads answer at a time.
    """
    first, last = thirds([one.rss_kib for one in samples])
    allowed = {"descriptors": connections, "threads": calls}
    counts = {
        "descriptors": thirds([one.files for one in samples]),
        "threads": thirds([one.threads for one in samples]),
    }
    found = [
        f"{who}: {name} grew from {before:g} to {after:g}; at most {allowed[name]} more are right"
        for name, (before, after) in counts.items()
        if after - before > allowed[name]
    ]
    if last > first * (1 + MOST_GROWTH):
        found.append(
            f"{who}: memory grew from {first:.0f} to {last:.0f} KiB "
            f"({last / first - 1:+.1%}; medians of the first and the last third)"
        )
    return found
