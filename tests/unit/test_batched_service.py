"""Requests that wait together are answered by one call, over both ways in."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

import numpy as np
import pytest
from charter.errors import BadPayload, UserCodeRaised
from charter.message import Form, Message
from charter.methods import PREDICT
from charter.metrics.table import QUEUED
from charter.service import Service
from numpy.typing import NDArray

WAIT_S = 10.0
"""Beyond it a test has failed; none waits so long when it passes."""
Array: TypeAlias = "NDArray[Any]"


class Doubles:
    """Double rows that are not below zero; calls wait until their test lets them."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.given: list[Array] = []
        self.entered, self.leave = threading.Event(), threading.Event()

    def predict(self, X: Array) -> Array:
        self.sizes.append(len(X))
        self.given.append(X)
        self.entered.set()
        assert self.leave.wait(WAIT_S)
        if np.any(X < 0):
            raise ValueError("below zero")
        return X * 2

    def tags(self) -> dict[str, int]:
        return {"calls": len(self.sizes)}


class AwaitedDoubles:
    """The same, awaited."""

    def __init__(self) -> None:
        self.inner = Doubles()

    async def predict(self, X: Array) -> Array:
        return await asyncio.to_thread(self.inner.predict, X)


def request(*rows: float, form: Form = Form.NDARRAY, **meta: Any) -> Message:
    return Message(form, np.array([[row] for row in rows]), ("x",), meta or None)


def itself(reply: Message) -> Message:
    return reply


async def asked(model: Any, requests: Sequence[Message], *, over_grpc: int = 0) -> list[Any]:
    """Return what is answered to requests that wait while a first one is being answered.

    Args:
        model: whose calls wait.
        requests: what is asked.
        over_grpc: so many of them are asked from a thread, the others on the loop.
    """
    doubles = getattr(model, "inner", model)
    service = Service(lambda: model)
    service.batch(64, 0.005)
    await service.load()
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(len(requests)) as grpc:
        first = asyncio.ensure_future(service.handle(PREDICT, request(0.0), itself))
        await loop.run_in_executor(None, doubles.entered.wait)
        ask = functools.partial(service.handle_blocking, PREDICT)
        waiting: list[Any] = [
            loop.run_in_executor(grpc, ask, each, itself) for each in requests[:over_grpc]
        ]
        waiting += [service.handle(PREDICT, each, itself) for each in requests[over_grpc:]]
        gathered = asyncio.gather(*waiting, return_exceptions=True)
        while service.metrics.table.numbers[QUEUED] < len(requests):
            await asyncio.sleep(0)
        doubles.leave.set()
        await first
        answers = await gathered
    service.close()
    return [answer[0] if isinstance(answer, tuple) else answer for answer in answers]


@pytest.mark.parametrize("over_grpc", [0, 2, 4])
@pytest.mark.parametrize("kind", [Doubles, AwaitedDoubles])
def test_what_waits_together_is_answered_by_one_call(kind: type, over_grpc: int) -> None:
    model = kind()
    requests = [request(1.0), request(2.0, 3.0), request(4.0), request(5.0)]

    answers = asyncio.run(asked(model, requests, over_grpc=over_grpc))

    assert getattr(model, "inner", model).sizes == [1, 5]
    values = [answer.value.tolist() for answer in answers]
    assert values == [[[2.0]], [[4.0], [6.0]], [[8.0]], [[10.0]]]


def test_what_fails_fails_alone() -> None:
    model = Doubles()

    answers = asyncio.run(asked(model, [request(1.0), request(-1.0), request(3.0)]))

    good, bad, other = answers
    assert (good.value.tolist(), other.value.tolist()) == ([[2.0]], [[6.0]])
    assert isinstance(bad, UserCodeRaised)
    assert bad.message == "ValueError: below zero"
    assert model.sizes == [1, 3, 1, 1, 1]


def test_what_fails_alone_is_told_of_its_own_error_only() -> None:
    _, refused = asyncio.run(asked(Doubles(), [request(1.0), request(-1.0)]))

    assert isinstance(refused.__cause__, ValueError)
    assert refused.__cause__.__context__ is None


def test_what_cannot_be_joined_is_answered_alone_in_order() -> None:
    model = Doubles()
    requests = [request(1.0), request(2.0, form=Form.TENSOR), request(3.0)]

    answers = asyncio.run(asked(model, requests))

    assert [answer.value.tolist() for answer in answers] == [[[2.0]], [[4.0]], [[6.0]]]
    assert [answer.form for answer in answers] == [Form.NDARRAY, Form.TENSOR, Form.NDARRAY]
    assert model.sizes == [1, 2, 1]


def test_meta_is_that_of_each_and_what_the_model_adds_is_in_all() -> None:
    requests = [request(1.0, puid="a", tags={"own": 1}), request(2.0, puid="b")]

    answers = asyncio.run(asked(Doubles(), requests))

    assert [answer.meta for answer in answers] == [
        {"puid": "a", "tags": {"own": 1, "calls": 2}},
        {"puid": "b", "tags": {"calls": 2}},
    ]


def test_no_more_rows_go_into_a_call_than_the_limit() -> None:
    model = Doubles()

    many = request(*np.arange(40.0))
    answers = asyncio.run(asked(model, [many, many, request(1.0)]))

    assert model.sizes == [1, 40, 41]
    assert [len(answer.value) for answer in answers] == [40, 40, 1]


def test_a_request_of_more_rows_is_asked_in_parts() -> None:
    model = Doubles()
    rows = [float(row) for row in range(150)]

    (answer,) = asyncio.run(asked(model, [request(*rows)]))

    assert model.sizes == [1, 64, 64, 22]
    assert answer.value[:, 0].tolist() == [row * 2 for row in rows]


def test_the_model_and_callers_share_no_memory() -> None:
    model = Doubles()
    requests = [request(1.0), request(2.0)]

    answers = asyncio.run(asked(model, requests))

    arrays = [model.given[-1], *(each.value for each in [*requests, *answers])]
    shared = [
        (one, other)
        for one in range(len(arrays))
        for other in range(one)
        if np.shares_memory(arrays[one], arrays[other])
    ]
    assert shared == []


def test_what_an_encoder_refuses_is_the_matter_of_its_request_alone() -> None:
    model = Doubles()
    model.leave.set()

    def refuse(reply: Message) -> Message:
        raise BadPayload("no")

    async def run() -> Any:
        service = Service(lambda: model)
        service.batch(64, 0.005)
        await service.load()

        waiting = [service.handle(PREDICT, request(1.0), each) for each in (itself, refuse)]
        return await asyncio.gather(*waiting, return_exceptions=True)

    good, bad = asyncio.run(run())

    assert good[0].value.tolist() == [[2.0]]
    assert isinstance(bad, BadPayload)
