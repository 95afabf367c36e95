"""Load the model once, in a process of its own: import, construction, `load()`, look at methods."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The folder of the script would come first on the path; in an image nothing does.
_PROGRAM = "import sys; sys.path.pop(0); from charter.packaging.doctor import child; child.main()"
_SHOWN_LINES = 12


@dataclass(frozen=True, slots=True)
class DryRun:
    """Hold how a load went.

    Args:
        step: import, construct, load or methods, where it ended; done where it went through.
        message: what went wrong, in one line; "" where nothing did.
        path: of the user's file where it went wrong, relative to the folder; "" where that is
            not known.
        line: in that file; 0 where that is not known.
        detail: the user's part of the traceback, or the last lines that were printed.
        seconds: how long it took.
        is_late: whether the time limit ended it.
    """

    step: str
    message: str = ""
    path: str = ""
    line: int = 0
    detail: str = ""
    seconds: float = 0.0
    is_late: bool = False


def run(folder: Path, time_limit_s: float) -> DryRun:
    """Load the model of a folder in a process of its own, and return how that went.

    Args:
        folder: the source, as `charter serve` takes it.
        time_limit_s: seconds after which the process and its children are killed.
    """
    with tempfile.TemporaryDirectory(prefix="charter-check-") as place:
        result, printed = Path(place, "result.json"), Path(place, "printed")
        with printed.open("wb") as output:
            words = [sys.executable, "-c", _PROGRAM, str(folder), str(result)]
            process = subprocess.Popen(  # noqa: S603 - the words are ours
                words,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        is_late = _wait(process, time_limit_s)
        last = "\n".join(printed.read_text("utf-8", "replace").splitlines()[-_SHOWN_LINES:])
        return _told(result, process.returncode, last, time_limit_s if is_late else None)


def _wait(process: subprocess.Popen[bytes], time_limit_s: float) -> bool:
    """Wait for a process; return whether the time limit ended it."""
    try:
        process.wait(time_limit_s)
    except subprocess.TimeoutExpired:
        return True
    finally:  # a finished model may have left children too, and Ctrl-C must leave none
        # macOS says of a group that has ended that it may not be killed.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return False


def _told(result: Path, status: int, printed: str, limit_s: float | None) -> DryRun:
    found: dict[str, Any] = {"step": "import"}
    if result.is_file():
        found = json.loads(result.read_text("utf-8"))
    if limit_s is not None:
        message = f"not done after {limit_s:g} s"
        return DryRun(found["step"], message, detail=printed, seconds=limit_s, is_late=True)
    if found.get("is_over"):
        told = {key: found[key] for key in found if key != "is_over"}
        return DryRun(**told)
    how = f"killed by {signal.Signals(-status).name}" if status < 0 else f"ended with {status}"
    return DryRun(found["step"], f"the process was {how}", detail=printed)
