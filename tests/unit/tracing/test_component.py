from __future__ import annotations

import asyncio
import dataclasses
import functools
import itertools
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest
from charter import assembly
from charter._proto.messages import SeldonMessage
from charter.component.adapter import UserComponent
from charter.message import Feedback, Form, Message, Messages, Request
from charter.methods import AGGREGATE, METHODS, PREDICT, SEND_FEEDBACK, Method, Wire
from charter.service import Service
from charter.settings import Settings
from charter.tracing.component import PUID, TracedComponent
from opentelemetry import trace
from spans import Recorded, attributes, identity

WAIT_S = 10.0
TEXT = Message(Form.TEXT, "s")
Use = Callable[[Service], Awaitable[Any]]
Answer = tuple[Message, Message]


def with_service(component: Any, use: Use, **chosen: Any) -> Any:
    """Load a traced service, use it on the same loop, and close it."""

    async def run() -> Any:
        served = assembly.make(lambda: component, Settings(tracing=True, **chosen))
        try:
            await served.load()
            return await asyncio.wait_for(use(served), WAIT_S)
        finally:
            served.close()

    return asyncio.run(run())


def kept(reply: Message) -> Message:
    """Encode nothing."""
    return reply


def answered(answer: Answer) -> Message:
    reply, _ = answer
    return reply


def ask(component: Any, request: Request = TEXT, method: Method = PREDICT) -> Message:
    return answered(with_service(component, lambda served: served.handle(method, request, kept)))


def ask_blocking(component: Any, request: Request = TEXT, method: Method = PREDICT) -> Message:
    """Ask as a thread of gRPC does."""

    async def use(served: Service) -> Answer:
        ask = functools.partial(served.handle_blocking, method, request, kept)
        with ThreadPoolExecutor(1) as grpc:
            return await asyncio.get_running_loop().run_in_executor(grpc, ask)

    return answered(with_service(component, use))


both_ways_in = pytest.mark.parametrize("ask", [ask, ask_blocking], ids=["loop", "thread"])


def current() -> str:
    """Return the identity of the current span, as text that a model can answer with."""
    return str(trace.get_current_span().get_span_context().span_id)


class Tells:
    def predict(self, X: Any) -> str:
        return current()


class TellsInCoroutine:
    async def predict(self, X: Any) -> str:
        return current()


class TellsRaw:
    def predict_raw(self, message: Any) -> Any:
        return {"strData": current()}


@both_ways_in
@pytest.mark.parametrize("component", [Tells(), TellsInCoroutine()])
def test_the_current_span_of_user_code_is_that_of_its_method(
    component: Any, ask: Any, spans: Recorded
) -> None:
    reply = ask(component)

    assert reply.value == str(identity(spans.named("predict")))


def test_a_raw_method_has_the_span_of_the_method(spans: Recorded) -> None:
    reply = ask(TellsRaw(), Message(Form.RAW, {"strData": "s", "meta": {"puid": "x1"}}))

    assert reply.value["strData"] == str(identity(spans.named("predict")))
    assert attributes(spans.named("predict")) == {PUID: "x1"}


class TellsThread:
    def predict(self, X: Any) -> str:
        return f"{current()} {threading.get_ident()}"


@pytest.mark.parametrize("execution", ["threads", "inline"])
def test_a_call_has_its_span_in_a_thread_and_on_the_loop(spans: Recorded, execution: str) -> None:
    async def use(served: Service) -> str:
        return str(answered(await served.handle(PREDICT, TEXT, kept)).value)

    span, thread = with_service(TellsThread(), use, execution=execution).split()

    assert span == str(identity(spans.finished[0]))
    assert (thread == str(threading.get_ident())) is (execution == "inline")


def test_spans_of_user_code_are_below_that_of_its_method(spans: Recorded) -> None:
    class Looks:
        def predict(self, X: Any) -> Any:
            with trace.get_tracer("model").start_as_current_span("look up"):
                return X

    ask(Looks())

    assert spans.tree == [("predict", ["look up"])]


def identified(puid: Any) -> Message:
    return Message(Form.TEXT, "s", [], {"puid": puid})


class Takes:
    def predict(self, X: Any) -> Any:
        return X

    def aggregate(self, Xs: Any) -> Any:
        return Xs[0]

    def send_feedback(self, X: Any) -> None:
        return None


@pytest.mark.parametrize(
    ("method", "request_", "puid"),
    [
        (PREDICT, identified("x1"), "x1"),
        (PREDICT, TEXT, None),
        (PREDICT, identified(""), None),
        (PREDICT, identified(7), None),
        (AGGREGATE, Messages([TEXT, identified("x2")]), "x2"),
        (AGGREGATE, Messages([TEXT]), None),
        (SEND_FEEDBACK, Feedback(identified("x1"), identified("x3"), None, 1.0), "x3"),
        (SEND_FEEDBACK, Feedback(identified("x1"), None, None, 1.0), "x1"),
        (SEND_FEEDBACK, Feedback(None, None, None, 1.0), None),
    ],
)
def test_a_span_has_the_identifier_of_the_request(
    method: Method, request_: Request, puid: str | None, spans: Recorded
) -> None:
    ask(Takes(), request_, method)

    assert attributes(spans.named(method.name)).get(PUID) == puid


def test_a_raw_message_of_protobuf_has_an_identifier_too(spans: Recorded) -> None:
    class Raw:
        def predict_raw(self, message: Any) -> Any:
            return message

    message = SeldonMessage(strData="s")
    message.meta.puid = "x1"
    raw = Message(Form.RAW, message)
    with_service(Raw(), lambda served: served.handle(PREDICT, raw, kept, Wire.GRPC))

    assert attributes(spans.named("predict")) == {PUID: "x1"}


def test_all_but_the_span_is_as_it_was() -> None:
    plain = UserComponent(TellsRaw())
    traced = TracedComponent(plain, lambda name: nullcontext(trace.INVALID_SPAN))

    for method, wire in itertools.product(METHODS, Wire):
        was, call = plain.call(method, wire), traced.call(method, wire)
        assert dataclasses.replace(call, run=was.run) == was
        # How long a call takes is remembered by its identity.
        assert traced.call(method, wire) is call
    assert traced.error_response == plain.error_response
