"""From the file of a script to the words that start it, and to what it sees of the environment."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from charter.errors import StartError, shown

_MOST_LINE = 256
"""So many bytes of a first line Linux reads; see execve(2), “Interpreter scripts”."""
_USUAL = frozenset(
    [
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TZ", "LANG", "LANGUAGE"),
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "JAVA_HOME", "R_HOME", "VIRTUAL_ENV"),
    ]
)
"""Variables that programs need to be found and to run; none of them is a secret."""
_LOCALE = "LC_"


def command(file: Path, path: str | None) -> list[str]:
    """Return the words that start a script: itself, or its interpreter where it may not be run.

    Args:
        file: the script.
        path: where `env` looks for programs, as the variable PATH has it.

    Raises:
        StartError: it cannot be run; the message says what is missing.
    """
    try:
        with file.open("rb") as opened:
            head = opened.read(_MOST_LINE)
    except OSError as error:
        raise StartError(f"{file}: {(error.strerror or str(error)).lower()}") from error
    may_run = os.access(file, os.X_OK)
    if head.startswith(b"#!"):
        words = _interpreter(file, head, path)
        return [str(file)] if may_run else [*words, str(file)]
    if not may_run:
        raise StartError(
            f"{file}: not executable: chmod +x it, or let its first line name its interpreter, "
            f"as in #!/bin/sh"
        )
    if b"\0" not in head:
        raise StartError(
            f"{file}: neither a program nor a script: its first line names no interpreter, "
            f"as in #!/bin/sh"
        )
    return [str(file)]


def _interpreter(file: Path, head: bytes, path: str | None) -> list[str]:
    """Return the interpreter in a first line, and its argument where it has one."""
    line = head[2:].partition(b"\n")[0].decode("utf-8", "replace").strip(" \t")
    words = line.split(maxsplit=1)
    if not words:
        raise StartError(f"{file}: its first line names no interpreter after #!")
    if line.endswith("\r"):
        raise StartError(
            f"{file}: its lines end in CR LF, so that there is no interpreter "
            f"{shown(words[0])}: save it with the line ends of Unix"
        )
    if not os.access(words[0], os.X_OK) or Path(words[0]).is_dir():
        raise StartError(
            f"{file}: no interpreter {shown(words[0])}, which its first line names: install it, "
            f"or name another"
        )
    program = _asked_of_env(words)
    if program and shutil.which(program, path=path) is None:
        raise StartError(
            f"{file}: no program {shown(program)} on PATH, which its first line names: "
            f"install it, or name another"
        )
    return words


def _asked_of_env(words: list[str]) -> str | None:
    """Return the program that `env` is to start; `None` where another interpreter is named."""
    if len(words) < 2 or Path(words[0]).name != "env":
        return None
    rest = words[1].split()
    found = (word for word in rest if not word.startswith("-") and "=" not in word)
    return next(found, None)


def surroundings(variables: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Return the variables that a script is given.

    What else the server's process has, such as the credentials of a platform, it does not see.

    Args:
        variables: those of this process.
        names: which of them it is given besides the usual ones.
    """
    given = _USUAL | frozenset(names)
    return {
        name: value
        for name, value in variables.items()
        if name in given or name.startswith(_LOCALE)
    }


def refusal(name: str, error: OSError) -> str:
    """Return why a script that could be run at the start cannot be started now."""
    if error.errno == errno.ENOEXEC:
        return f"{name} could not be started: it is no program of this machine"
    if error.errno == errno.E2BIG:
        return f"{name} could not be started: the names of its files are too long a list"
    return f"{name} could not be started: {(error.strerror or str(error)).lower()}"
