from __future__ import annotations

import asyncio
from typing import Any

import charter
import httpx
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode
from spans import Recorded, attributes


class SeldonMicroserviceException(Exception):
    """Choose an answer; it is known by its name."""

    status_code = 409
    reason = "TAKEN"
    message = "taken already"


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


def ask(component: Any, sent: Any = None, **chosen: Any) -> int:
    """Return the status of a traced application's reply."""

    async def run() -> int:
        transport = httpx.ASGITransport(charter.asgi_app(component, tracing=True, **chosen))
        async with httpx.AsyncClient(transport=transport, base_url="http://charter") as client:
            reply = await client.post("/predict", json=sent or {"strData": "s"})
            return reply.status_code

    return asyncio.run(run())


def raises(error: BaseException) -> Any:
    class Raises:
        def predict(self, X: Any) -> Any:
            raise error

    return Raises


def event(span: ReadableSpan) -> dict[str, Any]:
    """Return the one event of a span, which is an exception."""
    (found,) = span.events
    assert found.name == "exception"
    return dict(found.attributes or {})


def test_a_span_names_the_users_exception(spans: Recorded) -> None:
    ask(raises(ValueError("too cold")))

    span = spans.named("predict")
    assert event(span)["exception.type"] == "ValueError"
    assert event(span)["exception.message"] == "too cold"
    assert attributes(span)["error.type"] == "ValueError"
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "ValueError: too cold"


def test_its_traceback_begins_in_user_code(spans: Recorded) -> None:
    ask(raises(ValueError("too cold")))

    first, frame, *_, last = event(spans.named("predict"))["exception.stacktrace"].splitlines()
    assert first == "Traceback (most recent call last):"
    assert "test_failures.py" in frame
    assert last == "ValueError: too cold"


def test_an_exception_of_a_module_is_named_with_it(spans: Recorded) -> None:
    ask(raises(httpx.ReadTimeout("slow")))

    assert event(spans.named("predict"))["exception.type"] == "httpx.ReadTimeout"


def test_an_exception_that_cannot_say_anything_is_recorded_all_the_same(spans: Recorded) -> None:
    assert ask(raises(Unspeakable())) == 500

    found = event(spans.named("predict"))
    assert found["exception.type"].endswith("Unspeakable")
    assert found["exception.message"] == ""


def test_what_user_code_exits_with_is_recorded(spans: Recorded) -> None:
    assert ask(raises(SystemExit(3))) == 500

    assert event(spans.named("predict"))["exception.type"] == "SystemExit"


def test_a_status_that_the_model_chose_is_an_error_of_the_method_only(spans: Recorded) -> None:
    assert ask(raises(SeldonMicroserviceException())) == 409

    assert spans.named("predict").status.description == "taken already"
    assert spans.named("POST /predict").status.status_code is StatusCode.UNSET


def test_a_body_that_cannot_be_read_is_an_error_of_decode(spans: Recorded) -> None:
    assert ask(raises(ValueError()), {"data": {"ndarray": [[1], [1, 2]]}}) == 400

    found = event(spans.named("decode"))
    assert found["exception.type"] == "charter.errors.BadPayload"
    assert found["exception.message"] == "data.ndarray[1]: expected 1 values as before, got 2"


def test_a_reply_that_cannot_be_written_is_an_error_of_encode(spans: Recorded) -> None:
    class Complex:
        def predict(self, X: Any) -> Any:
            return {"value": {1, 2}}

    assert ask(Complex) == 500

    assert spans.tree == [("POST /predict", ["decode", "predict", "encode"])]
    assert spans.named("encode").status.status_code is StatusCode.ERROR
    assert spans.named("predict").status.status_code is StatusCode.UNSET


def test_a_call_that_was_given_up_is_an_error(spans: Recorded) -> None:
    class Waits:
        async def predict(self, X: Any) -> Any:
            await asyncio.Event().wait()

    assert ask(Waits, rest_timeout=0.01) == 504

    assert attributes(spans.named("predict"))["error.type"].endswith("CancelledError")
    assert attributes(spans.named("POST /predict"))["error.type"] == "504"
