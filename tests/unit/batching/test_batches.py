from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from charter.batching.batches import MOST_UNSPLIT, Batches
from charter.batching.joining import key
from charter.batching.trial import QUANTUM_S
from charter.component.adapter import Call, Joins
from charter.deadline import NOBODY
from charter.jobs import Job
from charter.message import Form, Message
from charter.methods import PREDICT


class Model:
    """Doubles rows, and remembers how many each call had."""

    def __init__(self, answer: Callable[[Any], Any] = lambda X: X * 2) -> None:
        self.sizes: list[int] = []
        self._answer = answer
        self.calls = [Call(run, joins=Joins.ROWS) for run in (self.run, self.run_over_grpc)]

    def run(self, request: Message) -> Message:
        self.sizes.append(len(request.value))
        return Message(request.form, self._answer(request.value), ("y",))

    def run_over_grpc(self, request: Message) -> Message:
        return self.run(request)

    def job(
        self, *rows: float, form: Form = Form.NDARRAY, over_grpc: bool = False, at: float = 0.0
    ) -> Job:
        request = Message(form, np.array([[row] for row in rows]), ("x",))
        call = self.calls[over_grpc]
        return Job(
            call.run,
            request,
            lambda reply: reply,
            lambda: None,
            NOBODY,
            key(PREDICT, call, request),
            arrived=at,
        )


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def uncounted(rows: int, wait_s: float) -> None: ...


def batches(
    most: int = 64, clock: Clock | None = None, count: Callable[[int, float], object] = uncounted
) -> Batches:
    return Batches(most, 0.005, count, clock or Clock())


def answered(made: Batches, jobs: list[Job]) -> list[Any]:
    made.perform(jobs, lambda: None)
    return [job.error or job.result.value.tolist() for job in jobs]


def test_requests_over_both_wires_are_learnt_of_together() -> None:
    model, clock = Model(), Clock()
    made = batches(clock=clock)
    jobs: list[Job] = []
    for clock.now in (0.0, 1.0, 2.0, 3.0):
        made.ended([model.job(1.0)], 0.5, deque())
        jobs = [model.job(1.0, over_grpc=bool(at % 2), at=clock.now + 0.001) for at in range(8)]
        for job in jobs:
            made.arrived(job)
    clock.now = 4.0
    made.ended([model.job(1.0, over_grpc=True)] * 8, 0.5, deque())

    assert made.pause_s(deque(jobs[:2]), clock.now) > 0
    assert made.pause_s(deque(jobs), clock.now) == 0


def test_those_who_are_back_count_whatever_they_can_be_joined_to() -> None:
    model, made = Model(), batches()
    one, other = model.job(1.0), model.job(2.0, form=Form.TENSOR)
    made.ended([one], 0.5, deque([one, other, other]))

    assert made.pause_s(deque([one, other]), 0.0) > QUANTUM_S
    assert made.pause_s(deque([one, other, other]), 0.0) == QUANTUM_S  # the pace waits no more
    assert made.pause_s(deque([one, other, other, one]), 0.0) == 0


def test_the_time_that_a_call_was_put_off_is_counted() -> None:
    model, clock, counted = Model(), Clock(), list[tuple[int, float]]()
    made = batches(clock=clock, count=lambda rows, wait_s: counted.append((rows, wait_s)))
    one, other, late = model.job(1.0), model.job(2.0), model.job(3.0, at=7.0)
    made.ended([one], 0.5, deque([one, other]))

    assert made.pause_s(deque([one]), 0.001) > 0
    clock.now = 0.003
    made.take(deque([one, other]))
    assert made.pause_s(deque([one]), 0.003) > 0
    clock.now = 7.0
    made.take(deque([late]))

    assert counted == [(2, pytest.approx(0.002)), (1, 0.0)]


def test_a_reply_that_cannot_be_split_is_told_once_and_each_is_asked_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model, made = Model(lambda X: X[:1]), batches()

    for _ in range(2):
        assert answered(made, [model.job(1.0), model.job(2.0)]) == [[[1.0]], [[2.0]]]

    assert model.sizes == [2, 1, 1, 2, 1, 1]
    assert caplog.messages == [
        "--batch-max-rows: a reply cannot be split: expected an array of 2 rows, "
        "got the shape [1, 1]; what it answered is asked alone"
    ]


def test_where_no_reply_can_be_split_no_more_requests_are_joined(
    caplog: pytest.LogCaptureFixture,
) -> None:
    model, made = Model(lambda X: X[:1]), batches()
    for _ in range(MOST_UNSPLIT):
        answered(made, [model.job(1.0), model.job(2.0)])
    model.sizes.clear()

    waiting = deque([model.job(1.0), model.job(2.0)])
    taken = made.take(waiting)

    assert (len(taken), len(waiting)) == (1, 1)
    assert made.pause_s(waiting, 0.0) == 0
    assert answered(made, [*taken, *waiting]) == [[[1.0]], [[2.0]]]
    assert model.sizes == [1, 1]
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "no more requests are joined: 16 replies in a row" in record.getMessage()


def test_one_that_can_be_split_begins_the_count_again() -> None:
    model, made = Model(lambda X: X[X[:, 0] > 0]), batches()

    for _ in range(MOST_UNSPLIT - 1):
        answered(made, [model.job(0.0), model.job(1.0)])
    answered(made, [model.job(1.0), model.job(1.0)])
    answered(made, [model.job(0.0), model.job(1.0)])
    model.sizes.clear()

    assert answered(made, [model.job(1.0), model.job(2.0)]) == [[[1.0]], [[2.0]]]
    assert model.sizes == [2]


def test_a_request_in_parts_that_do_not_fit_is_asked_as_a_whole() -> None:
    model, made = Model(lambda X: X if len(X) > 2 else X[:1]), batches(most=2)

    assert answered(made, [model.job(1.0, 2.0, 3.0)]) == [[[1.0], [2.0], [3.0]]]
    assert model.sizes == [2, 1, 3]


def refuses_several(X: Any) -> Any:
    if len(X) > 1:
        raise ValueError("several")
    return X * 2


def test_who_left_during_the_call_for_several_is_not_asked_alone() -> None:
    jobs: list[Job] = []

    def answer(X: Any) -> Any:
        jobs[1].is_over = True  # as the scheduler drops it
        return refuses_several(X)

    model, made = Model(answer), batches()
    jobs += [model.job(1.0), model.job(2.0), model.job(3.0)]
    made.perform(jobs, lambda: None)

    assert model.sizes == [3, 1, 1]


def test_parts_are_asked_only_as_long_as_somebody_waits() -> None:
    jobs: list[Job] = []

    def answer(X: Any) -> Any:
        jobs[0].is_over = len(model.sizes) == 2
        return X

    model, made = Model(answer), batches(most=2)
    jobs.append(model.job(*range(10)))
    made.perform(jobs, lambda: None)

    assert model.sizes == [2, 2]


def test_each_call_of_the_model_is_told_of() -> None:
    model, made, begun = Model(refuses_several), batches(most=2), list[None]()

    made.perform([model.job(1.0), model.job(2.0)], lambda: begun.append(None))
    of_several = len(begun)
    model, begun = Model(), []
    made.perform([model.job(*range(10))], lambda: begun.append(None))

    assert (of_several, len(begun)) == (2, 5)


def test_how_long_a_call_for_several_took_is_not_said_of_each() -> None:
    model, made, noted = Model(), batches(), list[float]()
    jobs = [model.job(1.0), model.job(2.0)]
    for job in jobs:
        job.note = noted.append

    made.perform(jobs, lambda: None)
    of_several = list(noted)
    made.perform(jobs[:1], lambda: None)

    assert (of_several, len(noted)) == ([], 1)


def test_each_part_of_a_request_is_counted_as_a_call() -> None:
    counted = list[int]()
    model, made = Model(), batches(most=2, count=lambda rows, wait_s: counted.append(rows))

    made.take(deque([model.job(*range(5))]))

    assert counted == [2, 2, 1]
