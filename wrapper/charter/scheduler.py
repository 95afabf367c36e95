"""The one queue of calls that wait for the model, and the threads that take them off it.

A service has N slots; a call runs while it holds one. Who runs a call in a thread of its own takes
a free slot past the queue; all others wait in it, REST and gRPC alike, for a thread of the model. A
call that nobody waits for any more is taken out before it begins.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from charter.deadline import now
from charter.errors import Busy, NotReady
from charter.jobs import Choice, Job, OneByOne, is_late

_THREAD = "charter-model"
# How much the last call counts in the mean time of calls.
_WEIGHT = 0.2
_STOPPED = "the service stopped before the call began"


class Scheduler:
    """Let calls wait for a slot, and run them in threads of the model.

    Args:
        slots: how many calls may run at a time.
        limit: how many may wait.
        watch: told how many wait, each time that it changes.
    """

    def __init__(
        self,
        slots: int,
        limit: int,
        watch: Callable[[int], object] = lambda length: None,
    ) -> None:
        self._slots = self._free = slots
        self._limit = limit
        self.choice: Choice = OneByOne()
        """Which are run together; not to be changed once there are jobs."""
        self._watch = watch
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._waiting: deque[Job] = deque()
        self._idle = self._pausing = self._threads = 0
        self._since: dict[int, float] = {}
        self.mean_s = 0.0
        """How long calls keep a slot lately, each its part where several are answered together."""
        self._is_closed = False

    @property
    def length(self) -> int:
        """Return how many calls wait."""
        return len(self._waiting)

    def longest_s(self) -> float:
        """Return for how many seconds the longest of the running calls has run; 0.0 for none."""
        begun = list(self._since.values())
        return now() - min(begun) if begun else 0.0

    def allow(self, slots: int) -> None:
        """Let so many calls run at a time from now on."""
        with self._lock:
            self._free += slots - self._slots
            self._slots = slots
            self._changed.notify_all()

    def take(self, at: float) -> bool:
        """Take a slot for a call that this thread runs itself, if one is free and nobody waits.

        Args:
            at: the time, on the clock of `deadline.now`.
        """
        with self._lock:
            if self._free <= 0 or self._waiting or self._is_closed:
                return False
            self._free -= 1
        self._since[threading.get_ident()] = at
        return True

    def release(self) -> None:
        """Give back what `take` gave; in the same thread."""
        del self._since[threading.get_ident()]
        with self._lock:
            self._free += 1
            if self._waiting:
                self._changed.notify()

    def put(self, job: Job) -> None:
        """Let a call wait for its turn; it is told when it has its result or its error.

        Raises:
            Busy: too many wait.
            NotReady: the service has stopped.
        """
        with self._lock:
            if self._is_closed:
                raise NotReady(_STOPPED)
            if len(self._waiting) >= self._limit + max(self._free, 0):
                raise self._busy()
            self._waiting.append(job)
            self._watch(len(self._waiting))
            self.choice.arrived(job)
            if not self._pausing or not self._pause_s():  # who waits for more is not to be woken
                self._changed.notify()
            # One that was woken and has not come yet still counts as idle.
            if self._idle < len(self._waiting) and self._threads < self._slots:
                self._start_thread()

    def drop(self, job: Job) -> bool:
        """Take a job out that nobody waits for any more; return false where it was told already."""
        with self._lock:
            if job.is_over:
                return False
            job.is_over = True
            if job in self._waiting:
                self._waiting.remove(job)
                self._watch(len(self._waiting))
                if self._pausing and self._waiting:  # who is first now may have nothing to wait for
                    self._changed.notify()
            return True

    def close(self) -> bool:
        """Take no more calls, and tell those that wait; return whether none is running."""
        with self._lock:
            self._is_closed = True
            left, self._waiting = list(self._waiting), deque()
            self._watch(0)
            self._changed.notify_all()
            is_idle = self._free >= self._slots
        for job in left:
            job.error = NotReady(_STOPPED)
            self._tell(job)
        return is_idle

    def _busy(self) -> Busy:
        waiting = len(self._waiting)
        message = f"{waiting} calls wait for the model; the limit is --max-queue"
        each_s = self.mean_s or self.longest_s()  # none has ended yet
        return Busy(message, retry_after_s=waiting * each_s / self._slots)

    def _start_thread(self) -> None:
        self._threads += 1
        # Not to be waited for at the end of the process: a call that hangs never ends.
        name = f"{_THREAD}_{self._threads - 1}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while taken := self._next():
            started = now()
            if wanted := [job for job in taken if not is_late(job)]:
                self._run(wanted)
            seconds = now() - started
            with self._lock:
                self._free += 1
                if wanted:
                    self.choice.ended(wanted, seconds, self._waiting)
            for job in taken:
                self._tell(job)
            # What they hold may be large, and the next may come late.
            del taken, wanted, job

    def _run(self, jobs: list[Job]) -> None:
        started = now()
        self._begin()
        try:
            self.choice.perform(jobs, self._begin)
        finally:
            del self._since[threading.get_ident()]
            if jobs[0].note is not None:  # `load()` says nothing of calls
                each_s = (now() - started) / len(jobs)
                self.mean_s += (each_s - self.mean_s) * (_WEIGHT if self.mean_s else 1.0)

    def _begin(self) -> None:
        """Take note that this thread begins a call."""
        self._since[threading.get_ident()] = now()

    def _next(self) -> list[Job]:
        """Wait for what is to be run, and take a slot for it; return nothing at the end."""
        with self._lock:
            while not self._is_closed:
                pause_s = self._pause_s()
                if pause_s == 0.0:
                    self._free -= 1
                    jobs = self.choice.take(self._waiting)
                    self._watch(len(self._waiting))
                    # Who came while this thread paused has woken nobody.
                    if self._waiting and self._free > 0:
                        self._changed.notify()
                    return jobs
                is_pausing = pause_s is not None
                self._idle += 1
                self._pausing += is_pausing
                self._changed.wait(pause_s)
                self._pausing -= is_pausing
                self._idle -= 1
        return []

    def _pause_s(self) -> float | None:
        if not self._waiting or self._free <= 0:
            return None
        return self.choice.pause_s(self._waiting, now())

    def _tell(self, job: Job) -> None:
        with self._lock:
            if job.is_over:
                return
            job.is_over = True
        job.tell()
