"""What bench-peers refuses before it measures."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_a_system_that_is_none_is_named_with_those_that_are() -> None:
    words = [sys.executable, "-m", "benchmarks.peers", "--systems", "charter,chartr"]
    paths = {"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT / 'wrapper'}"}

    done = subprocess.run(words, env=paths, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "chartr: expected some of charter, charter warn 4" in done.stderr
