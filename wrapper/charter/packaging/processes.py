"""How other programs are run before there is an image: engines, git, pip."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from charter.errors import StartError

_ANSWER_S = 30.0
"""Seconds in which a program that is only asked something has to answer."""
_NOT_RUN = 127


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what a program said.

    Args:
        status: its exit status; 0 for success.
        text: its standard output.
        errors: its standard error.
    """

    status: int
    text: str
    errors: str

    @property
    def reason(self) -> str:
        """Return the last line it wrote, which says why it failed."""
        lines = (self.errors.strip() or self.text.strip()).splitlines()
        return lines[-1].strip() if lines else f"it ended with status {self.status}"


def is_there(program: str) -> bool:
    """Return whether a program is on PATH."""
    return shutil.which(program) is not None


def ask(command: Sequence[str], timeout_s: float = _ANSWER_S) -> Answer:
    """Run a program that answers soon, out of reach of the terminal's Ctrl-C.

    One that is missing or hangs has status 127.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours
            command,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=timeout_s,
            start_new_session=True,
        )
    except OSError as error:
        return Answer(_NOT_RUN, "", f"{command[0]}: {error.strerror}")
    except subprocess.TimeoutExpired:
        return Answer(_NOT_RUN, "", f"{command[0]} did not answer in {timeout_s:.0f} s")
    return Answer(done.returncode, _text(done.stdout), _text(done.stderr))


def tell(
    command: Sequence[str],
    variables: Mapping[str, str] | None = None,
    take: Callable[[str], None] | None = None,
) -> int:
    """Run a program whose output goes to ours, and return its exit status.

    Args:
        command: the program and its arguments.
        variables: its environment; `None` for ours.
        take: is given each line in place of our output.

    Raises:
        StartError: it is not on PATH.
    """
    piped = None if take is None else subprocess.PIPE
    errors = None if take is None else subprocess.STDOUT
    try:
        process = subprocess.Popen(  # noqa: S603 - the words are ours
            command, env=variables, stdout=piped, stderr=errors
        )
    except OSError as error:
        raise StartError(f"{command[0]}: {error.strerror}") from error
    with process:
        for line in process.stdout or ():
            assert take is not None
            take(_text(line).rstrip("\r\n"))
    return process.returncode


def follow(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a program whose output goes to ours, out of reach of the terminal's Ctrl-C."""
    return subprocess.Popen(  # noqa: S603 - the words are ours
        command, stdin=subprocess.DEVNULL, start_new_session=True
    )


def _text(output: bytes) -> str:
    return output.decode("utf-8", "replace")
