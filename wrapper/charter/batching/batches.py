"""Jobs of a queue that one call of the model answers: which, when, and what each is told.

No threads here: the scheduler that holds the queue asks, and its lock is held but for `perform`.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from charter.batching.joining import CannotSplit, gathered, join, parts, split
from charter.batching.pace import Pace
from charter.batching.trial import Trial
from charter.deadline import now
from charter.errors import TooLate
from charter.jobs import Job, answer, inside, is_late
from charter.message import Message

logger = logging.getLogger(__name__)

# So many replies in a row that cannot be split, and no more are asked for: each costs a call.
MOST_UNSPLIT = 16
_GIVEN_UP = "--batch-max-rows: no more requests are joined: %d replies in a row cannot be split"


class Batches:
    """Choose jobs with rows that can be joined, and answer them together.

    Args:
        most_rows: so many rows has a call at most; a request with more is asked in parts.
        most_wait_s: so many seconds a job waits for others at most, when it could run.
        count: takes the rows of each call, and how many seconds it was put off.
        clock: returns the time in seconds, that of the jobs.
        cpu: returns the processor time of the process in seconds.
    """

    def __init__(
        self,
        most_rows: int,
        most_wait_s: float,
        count: Callable[[int, float], object],
        clock: Callable[[], float] = now,
        cpu: Callable[[], float] = time.process_time,
    ) -> None:
        self._most_rows = most_rows
        self._count = count
        self._clock = clock
        self._cpu = cpu
        self._pace = Pace(most_rows, most_wait_s)
        self._trial = Trial(most_wait_s)
        self._put_off: float | None = None
        self._unsplit = 0
        self._has_warned = False

    def arrived(self, job: Job) -> None:
        """Take note of a job that has joined the queue."""
        if job.key is not None:
            self._pace.arrived(job.arrived, _rows(job))

    def pause_s(self, waiting: deque[Job], at: float) -> float:
        """Return for how many seconds to wait for more jobs; 0.0: take now."""
        first = waiting[0]
        if first.key is None or self._has_given_up:
            return 0.0
        rows = _rows_of(waiting)
        pause_s = self._pace.wait_s(at, rows, first.arrived)
        if not pause_s:
            pause_s = self._trial.pause_s(at, self._cpu(), rows, self._pace.under_way)
        if pause_s and self._put_off is None:
            self._put_off = at
        return pause_s

    def take(self, waiting: deque[Job]) -> list[Job]:
        """Take the first job off the queue, and those behind it that can be joined to it."""
        first = waiting.popleft()
        if first.key is None or self._has_given_up:
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
        # Whoever was put off before may have left since.
        wait_s = 0.0 if put_off is None else self._clock() - max(put_off, first.arrived)
        for start in range(0, rows, self._most_rows):  # one that is too large is asked in parts
            self._count(min(rows - start, self._most_rows), 0.0 if start else wait_s)
        self._trial.started(rows)
        return taken

    def ended(self, jobs: Sequence[Job], seconds: float, waiting: deque[Job]) -> None:
        """Take note of a call that has ended, and of who waits now."""
        if jobs[0].key is None:
            return
        self._pace.ended(self._clock(), _rows_of(jobs), seconds, _rows_of(waiting))

    def perform(self, jobs: Sequence[Job], begin: Callable[[], object]) -> None:
        """Answer jobs that were taken together; each alone where they fail together."""
        first = jobs[0]
        is_whole = len(jobs) == 1 and _rows(first) <= self._most_rows
        if first.key is None or is_whole or self._has_given_up:
            for job in jobs:
                answer(job)
            return
        replies: Sequence[Message | None]
        try:
            replies = inside(first, self._asked, jobs, begin)
            self._unsplit = 0
        except Exception as error:  # noqa: BLE001 - of user code; who fails alone is told so
            logger.debug("%d requests failed together, and are asked alone: %s", len(jobs), error)
            if isinstance(error, CannotSplit):
                self._note_unsplit(error)
            replies = [None] * len(jobs)
        # Not while the exception is handled: what one raises alone would have it as its context.
        for job, reply in zip(jobs, replies, strict=True):
            if reply is not None:
                answer(job, reply)
            elif not is_late(job):
                begin()
                answer(job)

    def _asked(self, jobs: Sequence[Job], begin: Callable[[], object]) -> list[Message]:
        requests = [job.request for job in jobs]
        run = jobs[0].run
        if len(jobs) > 1:
            return split(run(join(requests)), requests)
        (request,) = requests
        replies = []
        for piece in parts(request, self._most_rows):
            if is_late(jobs[0]):
                raise TooLate("nobody waits for the rest")
            begin()
            replies.append(run(piece))
        return [gathered(request, replies)]

    @property
    def _has_given_up(self) -> bool:
        return self._unsplit >= MOST_UNSPLIT

    def _note_unsplit(self, error: CannotSplit) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning("--batch-max-rows: a reply %s; what it answered is asked alone", error)
        self._unsplit += 1
        if self._unsplit == MOST_UNSPLIT:
            logger.error(_GIVEN_UP, MOST_UNSPLIT)


def _rows(job: Job) -> int:
    return len(job.request.value) if job.key is not None else 1


def _rows_of(jobs: Iterable[Job]) -> int:
    """Return how many rows wait that could be joined to some others."""
    return sum(len(job.request.value) for job in jobs if job.key is not None)
