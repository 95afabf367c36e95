"""A model that maps its weights has them in memory once for all workers."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from serving import FREE, HAS_PROC, Served, parameters, served

pytestmark = pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")
NUMBERS = 2**22
SIZE_KB = NUMBERS * 8 // 1024


def mapped_kb(pid: int, file: Path, kind: str) -> int:
    """Return how much of a file a process has in memory: all (Rss), or its share (Pss)."""
    maps = Path(f"/proc/{pid}/smaps").read_text()
    of_file = re.findall(rf"{re.escape(str(file))}\n(?:\w+: .*\n)*?{kind}: +(\d+) kB", maps)
    return sum(map(int, of_file))


def ask_both(process: Served) -> None:
    seen: set[str] = set()
    for _ in range(64):
        seen.add(process.predict_over_grpc("s"))
    assert seen == {str(NUMBERS)}


def test_weights_that_are_mapped_are_in_memory_once(tmp_path: Path) -> None:
    file = tmp_path / "weights.npy"
    np.save(file, np.ones(NUMBERS))
    chosen = (*FREE, "--workers", "2", *parameters(folder=str(tmp_path)))
    with served("maps_a_file:Model", *chosen) as process:
        process.read_until("ready")
        ask_both(process)

        whole = [mapped_kb(pid, file, "Rss") for pid in process.children]
        shares = [mapped_kb(pid, file, "Pss") for pid in process.children]

    assert min(whole) >= SIZE_KB
    assert sum(shares) <= SIZE_KB * 1.1
