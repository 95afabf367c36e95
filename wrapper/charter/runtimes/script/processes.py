"""The processes of a call, wherever they have gone; as a program, who ends them when we are killed.

Only the standard library is imported here: the program is run by its path, without site-packages.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

TAG = "CHARTER_CALL"
"""The variable that tells which call a process belongs to, if it has left its session."""
_PROC = Path("/proc")
_STATES_OF_THE_DEAD = (b"Z", b"X")
_STARTED = 19
_CHUNK = 2**14
_PAGE = os.sysconf("SC_PAGE_SIZE")
_EVERY_S = 0.005
# What does not end by SIGKILL in this time waits for a disk that is gone.
_MOST_S = 5.0


@dataclass(frozen=True, slots=True)
class Process:
    """Hold what the kernel says of a process.

    Args:
        pid: its number.
        group: that of its process group.
        session: that of its session.
        started: when, in ticks since the machine started.
        memory: what it holds in memory, in bytes; what it shares with others is counted too.
    """

    pid: int
    group: int
    session: int
    started: int
    memory: int


def processes() -> Iterator[Process]:
    """Yield all processes that live; none where there is no `/proc`."""
    names = os.listdir(_PROC) if _PROC.is_dir() else []  # noqa: PTH208 - names are enough
    for found in map(_process, filter(str.isdigit, names)):
        if found is not None:
            yield found


def _process(pid: str) -> Process | None:
    """Return a process; `None` if it has ended."""
    fields = _stat(pid)
    if not fields or fields[0] in _STATES_OF_THE_DEAD:
        return None
    return Process(
        pid=int(pid),
        group=int(fields[2]),
        session=int(fields[3]),
        started=int(fields[_STARTED]),
        memory=int(fields[21]) * _PAGE,
    )


def _stat(pid: str) -> list[bytes]:
    """Return what proc_pid_stat(5) lists, from the state on; nothing where there is no such one."""
    # Its name is in brackets, and may have any character.
    return _read(f"{_PROC}/{pid}/stat").rpartition(b") ")[2].split()


def _read(path: str) -> bytes:
    """Return a file of `/proc`; nothing of a process that has ended, or is another user's.

    A call reads a hundred of them, so this is as short as it can be.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return b"".join(iter(lambda: os.read(descriptor, _CHUNK), b""))
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def is_tagged(process: Process, tag: bytes) -> bool:
    """Return whether a process has a variable that starts so."""
    return b"\0" + tag in b"\0" + _read(f"{_PROC}/{process.pid}/environ")


class Group:
    """Know the processes of one call: those of its session, and those with its tag.

    Args:
        leader: the process that was started first, in a session of its own; until it is waited
            for, no other process can have its number.
        tag: the value of `TAG` in its environment.
    """

    def __init__(self, leader: int, tag: str) -> None:
        self._leader = leader
        self._tag = f"{TAG}={tag}\0".encode()
        fields = _stat(str(leader))  # which it has until it is waited for
        self._started = int(fields[_STARTED]) if fields else 0

    def members(self) -> list[Process]:
        """Return the processes of the call that live."""
        return [each for each in processes() if self._has(each)]

    def end(self, grace_s: float = 0.0) -> bool:
        """End all of them: by SIGTERM, and by SIGKILL what lives after `grace_s` seconds.

        Returns:
            Whether all have ended.
        """
        if grace_s:
            self._signal(signal.SIGTERM)
            if _until(lambda: not self.members(), grace_s):
                return True
        return _until(self._is_killed, _MOST_S)

    def _is_killed(self) -> bool:
        """Kill who lives; return whether nobody did."""
        return not self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> bool:
        """Send all members a signal; return whether there is one."""
        # First the whole group at once: what forks without end would outrun us one by one.
        with contextlib.suppress(OSError):
            os.killpg(self._leader, number)
        found = self.members()
        if number is signal.SIGTERM:
            found = [each for each in found if each.group != self._leader]  # which have got it
        for each in found:
            with contextlib.suppress(OSError):
                os.kill(each.pid, number)
        return bool(found)

    def _has(self, process: Process) -> bool:
        if self._leader in (process.session, process.group):
            return True
        return process.started >= self._started and is_tagged(process, self._tag)


def _until(is_so: Callable[[], bool], seconds: float) -> bool:
    """Wait for something to be so; return whether it came about in time."""
    last = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() >= last:
            return False
        time.sleep(_EVERY_S)
    return True


def end_all(prefix: bytes) -> None:
    """Kill every process with a tag that starts so."""

    def are_killed() -> bool:
        found = [each for each in processes() if is_tagged(each, prefix)]
        for each in found:
            with contextlib.suppress(OSError):
                os.kill(each.pid, signal.SIGKILL)
        return not found

    _until(are_killed, _MOST_S)


def main(name: str, folder: str) -> None:
    """Wait for the end of the process that holds our stdin open; then clear up after it.

    Args:
        name: what the tags of its calls start with.
        folder: where its temporary files lie.
    """
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # they reach all processes of a terminal or container
    sys.stdin.buffer.read()
    end_all(f"{TAG}={name}.".encode())
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
