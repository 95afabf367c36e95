"""`custom_service()` of the user's class runs beside the service, in a process of its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from serving import FREE, HAS_PROC, Served, parameters, served, wait_for_the_end

pytestmark = pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")
ONE, TWO = FREE, (*FREE, "--workers", "2")
both = pytest.mark.parametrize("free", [ONE, TWO], ids=["alone", "two workers"])


def entered(pipes: Path) -> tuple[int, str]:
    """Return the process of the custom service and whether the model was loaded there."""
    pid, is_loaded = pipes.joinpath("entered").read_text().split()
    return int(pid), is_loaded


def ask(process: Served) -> list[str]:
    words: list[str] = process.predict("s").json()["strData"].split()
    return words


@both
def test_it_runs_once_in_its_own_process_and_ends_with_the_service(
    free: tuple[str, ...], pipes: Path
) -> None:
    chosen = (*free, *parameters(folder=str(pipes)))
    with served("has_a_custom_service:Model", *chosen) as process:
        process.read_until("ready")
        pid, is_loaded = entered(pipes)
        answered_by, was_loaded = ask(process)
        children = process.children
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert pid in children
    assert len(children) == (3 if free is TWO else 1)
    assert str(pid) != answered_by
    assert (is_loaded, was_loaded) == ("False", "True")
    assert (status, errors) == (0, "")
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@both
@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("raise", "RuntimeError: the custom service has had enough"),
        ("return", "ended with status 0"),
    ],
)
def test_its_end_is_logged_and_does_not_end_the_service(
    free: tuple[str, ...], word: str, says: str, pipes: Path
) -> None:
    chosen = (*free, *parameters(folder=str(pipes)))
    with served("has_a_custom_service:Model", *chosen) as process:
        process.read_until("ready")
        pid, _ = entered(pipes)
        pipes.joinpath("leave").write_text(word)
        wait_for_the_end(pid)
        answer = process.predict("s")
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert answer.status_code == 200
    assert status == 0
    assert says in errors
    assert "the service goes on" in errors
    assert "wrapper/charter" not in errors


@both
def test_it_ends_when_the_service_is_killed(free: tuple[str, ...], pipes: Path) -> None:
    chosen = (*free, *parameters(folder=str(pipes)))
    with served("has_a_custom_service:Model", *chosen) as process:
        process.read_until("ready")
        pid, _ = entered(pipes)

        process.signal(signal.SIGKILL)

        wait_for_the_end(pid)
