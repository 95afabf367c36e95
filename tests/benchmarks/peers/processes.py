"""A server as a tree of processes: its CPU time, its memory and its end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PR_SET_CHILD_SUBREAPER = 36
# Fields of /proc/PID/stat after the name of the program, as proc(5) numbers them, from 3 on.
_PARENT, _SESSION, _FIRST_TIME, _LAST_TIME = 4 - 3, 6 - 3, 14 - 3, 17 - 3


@dataclass(frozen=True, slots=True)
class Process:
    """Hold what the system knows of a process.

    Args:
        cpu_s: user and system time, of all its threads and of the children it has waited for.
    """

    pid: int
    parent: int
    session: int
    cpu_s: float


def adopt_orphans() -> None:
    """Become the parent of what a server leaves behind, so that its tree stays one tree."""
    if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError("cannot become the parent of orphans")


def tree(root: int) -> list[Process]:
    """Return a process with all under it, and all of its session where it leads one."""
    found = {process.pid: process for process in _processes()}
    inside = {pid for pid, process in found.items() if root in (pid, process.session)}
    while more := {p.pid for p in found.values() if p.parent in inside} - inside:
        inside |= more
    return [found[pid] for pid in sorted(inside)]


def cpu_s(root: int) -> float:
    """Return the CPU time of a tree so far, in seconds; what ended and was waited for counts."""
    return sum(process.cpu_s for process in tree(root))


def rss_bytes(root: int) -> int:
    """Return the resident memory of a tree; what processes share is counted for each."""
    return sum(_memory(process.pid, "Rss:") for process in tree(root))


def pss_bytes(root: int) -> int:
    """Return the resident memory of a tree; what processes share is counted once."""
    return sum(_memory(process.pid, "Pss:") for process in tree(root))


def end(root: int, patience_s: float) -> None:
    """End a tree: ask its root, and kill what is still there after some seconds."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(root, signal.SIGTERM)
    deadline = time.monotonic() + patience_s
    while _living(root) and time.monotonic() < deadline:
        time.sleep(0.05)  # of processes that are not our children nothing tells the end
    for pid in _living(root):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _living(root: int) -> list[int]:
    """Return the processes of a tree, without those that have ended, which are waited for."""
    for process in tree(root):
        with contextlib.suppress(ChildProcessError):  # another's child, not ours to wait for
            os.waitpid(process.pid, os.WNOHANG)
    return [process.pid for process in tree(root)]


def _memory(pid: int, name: str) -> int:
    with contextlib.suppress(OSError):  # it ended meanwhile
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    return 0


def _processes() -> Iterator[Process]:
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            # The name of a program may have blanks and parentheses.
            fields = file.read_text().rpartition(")")[2].split()
            ticks = sum(map(int, fields[_FIRST_TIME : _LAST_TIME + 1]))
            parent, session = int(fields[_PARENT]), int(fields[_SESSION])
            yield Process(int(file.parent.name), parent, session, ticks * _TICK_S)
