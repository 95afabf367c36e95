from __future__ import annotations

import os

import pytest
from charter.component.forks import Forks

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def child_sees(forks: Forks) -> int:
    """Return the count that a forked child has, which is its exit status."""
    pid = os.fork()
    if not pid:
        os._exit(forks.count)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_counts_in_the_child_alone() -> None:
    forks = Forks()

    assert child_sees(forks) == 1
    assert forks.count == 0


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_copy_is_ended_with_status_1() -> None:
    forks = Forks()
    pid = os.fork()
    if not pid:
        forks.end_copy()

    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
