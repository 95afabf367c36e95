"""Calls that wait for their turn: what each is, how it is run, and which are run together.

No queue and no threads here.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from charter.component.adapter import Run
from charter.deadline import Caller, now
from charter.message import Message
from charter.placement import LONG_S

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Job:
    """Hold one call from when it is put into the queue until whoever waits for it is told.

    Args:
        run: takes the request; see `Call`.
        request: what is asked.
        finish: makes of the reply what is wanted of it.
        tell: wakes who waits, in any thread; called once, unless they gave up before.
        caller: who that is.
        key: what jobs must have in common to be run as one; `None` runs it alone.
        inside: calls a function as a part of the request's trace; `None`: it has none.
        note: takes the duration of the call, in seconds.
    """

    run: Run
    request: Any
    finish: Callable[[Any], Any]
    tell: Callable[[], object]
    caller: Caller
    key: Hashable = None
    inside: Callable[..., Any] | None = None
    note: Callable[[float], object] | None = None
    result: Any = None
    error: BaseException | None = None
    is_over: bool = False
    arrived: float = field(default_factory=now)


def answer(job: Job, reply: Message | None = None) -> None:
    """Run a job in its trace, and keep what it returns or raises.

    Args:
        job: the one.
        reply: to its request, where there is one already; `None` asks for it.
    """
    inside(job, _answer, job, reply)


def inside(job: Job, function: Callable[..., T], *arguments: Any) -> T:
    """Call a function as a part of the trace of a job's request."""
    if job.inside is None:
        return function(*arguments)
    result: T = job.inside(function, *arguments)
    return result


def _answer(job: Job, reply: Message | None) -> None:
    started = time.perf_counter()
    seconds = LONG_S
    try:
        job.result = job.finish(job.run(job.request) if reply is None else reply)
        seconds = time.perf_counter() - started
    except BaseException as error:  # noqa: BLE001 - whoever waits for the job raises it again
        job.error = error
    if job.note is not None and reply is None:  # else this took but what comes after the call
        job.note(seconds)


def is_late(job: Job) -> bool:
    """Return whether nobody waits for a job any more; one that is late has its error then."""
    deadline = job.caller.deadline
    if deadline is not None and deadline.has_passed:
        job.error = deadline.error()
        return True
    return job.is_over


class Choice(Protocol):
    """Choose which jobs are run together, and when."""

    def arrived(self, job: Job) -> None:
        """Take note of a job that has joined the queue."""

    def pause_s(self, waiting: deque[Job], at: float) -> float:
        """Return for how many seconds to wait for more jobs; 0.0: take now."""

    def take(self, waiting: deque[Job]) -> list[Job]:
        """Take the next jobs off a queue that is not empty."""

    def ended(self, jobs: Sequence[Job], seconds: float, waiting: deque[Job]) -> None:
        """Take note that jobs which were taken together have ended."""

    def perform(self, jobs: Sequence[Job], begin: Callable[[], object]) -> None:
        """Give each of the jobs that were taken together its result or its error; not locked.

        Args:
            jobs: nobody has given them up yet.
            begin: to be told of each call after the first.
        """


class OneByOne:
    """Choose the first job, at once."""

    def arrived(self, job: Job) -> None:
        """Do nothing."""

    def pause_s(self, waiting: deque[Job], at: float) -> float:
        """Wait for nothing."""
        return 0.0

    def take(self, waiting: deque[Job]) -> list[Job]:
        """Take the first."""
        return [waiting.popleft()]

    def ended(self, jobs: Sequence[Job], seconds: float, waiting: deque[Job]) -> None:
        """Do nothing."""

    def perform(self, jobs: Sequence[Job], begin: Callable[[], object]) -> None:
        """Answer each."""
        for job in jobs:
            answer(job)
