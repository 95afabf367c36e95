from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from charter.transport import launch
from charter.transport.launch import Link

JOB = {"text": "ä" * 100_000, "numbers": [1, 2.5, None]}
ECHO = """
import json, os, sys
def main(link):
    job = link.job()
    link.tell("done", job=job, arguments=sys.argv[1:], path=sys.path, stdin=sys.stdin.read())
"""


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a module that tells what it was started with, in a folder of its own."""
    (tmp_path / "launch_echo.py").write_text(ECHO)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "launch_echo"


def told(link: socket.socket) -> dict[str, object]:
    with link, link.makefile("rb") as lines:
        heard: dict[str, object] = json.loads(lines.readline())
        return heard


def test_a_function_runs_in_a_new_process_with_its_job(echo: str, tmp_path: Path) -> None:
    process, link = launch.start(echo, JOB, "the title")

    heard = told(link)

    assert process.wait() == 0
    assert (heard["event"], heard["job"], heard["stdin"]) == ("done", JOB, "")
    arguments = heard["arguments"]
    assert isinstance(arguments, list)
    assert arguments[1] == "the title"
    assert str(tmp_path) in str(heard["path"])


def test_a_file_of_the_user_hides_no_library_of_ours(
    echo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "of the user"
    folder.mkdir()
    for name in ("json", "socket", "charter"):
        (folder / f"{name}.py").write_text("raise RuntimeError('hidden')")
    monkeypatch.chdir(folder)

    process, link = launch.start(echo, JOB, "")

    assert told(link)["job"] == JOB
    assert process.wait() == 0


def test_a_descriptor_is_inherited_under_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "launch_writes.py").write_text(
        "import os\ndef main(link): os.write(link.job()['descriptor'], b'here')"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    reading, writing = os.pipe()
    try:
        process, link = launch.start(
            "launch_writes", {"descriptor": writing}, "", inherited=[writing]
        )
        link.close()
        assert process.wait() == 0
        assert os.read(reading, 9) == b"here"
    finally:
        os.close(reading)
        os.close(writing)


def test_a_process_that_cannot_start_is_no_error_here(tmp_path: Path) -> None:
    process, link = launch.start("charter.transport.absent", JOB, "")
    link.close()

    assert process.wait() != 0


def test_a_link_to_nobody_says_so_and_takes_what_is_told() -> None:
    ours, theirs = socket.socketpair()
    link = Link(theirs.detach())
    ours.close()

    link.tell("anything")
    with pytest.raises(EOFError):
        link.job()
    link.socket.close()
