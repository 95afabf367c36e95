from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

PAGES = 8 * 2**20 // os.sysconf("SC_PAGE_SIZE")
# Several blocks at a time: then more is free at the end of the heap than glibc would keep.
PROGRAM = """
import resource, sys
from charter.transport import malloc
said = malloc.keep_large_blocks()
def fill():
    blocks = [b"x" * 2**23 for _ in range(4)]
fill()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    fill()
print(said, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def run(**variables: str) -> tuple[str, int]:
    """Return whether it could be said, and how many pages were faulted in then."""
    output = subprocess.check_output(
        [sys.executable, "-c", PROGRAM], text=True, env={**os.environ, **variables}
    )
    said, faults = output.split()
    return said, int(faults)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc only")
def test_blocks_as_large_as_bodies_are_used_again() -> None:
    said, faults = run()

    assert said == "True"
    assert faults < PAGES


def test_what_was_chosen_for_malloc_stays() -> None:
    said, _ = run(MALLOC_TRIM_THRESHOLD_="131072")

    assert said == "False"
