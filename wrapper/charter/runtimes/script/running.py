"""Run a program once, with limits that hold for all the processes it starts."""

from __future__ import annotations

import contextlib
import enum
import os
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from charter.runtimes.script.lines import Lines
from charter.runtimes.script.processes import TAG, Group

_CHUNK = 2**16
# Most calls end before they are looked at. What allocates as fast as memory can be had takes about
# 100 MB more between two looks.
_FIRST_LOOK_S = 0.02
_LOOK_EVERY_S = 0.05
# Where the kernel cannot tell us that a process has ended.
_POLL_S = 0.01
# What its children have still to print after the script has ended, as in `a > >(b)`.
_LINGER_S = 0.5
_GRACE_S = 1.0


class End(enum.Enum):
    """Say why a call has ended."""

    EXITED = "exited"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    PROCESSES = "processes"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold what a call may take, with all its processes together.

    Args:
        timeout_s: seconds from start to end.
        memory: bytes in memory; 0 means no limit.
        processes: how many there may be; 0 means no limit.
        output: bytes on stdout.
    """

    timeout_s: float
    memory: int
    processes: int
    output: int


@dataclass(frozen=True, slots=True)
class Program:
    """Hold what is run.

    Args:
        words: the program and its arguments.
        folder: where it runs.
        environment: its variables, which are all it has.
        tag: tells its processes from those of other calls.
    """

    words: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    tag: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what came of a call.

    Args:
        end: why it ended.
        status: its exit status; negative is the number of the signal that ended it.
        output: what it printed, no more than the limit.
        left: how many processes it left behind; they were ended.
    """

    end: End
    status: int
    output: bytes
    left: int


def run(program: Program, limits: Limits, errors: Lines) -> Outcome:
    """Run a program to its end, or end it with all its processes where it passes a limit.

    Args:
        program: what is run; it has nothing on stdin.
        limits: what it may take.
        errors: takes its stderr.

    Raises:
        OSError: it cannot be started.
    """
    process = subprocess.Popen(  # noqa: S603 - running it is what we are for
        list(program.words),
        cwd=program.folder,
        env={**program.environment, TAG: program.tag},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )
    with _Call(process, program.tag, limits, errors) as call:
        end = call.watch()
        left = call.end(end)
    return Outcome(end, process.returncode, bytes(call.output), left)


class _Call:
    """Watch a process that was started."""

    def __init__(
        self, process: subprocess.Popen[bytes], tag: str, limits: Limits, errors: Lines
    ) -> None:
        self._process = process
        self._group = Group(process.pid, tag)
        self._limits = limits
        self._errors = errors
        self._selector = selectors.DefaultSelector()
        self._open = 2  # stdout and stderr
        self._ended = _descriptor_of(process.pid)
        self.output = bytearray()

    def __enter__(self) -> _Call:
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)
        if self._ended is not None:
            self._selector.register(self._ended, selectors.EVENT_READ)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self._group.end()
        self._process.wait()
        self._errors.close()
        self._selector.close()
        if self._ended is not None:
            os.close(self._ended)
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            stream.close()

    def watch(self) -> End:
        """Return when the process has ended, or has passed a limit, and how.

        What it has started may go on printing for a while, within the same limits.
        """
        now, has_ended = time.monotonic(), False
        last, look = now + self._limits.timeout_s, now + _FIRST_LOOK_S
        while now < last:
            if look <= now:
                passed = self._passed()
                if passed is not None:
                    return passed
                look = now + _LOOK_EVERY_S
            if not self._read(min(last, look) - now):
                return End.OUTPUT
            now = time.monotonic()
            if not has_ended and self._has_ended():
                has_ended, last = True, min(last, now + _LINGER_S)
            if has_ended and not self._open:
                return End.EXITED
        return End.EXITED if has_ended else End.TIMEOUT

    def end(self, end: End) -> int:
        """End the processes that live; return how many had outlived the call."""
        if end is not End.EXITED:
            self._group.end(0.0 if end in (End.MEMORY, End.PROCESSES) else _GRACE_S)
            self._read(0.0)  # its last words
            return 0
        left = len(self._group.members())
        if left:
            self._group.end()
        return left

    def _passed(self) -> End | None:
        found = self._group.members()
        if self._limits.processes and len(found) > self._limits.processes:
            return End.PROCESSES
        if self._limits.memory and sum(each.memory for each in found) > self._limits.memory:
            return End.MEMORY
        return None

    def _has_ended(self) -> bool:
        """Return whether the process has ended; it keeps its number until it is waited for."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, flags) is not None

    def _read(self, wait_s: float) -> bool:
        """Read what is there, or comes in time; return false when stdout passes its limit."""
        wait_s = wait_s if self._ended is not None else min(wait_s, _POLL_S)
        for key, _ in self._selector.select(max(wait_s, 0.0)):
            if key.fileobj is self._ended:
                self._selector.unregister(key.fileobj)  # it would end each wait from now on
                continue
            data = os.read(key.fd, _CHUNK)
            if not data:
                self._selector.unregister(key.fileobj)
                self._open -= 1
            elif key.fileobj is self._process.stderr:
                self._errors.feed(data)
            else:
                self.output += data[: self._limits.output + 1 - len(self.output)]
        return len(self.output) <= self._limits.output


def _descriptor_of(pid: int) -> int | None:
    """Return what becomes readable when a process ends; `None` where the kernel has no such."""
    with contextlib.suppress(OSError, AttributeError):
        return os.pidfd_open(pid)
    return None
