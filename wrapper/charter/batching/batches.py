"""Jobs of a queue that one call of the model answers: which, when, and what each is told.

No threads here: the scheduler that holds the queue asks, and its lock is held but for `perform`.
"""

from __future__ import annotations

import functools
import logging
from collections import deque
from collections.abc import Callable, Sequence

from charter.batching.joining import gathered, join, parts, split
from charter.batching.pace import Pace
from charter.component.adapter import Run
from charter.deadline import now
from charter.message import Message
from charter.scheduler import Job, answer, inside

logger = logging.getLogger(__name__)


class Batches:
    """Choose jobs with rows that can be joined, and answer them together.

    Args:
        most_rows: so many rows has a call at most; a request with more is asked in parts.
        most_wait_s: so many seconds a job waits for others at most, when it could run.
        count: takes the rows of each call, and how many seconds it was put off.
    """

    def __init__(
        self, most_rows: int, most_wait_s: float, count: Callable[[int, float], object]
    ) -> None:
        self._most_rows = most_rows
        self._count = count
        self._new_pace = functools.partial(Pace, most_rows, most_wait_s)
        self._paces: dict[Run, Pace] = {}  # a component has few
        self._put_off: float | None = None

    def arrived(self, job: Job) -> None:
        """Take note of a job that has joined the queue."""
        if job.key is not None:
            self._pace(job).arrived(job.arrived, _rows(job))

    def pause_s(self, waiting: deque[Job], at: float) -> float:
        """Return for how many seconds to wait for more jobs; 0.0: take now."""
        first = waiting[0]
        if first.key is None:
            return 0.0
        rows = sum(_rows(job) for job in waiting if job.key == first.key)
        pause_s = self._pace(first).wait_s(at, rows, first.arrived)
        if pause_s and self._put_off is None:
            self._put_off = at
        return pause_s

    def take(self, waiting: deque[Job]) -> list[Job]:
        """Take the first job off the queue, and those behind it that can be joined to it."""
        first = waiting.popleft()
        if first.key is None:
            return [first]
        taken, left, rows = [first], list[Job](), _rows(first)
        while waiting:
            job = waiting.popleft()
            if job.key == first.key and rows + _rows(job) <= self._most_rows:
                taken.append(job)
                rows += _rows(job)
                continue
            left.append(job)
            if job.key == first.key:  # whoever comes after it is not to be answered before it
                break
        waiting.extendleft(reversed(left))
        put_off, self._put_off = self._put_off, None
        self._count(rows, 0.0 if put_off is None else now() - put_off)
        return taken

    def ended(self, jobs: Sequence[Job], seconds: float, waiting: deque[Job]) -> None:
        """Take note of a call that has ended, and of who waits now."""
        if jobs[0].key is None:
            return
        pace = self._pace(jobs[0])
        queued = sum(_rows(job) for job in waiting if job.key is not None)
        pace.ended(now(), sum(map(_rows, jobs)), seconds, queued)

    def perform(self, jobs: Sequence[Job]) -> None:
        """Answer jobs that were taken together; each alone where they fail together."""
        first = jobs[0]
        if first.key is None or (len(jobs) == 1 and _rows(first) <= self._most_rows):
            answer(first)
            return
        try:
            replies = inside(first, self._asked, jobs)
        except Exception as error:  # noqa: BLE001 - of user code; who fails alone is told so
            logger.debug("%d requests failed together, and are asked alone: %s", len(jobs), error)
            for job in jobs:
                answer(job)
            return
        for job, reply in zip(jobs, replies, strict=True):
            answer(job, reply)

    def _asked(self, jobs: Sequence[Job]) -> list[Message]:
        requests = [job.request for job in jobs]
        run = jobs[0].run
        if len(jobs) > 1:
            return split(run(join(requests)), requests)
        (request,) = requests
        pieces = parts(request, self._most_rows)
        return [gathered(request, [run(piece) for piece in pieces])]

    def _pace(self, job: Job) -> Pace:
        pace = self._paces.get(job.run)
        if pace is None:
            pace = self._paces[job.run] = self._new_pace()
        return pace


def _rows(job: Job) -> int:
    return len(job.request.value) if job.key is not None else 1
