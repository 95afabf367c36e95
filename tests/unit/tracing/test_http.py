from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import charter
import httpx
import pytest
from opentelemetry import baggage, trace
from opentelemetry.trace import SpanKind, StatusCode
from spans import STEPS, Recorded, attributes, context_of, parent_id, traceparent

MESSAGE = {"data": {"ndarray": [[1, 2]]}}
CALLERS = 100


class Answers:
    """Have every method, and give back what it is given."""

    def predict(self, X: Any) -> Any:
        if isinstance(X, str):
            raise ValueError(X)
        return X

    transform_input = transform_output = predict

    def route(self, X: Any) -> int:
        return 1

    def aggregate(self, Xs: Any) -> Any:
        return Xs[0]

    def send_feedback(self, X: Any) -> None:
        return None

    def health_status(self) -> str:
        return "well"


@contextlib.asynccontextmanager
async def client_of(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://charter") as client:
        yield client


def ask(verb: str, path: str, component: Any = Answers, **sent: Any) -> httpx.Response:
    """Return the reply of a traced application to one request."""

    async def run() -> httpx.Response:
        async with client_of(charter.asgi_app(component, tracing=True)) as client:
            return await client.request(verb, path, **sent)

    return asyncio.run(run())


def test_a_request_is_a_span_with_its_steps_below_it(spans: Recorded) -> None:
    ask("POST", "/predict", json=MESSAGE)

    assert spans.tree == [("POST /predict", STEPS)]
    assert spans.named("POST /predict").kind is SpanKind.SERVER
    assert {spans.named(step).kind for step in STEPS} == {SpanKind.INTERNAL}


def test_a_request_is_described_as_the_conventions_say(spans: Recorded) -> None:
    ask("POST", "/predict", json=MESSAGE)

    span = spans.named("POST /predict")
    assert attributes(span) == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "http.route": "/predict",
        "url.path": "/predict",
        "url.scheme": "http",
    }
    assert span.status.status_code is StatusCode.UNSET


@pytest.mark.parametrize(
    ("verb", "path", "sent", "method"),
    [
        ("POST", "/api/v1.0/predictions", MESSAGE, "predict"),
        ("POST", "/transform-input", MESSAGE, "transform_input"),
        ("POST", "/transform-output", MESSAGE, "transform_output"),
        ("POST", "/route", MESSAGE, "route"),
        ("POST", "/aggregate", {"seldonMessages": [MESSAGE]}, "aggregate"),
        ("POST", "/send-feedback", {"request": MESSAGE, "reward": 1}, "send_feedback"),
        ("GET", "/health/status", None, "health_status"),
        ("GET", "/metadata", None, "init_metadata"),
    ],
)
def test_the_step_between_decode_and_encode_is_named_after_the_method(
    verb: str, path: str, sent: Any, method: str, spans: Recorded
) -> None:
    assert ask(verb, path, json=sent).status_code == 200

    assert spans.tree == [(f"{verb} {path}", ["decode", method, "encode"])]


def test_a_request_goes_on_with_the_trace_of_its_caller(spans: Recorded) -> None:
    ask("POST", "/predict", json=MESSAGE, headers={"traceparent": traceparent(7)})

    span = spans.named("POST /predict")
    assert {context_of(each).trace_id for each in spans.finished} == {7}
    assert parent_id(span) == 7
    assert span.parent is not None
    assert span.parent.is_remote


def test_the_callers_state_of_the_trace_is_kept(spans: Recorded) -> None:
    headers = [("traceparent", traceparent(7)), ("tracestate", "a=1"), ("tracestate", "b=2")]

    ask("POST", "/predict", json=MESSAGE, headers=headers)

    assert dict(context_of(spans.named("predict")).trace_state) == {"a": "1", "b": "2"}


def test_the_model_sees_the_callers_baggage(spans: Recorded) -> None:
    class SeesBaggage:
        def predict(self, X: Any) -> str:
            return str(baggage.get_baggage("user"))

    reply = ask("POST", "/predict", SeesBaggage, json=MESSAGE, headers={"baggage": "user=ann"})

    assert reply.json()["strData"] == "ann"


@pytest.mark.parametrize("header", ["", "00-abc", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_header_that_is_no_trace_begins_a_new_one(header: str, spans: Recorded) -> None:
    ask("POST", "/predict", json=MESSAGE, headers={"traceparent": header})

    assert spans.named("POST /predict").parent is None


def test_what_the_caller_does_not_sample_is_not_recorded(spans: Recorded) -> None:
    headers = {"traceparent": traceparent(7).removesuffix("01") + "00"}

    assert ask("POST", "/predict", json={"strData": "raise"}, headers=headers).status_code == 500

    assert spans.finished == []


@pytest.mark.parametrize("path", ["/live", "/ready", "/health/ping"])
def test_probes_leave_no_span(path: str, spans: Recorded) -> None:
    ask("GET", path)

    assert spans.finished == []


def test_a_path_that_is_not_served_is_named_by_the_verb_alone(spans: Recorded) -> None:
    ask("GET", "/wp-login.php")

    assert spans.tree == ["GET"]
    assert attributes(spans.named("GET")) == {
        "http.request.method": "GET",
        "http.response.status_code": 404,
        "url.path": "/wp-login.php",
        "url.scheme": "http",
    }


def test_a_verb_that_nobody_knows_names_no_span(spans: Recorded) -> None:
    ask("BREW", "/predict")

    found = attributes(spans.named("HTTP /predict"))
    assert found["http.request.method"] == "_OTHER"
    assert found["http.request.method_original"] == "BREW"
    assert found["http.response.status_code"] == 405


def test_a_mistake_of_the_model_is_an_error_of_the_request(spans: Recorded) -> None:
    ask("POST", "/predict", json={"strData": "raise"})

    span = spans.named("POST /predict")
    assert span.status.status_code is StatusCode.ERROR
    assert attributes(span)["error.type"] == "500"
    assert attributes(span)["http.response.status_code"] == 500


def test_a_mistake_of_the_caller_is_none(spans: Recorded) -> None:
    ask("POST", "/predict", content="{", headers={"content-type": "application/json"})

    assert spans.tree == [("POST /predict", ["decode"])]
    span = spans.named("POST /predict")
    assert span.status.status_code is StatusCode.UNSET
    assert attributes(span)["http.response.status_code"] == 400
    assert attributes(spans.named("decode"))["error.type"] == "charter.errors.NotAMessage"


def test_a_client_that_leaves_gets_no_status(spans: Recorded) -> None:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        raise AssertionError(message)

    app = charter.asgi_app(Answers, tracing=True)
    scope = {"type": "http", "method": "POST", "path": "/predict", "query_string": b""}
    asyncio.run(app({**scope, "headers": []}, receive, send))

    assert spans.tree == ["POST /predict"]
    assert "http.response.status_code" not in attributes(spans.named("POST /predict"))


def test_below_an_application_that_is_traced_itself_a_request_is_a_part_of_it(
    spans: Recorded,
) -> None:
    async def run() -> None:
        async with client_of(charter.asgi_app(Answers, tracing=True)) as client:
            with trace.get_tracer("outer").start_as_current_span("outer", kind=SpanKind.SERVER):
                headers = {"traceparent": traceparent(7)}
                await client.post("/predict", json=MESSAGE, headers=headers)

    asyncio.run(run())

    assert spans.tree == [("outer", [("POST /predict", STEPS)])]
    assert spans.named("POST /predict").kind is SpanKind.INTERNAL


class Tells:
    """Answer with the trace it is asked in."""

    def predict(self, X: Any) -> str:
        return trace.format_trace_id(trace.get_current_span().get_span_context().trace_id)


class TellsTogether:
    """Do the same in coroutines that all wait for the last one."""

    def __init__(self) -> None:
        self._left = CALLERS
        self._are_here = asyncio.Event()

    async def predict(self, X: Any) -> str:
        self._left -= 1
        if not self._left:
            self._are_here.set()
        await self._are_here.wait()
        return Tells().predict(X)


@pytest.mark.parametrize("component", [Tells, TellsTogether])
def test_requests_at_the_same_time_keep_to_their_traces(component: Any, spans: Recorded) -> None:
    numbers = range(1, CALLERS + 1)

    async def run() -> list[str]:
        app = charter.asgi_app(component, tracing=True, threads=4)
        async with client_of(app) as client:

            async def one(number: int) -> str:
                headers = {"traceparent": traceparent(number)}
                reply = await client.post("/predict", json=MESSAGE, headers=headers)
                return str(reply.json()["strData"])

            return await asyncio.gather(*map(one, numbers))

    assert asyncio.run(run()) == [f"{number:032x}" for number in numbers]

    requests = {context_of(s).span_id: s for s in spans.finished if s.kind is SpanKind.SERVER}
    steps = [s for s in spans.finished if s.kind is SpanKind.INTERNAL]
    assert len(requests) == len(numbers)
    assert len(steps) == len(numbers) * len(STEPS)
    for step in steps:
        assert parent_id(requests[parent_id(step)]) == context_of(step).trace_id
