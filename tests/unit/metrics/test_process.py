from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from charter.metrics.process import process_metrics

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")


def value(name: str, *workers: int) -> float:
    (family,) = [family for family in process_metrics(workers) if family.name == name]
    found: float = family.samples[0].value
    return found


def test_memory_and_files_of_workers_are_added() -> None:
    program = "import sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as worker:
        together = value("process_open_fds", worker.pid)
        alone = value("process_open_fds")
        memory = value("process_resident_memory_bytes", worker.pid)

    assert together > alone
    assert memory > value("process_resident_memory_bytes") / 2


def test_the_cpu_time_of_a_worker_that_has_ended_counts_on() -> None:
    before = value("process_cpu_seconds")
    program = "import time\nwhile time.process_time() < 0.3: pass"

    subprocess.run([sys.executable, "-c", program], check=True)

    assert value("process_cpu_seconds") >= before + 0.3


def test_a_worker_that_is_gone_is_no_error() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as worker:
        pass

    assert value("process_open_fds", worker.pid) > 0


def test_the_start_is_that_of_the_own_process() -> None:
    program = "import sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as worker:
        start = value("process_start_time_seconds", worker.pid)

    assert start == value("process_start_time_seconds")
