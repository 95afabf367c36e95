from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from charter.runtimes.script.processes import TAG, Group, end_all, is_tagged, processes

# Other workers of pytest must not end our processes, nor we theirs.
OURS = f"test-{os.getpid()}"
A, B = f"{OURS}-a", f"{OURS}-b"
SLEEPS = "import time; print(1, flush=True); time.sleep(1000)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPS}"

pytestmark = pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc")


@contextmanager
def running(program: str = SLEEPS, tag: str = f"{A}.1") -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", program],
        stdout=subprocess.PIPE,
        env={TAG: tag},
        start_new_session=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_process_is_seen_with_what_it_holds() -> None:
    with running() as process:
        (found,) = [each for each in processes() if each.pid == process.pid]

    assert (found.group, found.session) == (process.pid, process.pid)
    assert 2**20 < found.memory < 2**30


def test_a_process_that_has_ended_is_not_seen_before_it_is_waited_for_either() -> None:
    with running() as process:
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

        assert process.pid not in {each.pid for each in processes()}


def test_a_tag_is_found_by_its_start_and_not_within_another_variable() -> None:
    with running(tag=f"{A}.1") as process:
        (found,) = [each for each in processes() if each.pid == process.pid]

        assert is_tagged(found, f"{TAG}={A}.".encode())
        assert is_tagged(found, f"{TAG}={A}.1\0".encode())
        assert not is_tagged(found, f"{TAG}={A}\0".encode())
        assert not is_tagged(found, f"CALL={A}".encode())


def test_a_group_has_those_of_its_session_and_of_its_tag_and_no_other() -> None:
    with running() as first, running() as escaped, running(tag=f"{A}.2") as other:
        group = Group(first.pid, f"{A}.1")

        assert {each.pid for each in group.members()} == {first.pid, escaped.pid}
        assert group.end()
        assert (first.wait(), escaped.wait()) == (-9, -9)
        assert other.poll() is None


def test_what_is_older_than_the_call_is_not_asked_for_its_tag() -> None:
    with running() as older:
        group = Group(older.pid, f"{A}.1")
        group._started += 10**6

        assert [each.pid for each in group.members()] == [older.pid]
        group._leader = -1
        assert group.members() == []


def test_sigterm_comes_first_and_sigkill_after_the_grace() -> None:
    with running() as polite, running(DEAF, f"{B}.1") as deaf:
        assert Group(polite.pid, f"{A}.1").end(grace_s=20)
        assert Group(deaf.pid, f"{B}.1").end(grace_s=0.05)

        assert (polite.wait(), deaf.wait()) == (-15, -9)


def test_all_calls_of_a_server_are_ended_by_the_start_of_their_tags() -> None:
    with (
        running(tag=f"{A}.1") as one,
        running(tag=f"{A}.2") as two,
        running(tag=f"{B}.1") as other,
    ):
        end_all(f"{TAG}={A}.".encode())

        assert (one.wait(), two.wait()) == (-9, -9)
        assert other.poll() is None
