"""No body takes more than 20 times its size to be read, and 16 MiB that any may take."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[1] / "fuzzing" / "memory.py"
MOST_TIMES = 20
SPARE_BYTES = 16 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone counts the peak of a process anew")
def test_no_body_takes_more_than_20_times_its_size() -> None:
    command = [sys.executable, str(PROGRAM), str(2_000_000)]

    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in ended.stdout.splitlines()]
    over = [
        f"{name}: {int(grown) / int(size):.1f}"
        for name, size, grown in rows
        if int(grown) > MOST_TIMES * int(size) + SPARE_BYTES
    ]

    assert len(rows) > 100
    assert not over, over
