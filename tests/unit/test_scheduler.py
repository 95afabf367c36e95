from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import pytest
from charter.deadline import NOBODY, Caller, Deadline, now
from charter.errors import Busy, NotReady, TooLate
from charter.jobs import Job, OneByOne
from charter.scheduler import Scheduler

WAIT_S = 10.0
"""Beyond it a test has failed; none waits so long when it passes."""


class Waiting:
    """A job with what its test knows of it."""

    def __init__(self, run: Callable[[object], object], caller: Caller = NOBODY) -> None:
        self.told = threading.Event()
        self.times = 0
        self.job = Job(run, None, lambda reply: reply, self._tell, caller)

    def _tell(self) -> None:
        self.times += 1
        self.told.set()

    @property
    def result(self) -> object:
        assert self.told.wait(WAIT_S)
        return self.job.result


class Held:
    """A call that runs until it is let go."""

    def __init__(self) -> None:
        self.entered, self.leave = threading.Event(), threading.Event()

    def __call__(self, request: object) -> str:
        self.entered.set()
        assert self.leave.wait(WAIT_S)
        return "held"


@pytest.fixture
def held() -> Iterator[Held]:
    call = Held()
    yield call
    call.leave.set()


def scheduler(slots: int = 1, limit: int = 10) -> Scheduler:
    return Scheduler(slots, limit)


def busy(queue: Scheduler, held: Held) -> Waiting:
    waiting = Waiting(held)
    queue.put(waiting.job)
    assert held.entered.wait(WAIT_S)
    return waiting


def test_jobs_run_in_the_order_in_which_they_came(held: Held) -> None:
    queue, ran = scheduler(), list[object]()
    busy(queue, held)
    waiting = [Waiting(ran.append) for _ in range(5)]
    for number, each in enumerate(waiting):
        each.job.request = number
        queue.put(each.job)

    held.leave.set()

    assert [each.result for each in waiting] == [None] * 5
    assert ran == list(range(5))


def test_as_many_threads_are_started_as_are_needed_at_a_time() -> None:
    queue = scheduler(slots=3)
    together = threading.Barrier(3, timeout=WAIT_S)
    waiting = [Waiting(lambda _: together.wait()) for _ in range(3)]

    for each in waiting:  # without a pause, so that a woken thread may not have come yet
        queue.put(each.job)

    assert sorted(str(each.result) for each in waiting) == ["0", "1", "2"]


def test_a_slot_that_is_taken_is_not_there_for_the_queue() -> None:
    queue = scheduler()
    assert queue.take(now())

    waiting = Waiting(lambda _: "ran")
    queue.put(waiting.job)
    while_taken = waiting.told.is_set(), queue.length, queue.take(now())
    queue.release()

    assert while_taken == (False, 1, False)
    assert waiting.result == "ran"


def test_nobody_gets_past_those_who_wait(held: Held) -> None:
    queue = scheduler(slots=2)
    busy(queue, held)
    assert queue.take(now())
    waiting = Waiting(lambda _: "ran")
    queue.put(waiting.job)

    got_past = queue.take(now())
    queue.release()

    assert not got_past
    assert waiting.result == "ran"


@pytest.mark.parametrize("limit", [0, 1, 3])
def test_more_than_the_limit_are_refused_and_told_when_to_come_back(held: Held, limit: int) -> None:
    queue = scheduler(limit=limit)
    busy(queue, held)
    for _ in range(limit):
        queue.put(Waiting(lambda _: None).job)

    with pytest.raises(Busy, match=f"{limit} calls wait for the model; the limit is --max-queue"):
        queue.put(Waiting(lambda _: None).job)

    assert queue.length == limit


def test_when_to_come_back_is_the_length_times_the_mean_time_of_a_call(held: Held) -> None:
    queue = Scheduler(1, 2)
    queue.mean_s = 3.0
    busy(queue, held)
    queue.put(Waiting(lambda _: None).job)
    queue.put(Waiting(lambda _: None).job)

    with pytest.raises(Busy) as refused:
        queue.put(Waiting(lambda _: None).job)

    assert refused.value.retry_after_s == 6.0


def test_a_free_slot_is_had_without_any_room_to_wait() -> None:
    waiting = Waiting(lambda _: "ran")

    scheduler(limit=0).put(waiting.job)

    assert waiting.result == "ran"


def test_what_is_dropped_never_runs_and_is_never_told(held: Held) -> None:
    queue, ran = scheduler(), list[str]()
    busy(queue, held)
    dropped, after = (
        Waiting(lambda _: ran.append("dropped")),
        Waiting(lambda _: ran.append("after")),
    )
    queue.put(dropped.job)
    queue.put(after.job)

    was_in_time = queue.drop(dropped.job)
    held.leave.set()

    assert after.result is None
    assert (was_in_time, ran, dropped.times) == (True, ["after"], 0)


def test_what_is_dropped_while_it_runs_goes_on_and_is_not_told(held: Held) -> None:
    queue = scheduler()
    running = busy(queue, held)

    was_in_time = queue.drop(running.job)
    held.leave.set()
    after = Waiting(lambda _: "after")
    queue.put(after.job)

    assert was_in_time
    assert (after.result, running.times) == ("after", 0)


def test_what_was_told_cannot_be_dropped() -> None:
    queue, waiting = scheduler(), Waiting(lambda _: "ran")
    queue.put(waiting.job)
    assert waiting.result == "ran"

    assert not queue.drop(waiting.job)
    assert waiting.times == 1


def test_what_is_late_is_told_so_and_does_not_run(held: Held) -> None:
    queue, ran = scheduler(), list[str]()
    busy(queue, held)
    late = Waiting(lambda _: ran.append("late"), Caller(Deadline(now(), 0.5, "--timeout")))
    queue.put(late.job)

    held.leave.set()

    assert late.result is None
    assert isinstance(late.job.error, TooLate)
    assert ran == []


def test_closing_tells_those_who_wait_and_takes_no_more(held: Held) -> None:
    queue = scheduler()
    busy(queue, held)
    waiting = Waiting(lambda _: "ran")
    queue.put(waiting.job)

    is_idle = queue.close()

    assert not is_idle
    assert waiting.result is None
    assert isinstance(waiting.job.error, NotReady)
    with pytest.raises(NotReady, match="the service stopped before the call began"):
        queue.put(Waiting(lambda _: None).job)
    assert not queue.take(now())


def test_the_longest_call_is_known_whoever_runs_it(held: Held) -> None:
    queue = scheduler(slots=2)
    before = queue.longest_s()
    busy(queue, held)
    in_a_thread = queue.longest_s()
    assert queue.take(now())
    queue.release()

    assert before == 0.0
    assert 0.0 < in_a_thread < queue.longest_s()


def test_more_slots_let_more_run(held: Held) -> None:
    queue = scheduler()
    busy(queue, held)
    waiting = Waiting(lambda _: "ran")

    queue.allow(2)
    queue.put(waiting.job)

    assert waiting.result == "ran"


def test_the_length_is_told_each_time_that_it_changes(held: Held) -> None:
    lengths = list[int]()
    queue = Scheduler(1, 10, lengths.append)
    busy(queue, held)
    waiting = Waiting(lambda _: None)
    queue.put(waiting.job)
    held.leave.set()

    assert waiting.result is None
    assert lengths == [1, 0, 1, 0]


class Pauses(OneByOne):
    """Put off a job with a key for so many seconds from when it came."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def pause_s(self, waiting: deque[Job], at: float) -> float:
        first = waiting[0]
        return max(0.0, first.arrived + self._seconds - at) if first.key else 0.0


def test_what_came_during_a_pause_runs_beside_what_was_put_off(held: Held) -> None:
    queue = scheduler(slots=2)
    together = threading.Barrier(2, timeout=WAIT_S)
    both = [Waiting(lambda _: together.wait()) for _ in range(2)]
    for each in both:
        queue.put(each.job)
    assert {each.result for each in both} == {0, 1}  # two threads, which have nothing to do now
    queue.choice = Pauses(0.05)
    put_off, other = Waiting(held), Waiting(lambda _: "ran")
    put_off.job.key = "k"

    queue.put(put_off.job)
    queue.put(other.job)

    assert other.result == "ran"


def test_nobody_waits_for_the_pause_of_one_who_left() -> None:
    queue = scheduler()
    queue.choice = Pauses(2 * WAIT_S)
    left, other = Waiting(lambda _: "never"), Waiting(lambda _: "ran")
    left.job.key = "k"
    queue.put(left.job)
    queue.put(other.job)

    assert queue.drop(left.job)
    assert other.result == "ran"


def test_a_thread_with_nothing_to_do_holds_nothing_of_its_last_job() -> None:
    queue, told, gone = scheduler(), threading.Event(), threading.Event()
    job = Job(lambda request: None, Held(), lambda reply: reply, told.set, NOBODY)
    weakref.finalize(job.request, gone.set)

    queue.put(job)
    assert told.wait(WAIT_S)
    del job

    assert gone.wait(WAIT_S)


def test_when_to_come_back_is_known_before_a_call_has_ended(held: Held) -> None:
    queue = scheduler(limit=1)
    busy(queue, held)
    queue.put(Waiting(lambda _: None).job)

    with pytest.raises(Busy) as refused:
        queue.put(Waiting(lambda _: None).job)

    assert refused.value.retry_after_s > 0.0


def test_the_first_call_is_the_mean_and_a_load_is_no_call() -> None:
    queue, took = scheduler(), list[float]()

    def work(request: object) -> None:
        started = now()
        sum(range(200_000))
        took.append(now() - started)

    load, call = Waiting(work), Waiting(work)
    queue.put(load.job)
    assert load.result is None
    after_load = queue.mean_s
    call.job.note = took.append
    queue.put(call.job)
    assert call.result is None

    assert after_load == 0.0
    assert queue.mean_s >= took[1]


def test_each_of_several_calls_of_a_thread_is_a_call_of_its_own() -> None:
    queue, seen = scheduler(), list[float]()

    class Twice(OneByOne):
        def perform(self, jobs: Sequence[Job], begin: Callable[[], object]) -> None:
            sum(range(200_000))
            seen.append(queue.longest_s())
            begin()
            seen.append(queue.longest_s())

    queue.choice = Twice()
    waiting = Waiting(lambda _: None)
    queue.put(waiting.job)
    assert waiting.result is None

    first, second = seen
    assert second < first


def test_what_was_late_is_no_call_that_has_ended(held: Held) -> None:
    queue, ended = scheduler(), list[Job]()

    class Notes(OneByOne):
        def ended(self, jobs: Sequence[Job], seconds: float, waiting: deque[Job]) -> None:
            ended.extend(jobs)

    queue.choice = Notes()
    first = busy(queue, held)
    late = Waiting(lambda _: None, Caller(Deadline(now(), 0.5, "--timeout")))
    queue.put(late.job)
    held.leave.set()
    assert late.result is None

    assert ended == [first.job]
