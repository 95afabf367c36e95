from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from charter.client import json_wire, proto_wire
from charter.contract.parse import parse
from charter.message import Form, Message
from charter.methods import HEALTH_STATUS, METADATA, PREDICT
from charter.tester.channel import GRPC, REST, Channel
from charter.tester.subject import Subject, component, remote, remote_grpc
from charter.testing import serve

CONTRACT = parse(
    {
        "features": [{"name": "x", "ftype": "continuous", "range": [0, 1]}],
        "targets": [{"name": "y", "ftype": "continuous"}],
    }
)
ONE = Message(Form.NDARRAY, np.array([[0.5]]), ["x"])


class Doubles:
    def predict(self, X: Any) -> Any:
        if X[0, 0] < 0:
            raise ValueError("out of coffee")
        return X * 2


@pytest.fixture(params=["in process", "served"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    with contextlib.ExitStack() as running:
        if request.param == "in process":
            made = component("Doubles", Doubles, CONTRACT)
        else:
            ports = running.enter_context(serve(Doubles))
            host, port = "127.0.0.1", int(ports.http_port or 0)
            made = remote(host, port, ports.grpc_port, timeout_s=10)
        yield running.enter_context(contextlib.closing(made))


def both(subject: Subject) -> tuple[Channel, Channel]:
    assert subject.grpc is not None
    return subject.main, subject.grpc


def test_the_same_is_answered_over_each_wire(subject: Subject) -> None:
    rest, grpc = both(subject)

    replies = [(rest, json_wire, REST), (grpc, proto_wire, GRPC)]

    for channel, form, name in replies:
        reply = channel.ask(PREDICT, form.encode(ONE))
        assert (channel.name, reply.status, reply.error) == (name, 200, "")
        assert form.decode(reply.body).value.tolist() == [[1.0]]
        assert reply.latency_s > 0


def test_an_error_is_an_answer_with_a_status(subject: Subject) -> None:
    wrong = Message(Form.NDARRAY, np.array([[-1.0]]), ["x"])

    for channel in both(subject):
        reply = channel.ask(PREDICT, channel.form.encode(wrong))
        assert (reply.status, reply.is_success, reply.is_refusal) == (500, False, False)
        assert "out of coffee" in reply.error


def test_what_is_malformed_is_refused(subject: Subject) -> None:
    for channel in both(subject):
        reply = channel.ask(PREDICT, b"\xff\xff")
        assert (reply.status, reply.is_refusal) == (400, True)
        assert reply.error


def test_paths_are_asked_over_rest(subject: Subject) -> None:
    assert subject.main.get("/ready").status == 200
    assert b'"openapi"' in subject.main.get("/openapi.json").body
    assert subject.main.get("/nowhere").status == 404
    assert subject.main.ask(HEALTH_STATUS, b"").is_success
    assert subject.main.ask(METADATA, b"").is_success


def test_grpc_alone_answers_for_its_health() -> None:
    with serve(Doubles) as ports:
        host, port = "127.0.0.1", int(ports.grpc_port or 0)
        with contextlib.closing(remote_grpc(host, port, timeout_s=10)) as subject:
            assert subject.channels == (subject.main,)
            assert subject.main.ask(HEALTH_STATUS, b"").is_success


def test_latency_is_the_time_of_the_call() -> None:
    ticks = iter([1.0, 3.5])

    class Slow:
        address = "slow"

        def call(self, method: Any, body: bytes) -> bytes:
            return body

        def close(self) -> None:
            pass

    channel = Channel(REST, Slow(), json_wire, clock=lambda: next(ticks))

    assert channel.ask(PREDICT, b"x").latency_s == 2.5
