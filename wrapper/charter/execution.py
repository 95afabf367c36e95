"""Where user code runs: in threads at first, on the event loop once its calls have proved short.

A call on the loop costs nothing but itself; a hop to a thread and back costs more than most small
models. So a call starts in a thread of the model and is promoted after many short calls in a row,
and demoted at the first long one; one that waits for another process stays there. The slots of one
scheduler bound how many calls run at a time over all transports.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import itertools
import math
import os
import threading
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeAlias, TypeVar

from charter.component.adapter import Call
from charter.deadline import NOBODY, Caller, Deadline, now
from charter.errors import Busy, TooLate
from charter.jobs import Job
from charter.message import Message, Request
from charter.placement import AUTO, INLINE, LONG_S, PROVING_CALLS, Plan, Record
from charter.scheduler import Scheduler
from charter.tracing.tracer import Carry

T = TypeVar("T")
Run: TypeAlias = Callable[[Any], Message]
"""Answers a request."""
Finish: TypeAlias = Callable[[Message], T]
"""Makes of a reply what is wanted of it."""


class Execution:
    """Run calls of a component.

    Args:
        plan: how.
        carry: makes what runs in another thread a part of the request's trace; `None`: none is
            traced.
        watch: told how many calls wait, each time that it changes.
        is_inline: run all in the thread that asks; for tests, whose thread it is.
    """

    def __init__(
        self,
        plan: Plan | None = None,
        carry: Carry | None = None,
        watch: Callable[[int], object] = lambda length: None,
        *,
        is_inline: bool = False,
    ) -> None:
        self.plan = plan or Plan()
        self._carry = carry
        self._is_inline = is_inline
        self.scheduler = Scheduler(self.plan.threads or 1, self.plan.max_queue, watch)
        self.loop: asyncio.AbstractEventLoop | None = None
        """Where async calls run; `None` where there is no loop but that of each caller."""
        self._blocking: dict[int, Run] = {}
        self._records: dict[int, Record] = {}
        self._awaited: dict[int, float] = {}
        self._numbers = itertools.count()
        self._most_awaited = self.plan.max_queue + (self.plan.threads or 1)

    def longest_s(self) -> float:
        """Return for how many seconds the longest of the running calls has run; 0.0 for none."""
        begun = list(self._awaited.values())
        return max(self.scheduler.longest_s(), now() - min(begun) if begun else 0.0)

    async def run(
        self,
        call: Call,
        request: Request,
        finish: Finish[T],
        caller: Caller = NOBODY,
        key: Hashable = None,
    ) -> T:
        """Answer a request that arrived on the event loop.

        Args:
            call: what answers.
            request: what is asked.
            finish: makes of the reply what is wanted of it, before the next call may change what
                the reply holds.
            caller: who waits for the answer.
            key: what requests must have in common to be answered as one; `None`: it is alone.

        Raises:
            Busy: too many calls wait.
            TooLate: the caller's deadline has passed.
            NotReady: the service has stopped.
        """
        if call.is_immediate or self._is_inline:
            return finish(await call.run(request) if call.is_async else call.run(request))
        if key is None:
            if call.is_async:
                return finish(await self._await(call, request, caller))
            record = self._records.get(id(call)) or self._record(call)
            if record.inline and self.scheduler.take(started := now()):
                return self._run_here(call.run, request, record, finish, (started, caller))
        finished: T = await self._wait_on_loop(self._job(call, request, finish, caller, key))
        return finished

    def run_blocking(
        self,
        call: Call,
        request: Request,
        finish: Finish[T],
        caller: Caller = NOBODY,
        key: Hashable = None,
    ) -> T:
        """Answer a request in the calling thread, which must not be the event loop's; see `run`."""
        if call.is_immediate or self._is_inline:
            return finish(call.run(request))
        if key is None:
            record = self._records.get(id(call)) or self._record(call)
            # A call that may have to be given up runs in a thread that nobody waits for.
            may_stay = record.inline or caller.deadline is None or not caller.deadline.interrupts
            if may_stay and self.scheduler.take(started := now()):
                return self._run_here(call.run, request, record, finish, (started, caller))
        finished: T = self._wait_here(self._job(call, request, finish, caller, key))
        return finished

    def allow(self, *, is_thread_safe: bool) -> None:
        """Let as many calls run at a time as the plan says for a model like this."""
        slots = self.plan.slots(_cpus(), is_thread_safe=is_thread_safe)
        self._most_awaited = self.plan.max_queue + slots
        self.scheduler.allow(slots)

    def batch(
        self, most_rows: int, most_wait_s: float, count: Callable[[int, float], object]
    ) -> None:
        """Let one call answer several requests; before there is one. See `Batches`."""
        from charter.batching.batches import Batches  # few services need it

        self.scheduler.choice = Batches(most_rows, most_wait_s, count)

    async def run_alone(self, function: Callable[[], T]) -> T:
        """Call something of user code that is no request, such as `load()`, in a thread for it."""
        if self._is_inline:
            return function()
        job = Job(lambda _: function(), None, _itself, _unheard, NOBODY)
        result: T = await self._wait_on_loop(job)
        return result

    def close(self) -> bool:
        """Take no more calls; return whether none is running."""
        return self.scheduler.close() and not self._awaited

    def _record(self, call: Call) -> Record:
        """Return a new record; one that never promotes where calls wait for another process."""
        where = self.plan.where
        needed = math.inf if call.waits or where != AUTO else PROVING_CALLS
        record = Record(needed, inline=where == INLINE and not call.waits)
        return self._records.setdefault(id(call), record)

    def _job(
        self, call: Call, request: Request, finish: Finish[Any], caller: Caller, key: Hashable
    ) -> Job:
        record = self._records.get(id(call)) or self._record(call)
        inside = None if self._carry is None else self._carry(_called)
        run = self._run_blocking(call) if call.is_async else call.run
        return Job(run, request, finish, _unheard, caller, key, inside, record.note)

    def _run_blocking(self, call: Call) -> Run:
        """Return what waits in a thread for an async call, always the same for the same call."""
        return self._blocking.setdefault(id(call), functools.partial(self._on_loop, call.run))

    def _on_loop(self, run: Callable[[Any], Any], request: Request) -> Message:
        assert self.loop is not None
        reply: Message = asyncio.run_coroutine_threadsafe(run(request), self.loop).result()
        return reply

    def _run_here(
        self,
        run: Run,
        request: Request,
        record: Record,
        finish: Finish[T],
        begun: tuple[float, Caller],
    ) -> T:
        """Run a call in this thread, which has taken a slot for it."""
        started, caller = begun
        deadline = caller.deadline
        if deadline is not None and deadline.at <= started:
            self.scheduler.release()
            raise deadline.error()
        seconds = LONG_S  # what raises is no proof of being short, and may need its own thread
        try:
            finished = finish(run(request))
            seconds = now() - started
        finally:
            self.scheduler.release()
            record.note(seconds)
        if deadline is not None and deadline.has_passed:
            raise deadline.error()
        return finished

    async def _await(self, call: Call, request: Request, caller: Caller) -> Message:
        if len(self._awaited) >= self._most_awaited:
            raise Busy(f"{len(self._awaited)} calls are under way; the limit is --max-queue")
        deadline = caller.deadline
        if deadline is not None and deadline.interrupts:  # it may go on after that
            return await in_time(functools.partial(self._begin, call, request), deadline)
        number = next(self._numbers)
        self._awaited[number] = now()
        try:
            reply: Message = await call.run(request)
            return reply
        finally:
            del self._awaited[number]

    def _begin(self, call: Call, request: Request) -> asyncio.Future[Message]:
        """Begin an async call, which counts until it has ended."""
        number = next(self._numbers)
        self._awaited[number] = now()
        begun: asyncio.Future[Message] = asyncio.ensure_future(call.run(request))
        begun.add_done_callback(lambda _: self._awaited.pop(number))
        return begun

    async def _wait_on_loop(self, job: Job) -> Any:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        job.tell = functools.partial(_wake, loop, future, job)
        deadline, timer = job.caller.deadline, None
        if deadline is not None:
            timer = loop.call_later(deadline.left_s, self._give_up, job, future)
        try:
            self.scheduler.put(job)
            return await future
        except asyncio.CancelledError:
            self.scheduler.drop(job)
            raise
        finally:
            if timer is not None:
                timer.cancel()
            # Else they hold each other, and an error all frames, until garbage is collected.
            job.tell, job.error = _unheard, None
            del future

    def _give_up(self, job: Job, future: asyncio.Future[Any]) -> None:
        assert job.caller.deadline is not None
        if self.scheduler.drop(job) and not future.done():
            future.set_exception(job.caller.deadline.error())

    def _wait_here(self, job: Job) -> Any:
        done = threading.Lock()
        done.acquire()
        job.tell = done.release
        self.scheduler.put(job)
        caller = job.caller
        if caller.on_leave is not None:
            caller.on_leave(functools.partial(self._leave, job))
        left_s = -1 if caller.deadline is None else caller.deadline.left_s
        if not done.acquire(timeout=left_s):
            assert caller.deadline is not None
            if self.scheduler.drop(job):
                raise caller.deadline.error()
            done.acquire()  # it is being told right now
        error, job.error = job.error, None
        if error is None:
            return job.result
        try:
            raise error
        finally:
            del error  # as above

    def _leave(self, job: Job) -> None:
        """Take note that the caller of a job is gone; the thread that waits for it is free then."""
        if self.scheduler.drop(job):
            job.error = TooLate("the caller is gone")
            job.tell()


async def in_time(begin: Callable[[], Awaitable[T]], deadline: Deadline | None) -> T:
    """Return what is awaited; at a deadline that interrupts, leave it to end when it will.

    Args:
        begin: begins it.
        deadline: of who waits; `None` for none.

    Raises:
        TooLate: the deadline has passed.
    """
    if deadline is None or not deadline.interrupts:
        return await begin()
    if deadline.has_passed:
        raise deadline.error()
    begun = asyncio.ensure_future(begin())
    try:
        await asyncio.wait((begun,), timeout=deadline.left_s)
    finally:
        is_late = not begun.done()
        if is_late:
            begun.add_done_callback(_ignore)
            begun.cancel()
    if is_late:
        raise deadline.error()
    return begun.result()


def _ignore(done: asyncio.Future[Any]) -> None:
    if not done.cancelled():
        done.exception()


def _cpus() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _called(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def _itself(value: Any) -> Any:
    return value


def _unheard() -> None:
    """Tell nobody, as long as nobody waits."""


def _wake(loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], job: Job) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
        loop.call_soon_threadsafe(_settle, future, job)


def _settle(future: asyncio.Future[Any], job: Job) -> None:
    if future.done():
        return
    if job.error is None:
        future.set_result(job.result)
    elif isinstance(job.error, StopIteration):  # no future takes it: its waiter would wait for ever
        error = RuntimeError("StopIteration")
        error.__cause__ = job.error
        future.set_exception(error)
    else:
        future.set_exception(job.error)
