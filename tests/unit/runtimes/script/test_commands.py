from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest
from charter.errors import StartError
from charter.runtimes.script.commands import command, refusal, surroundings

REMEDY = "which its first line names: install it, or name another"


def written(folder: Path, content: bytes, mode: int = 0o755) -> Path:
    file = folder / "model"
    file.write_bytes(content)
    file.chmod(mode)
    return file


def refused(file: Path, path: str = "/usr/bin:/bin") -> str:
    with pytest.raises(StartError) as raised:
        command(file, path)
    return raised.value.message.removeprefix(f"{file}: ")


@pytest.mark.parametrize(
    "content",
    [
        *(b"#!/bin/sh\n", b"#! /bin/sh -e\n", b"#!/usr/bin/env sh\n", b"#!/bin/sh"),
        b"\x7fELF\0\0",
    ],
)
def test_what_may_be_run_is_run_itself(tmp_path: Path, content: bytes) -> None:
    file = written(tmp_path, content)

    assert command(file, "/usr/bin:/bin") == [str(file)]


def test_an_interpreter_is_given_its_argument_as_the_kernel_does(tmp_path: Path) -> None:
    file = written(tmp_path, b"#!/bin/sh -e -u\necho\n", 0o644)

    assert command(file, None) == ["/bin/sh", "-e -u", str(file)]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"#!/usr/bin/nope\n",
            f"no interpreter '/usr/bin/nope', {REMEDY}",
        ),
        (
            b"#!/usr\n",
            f"no interpreter '/usr', {REMEDY}",
        ),
        (
            b"#!/usr/bin/env -S A=1 nope -x\n",
            f"no program 'nope' on PATH, {REMEDY}",
        ),
        (b"#!\n", "its first line names no interpreter after #!"),
        (
            b"#!/bin/sh\r\necho\r\n",
            "its lines end in CR LF, so that there is no interpreter '/bin/sh': save it with the "
            "line ends of Unix",
        ),
        (
            b"echo 1\n",
            "neither a program nor a script: its first line names no interpreter, as in #!/bin/sh",
        ),
    ],
)
def test_what_cannot_be_run_is_told_with_the_remedy(
    tmp_path: Path, content: bytes, message: str
) -> None:
    assert refused(written(tmp_path, content)) == message


def test_what_may_not_be_run_is_told_with_the_remedy(tmp_path: Path) -> None:
    assert refused(written(tmp_path, b"\x7fELF\0", 0o644)) == (
        "not executable: chmod +x it, or let its first line name its interpreter, as in #!/bin/sh"
    )
    assert refused(tmp_path / "none") == "no such file or directory"
    assert refused(tmp_path) == "is a directory"


def test_this_python_is_found_on_a_path(tmp_path: Path) -> None:
    python = Path(sys.executable)
    file = written(tmp_path, f"#!/usr/bin/env {python.name}\n".encode())

    assert command(file, str(python.parent)) == [str(file)]


def test_only_harmless_variables_and_those_that_are_named_are_given() -> None:
    variables = {"PATH": "/bin", "LC_ALL": "C", "TOKEN": "t", "PYTHONPATH": "p", "MINE": "m"}

    assert surroundings(variables, ["MINE", "NOT_SET"]) == {
        "PATH": "/bin",
        "LC_ALL": "C",
        "MINE": "m",
    }


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (errno.ENOEXEC, "it is no program of this machine"),
        (errno.E2BIG, "the names of its files are too long a list"),
        (errno.EACCES, "permission denied"),
    ],
)
def test_a_start_that_fails_later_says_why(number: int, why: str) -> None:
    error = OSError(number, "Permission denied")

    assert refusal("model", error) == f"model could not be started: {why}"
