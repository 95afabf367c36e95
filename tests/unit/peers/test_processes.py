"""CPU time and memory of a tree of processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from benchmarks.peers import processes

# The grandchild ends before its grandparent says so; then that waits for a line.
PROGRAM = """
import subprocess, sys
spin = "import time; end = time.process_time() + 0.3\\nwhile time.process_time() < end: pass"
start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spin!r}])"
subprocess.run([sys.executable, "-c", start])
child = subprocess.Popen([sys.executable, "-c", "print('there', flush=True); input()"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
child.stdout.readline()
print("done", flush=True)
input()
"""


@pytest.fixture
def root() -> Iterator[int]:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        yield process.pid
        processes.end(process.pid, patience_s=10)


def test_what_a_grandchild_used_counts_after_its_end(root: int) -> None:
    assert 0.3 <= processes.cpu_s(root) < 10


def test_a_child_in_a_session_of_its_own_is_in_the_tree(root: int) -> None:
    assert len(processes.tree(root)) == 2


def test_what_is_shared_counts_once_in_pss(root: int) -> None:
    assert 0 < processes.pss_bytes(root) < processes.rss_bytes(root)


def test_the_end_of_a_tree_is_the_end_of_all_in_it(root: int) -> None:
    start = time.monotonic()

    processes.end(root, patience_s=10)

    assert not [one for one in processes.tree(root) if one.pid != root]
    assert time.monotonic() - start < 10
