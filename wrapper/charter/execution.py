"""Where user code runs: in threads at first, on the event loop once its calls have proved short.

A call on the loop costs nothing but itself; a hop to a thread and back costs more than most small
models. So a call starts in a bounded pool and is promoted after many short calls in a row, and
demoted at the first long one; one that waits for another process stays in the pool. One gate bounds
how many calls run at a time over all transports.
"""

from __future__ import annotations

import asyncio
import functools
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

from charter.component.adapter import Call
from charter.message import Message, Request
from charter.tracing.tracer import Carry

# A call this short delays the loop less than a scheduler's time slice would.
SHORT_S = 0.002
# So many in a row before the first promotion; twice as many after each demotion.
PROVING_CALLS = 32
_MOST_PROVING_CALLS = PROVING_CALLS * 2**10


T = TypeVar("T")
Run: TypeAlias = Callable[[Any], Message]
"""Answers a request."""
Finish: TypeAlias = Callable[[Message], T]
"""Makes of a reply what is wanted of it."""


class Record:
    """Remember how long the calls of one method took.

    Args:
        needed: how many short ones in a row it takes before the first promotion.
    """

    __slots__ = ("inline", "left", "needed")

    def __init__(self, needed: float = PROVING_CALLS) -> None:
        self.inline = False
        self.needed = needed
        self.left = needed

    def note(self, seconds: float) -> None:
        """Take the duration of one call into account."""
        if seconds < SHORT_S:
            if not self.inline:
                self.left -= 1
                self.inline = self.left <= 0
            return
        if self.inline:
            self.needed = min(self.needed * 2, _MOST_PROVING_CALLS)
        self.inline = False
        self.left = self.needed


class Execution:
    """Run calls of a component.

    Args:
        threads: how many calls may run at the same time, over all transports.
        carry: makes what runs in the pool a part of the request's trace; `None`: none is traced.
        is_inline: run all in the thread that asks; for tests, whose thread it is.
    """

    def __init__(
        self, threads: int, carry: Carry | None = None, *, is_inline: bool = False
    ) -> None:
        self._carry = carry
        self._is_inline = is_inline
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="charter-model")
        self._threads = threads
        self._gate = threading.Lock() if threads == 1 else threading.Semaphore(threads)
        self._records: dict[int, Record] = {}

    async def run(self, call: Call, request: Request, finish: Finish[T]) -> T:
        """Answer a request that arrived on the event loop.

        Args:
            call: what answers.
            request: what is asked.
            finish: makes of the reply what is wanted of it, before the next call may change what
                the reply holds.
        """
        if call.is_async:
            return finish(await call.run(request))
        if call.is_immediate or self._is_inline:
            return finish(call.run(request))
        record = self._records.get(id(call)) or self._record(call)
        if record.inline and self._gate.acquire(blocking=False):
            return self._run_gated(call.run, request, record, finish)
        loop = asyncio.get_running_loop()
        run = self._run_in_pool if self._carry is None else self._carry(self._run_in_pool)
        return await loop.run_in_executor(self.pool, run, call.run, request, record, finish)

    async def run_alone(self, function: Callable[[], T]) -> T:
        """Call something of user code that is no request, such as `load()`, in the pool."""
        if self._is_inline:
            return function()
        return await asyncio.get_running_loop().run_in_executor(self.pool, self._alone, function)

    def run_blocking(self, call: Call, request: Request, finish: Finish[T]) -> T:
        """Answer a request in the calling thread, which must not be the event loop's."""
        if call.is_immediate:
            return finish(call.run(request))
        record = self._records.get(id(call)) or self._record(call)
        return self._run_waiting(call.run, request, record, finish)

    def close(self) -> bool:
        """Take no more calls; return whether none is running."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        free = [self._gate.acquire(blocking=False) for _ in range(self._threads)]
        for _ in filter(None, free):
            self._gate.release()
        return all(free)

    def _record(self, call: Call) -> Record:
        """Return a new record; one that never promotes where calls wait for another process."""
        needed = math.inf if call.waits else PROVING_CALLS
        return self._records.setdefault(id(call), Record(needed))

    def _alone(self, function: Callable[[], T]) -> T:
        with self._gate:
            return _without_stop_iteration(function)

    def _run_in_pool(self, run: Run, request: Request, record: Record, finish: Finish[T]) -> T:
        return _without_stop_iteration(
            functools.partial(self._run_waiting, run, request, record, finish)
        )

    def _run_waiting(self, run: Run, request: Request, record: Record, finish: Finish[T]) -> T:
        self._gate.acquire()
        return self._run_gated(run, request, record, finish)

    def _run_gated(self, run: Run, request: Request, record: Record, finish: Finish[T]) -> T:
        started = time.perf_counter()
        seconds = SHORT_S  # what raises is no proof of being short, and may need its own thread
        try:
            finished = finish(run(request))
            seconds = time.perf_counter() - started
            return finished
        finally:
            self._gate.release()
            record.note(seconds)


def _without_stop_iteration(function: Callable[[], T]) -> T:
    try:
        return function()
    except StopIteration as error:  # no future takes it: who waits for it would wait for ever
        raise RuntimeError("StopIteration") from error
