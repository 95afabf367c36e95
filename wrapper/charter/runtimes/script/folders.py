"""Folders for the files of calls, and what clears them up if this process is killed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import uuid
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path

from charter.errors import StartError
from charter.runtimes.script import processes

USUAL = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 - mkdtemp makes folders that are ours
"""Where files are put; a root file system that is read-only still has the last."""
# It has to end what lives and to remove files, which takes milliseconds.
_MOST_S = 10.0


class Home:
    """Hold the folder of a script's calls.

    Args:
        wanted: where it is best made, such as the value of TMPDIR; "" for none.
        places: where else, in this order.

    It has `path`, and `name`, with which the tags of its calls start.

    Raises:
        StartError: nowhere can files be written.
    """

    def __init__(self, wanted: str, places: Sequence[str] = USUAL) -> None:
        self.name = uuid.uuid4().hex
        self.path = _made([*([wanted] if wanted else []), *places])
        # A process of its own: nothing of ours runs when we are killed, or leave by os._exit.
        self._close = weakref.finalize(self, _close, _guardian(self.name, self.path), self.path)

    def close(self) -> None:
        """Remove the folder; end what lives of the calls."""
        self._close()


def _guardian(name: str, path: Path) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-I", "-S", processes.__file__, name, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        path.rmdir()
        reason = (error.strerror or str(error)).lower()
        raise StartError(
            f"no process can be started beside the server: {reason}; a script needs one, and one "
            f"for each call"
        ) from error


def _made(places: Iterable[str]) -> Path:
    """Return a new folder in the first of the places where one can be made."""
    problems = []
    for place in places:
        problem = _problem(place)
        if problem is None:
            return Path(tempfile.mkdtemp(prefix="charter-", dir=place))
        problems.append(f"{place} ({problem})")
    raise StartError(
        f"no folder for temporary files: tried {', '.join(problems)}; give one as TMPDIR, "
        f"or mount one, as docker run --tmpfs /tmp does"
    )


def _problem(place: str) -> str | None:
    """Return why no file can be written in a folder; `None` if one can."""
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"\0")  # a disk that is full has room for a name still
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return None


def _close(guardian: subprocess.Popen[bytes], path: Path) -> None:
    assert guardian.stdin is not None
    guardian.stdin.close()
    try:
        guardian.wait(_MOST_S)
    except subprocess.TimeoutExpired:
        guardian.kill()
        guardian.wait()
    shutil.rmtree(path, ignore_errors=True)  # where the guardian was killed before us
