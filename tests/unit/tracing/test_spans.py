from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any

import charter
import httpx
import pytest
from opentelemetry import trace
from spans import Recorded, identity

mode: contextvars.ContextVar[str] = contextvars.ContextVar("mode", default="not set")


class SetsUpInLoad:
    """Set a context variable, as numpy.seterr does, where the model is loaded."""

    def load(self) -> None:
        mode.set("set in load")

    def predict(self, X: Any) -> str:
        return f"{mode.get()} {threading.current_thread().name.startswith('charter-model')}"


@pytest.mark.parametrize("tracing", [False, True])
def test_other_context_variables_are_those_of_the_models_thread(tracing: bool) -> None:
    async def run() -> str:
        transport = httpx.ASGITransport(charter.asgi_app(SetsUpInLoad, tracing=tracing))
        async with httpx.AsyncClient(transport=transport, base_url="http://charter") as client:
            return (await client.post("/predict", json={"strData": "s"})).text

    assert "set in load True" in asyncio.run(run())


class LeavesItsSpanOpen:
    """Make a span current and forget it."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def predict(self, X: Any) -> str:
        self.seen.append(trace.get_current_span().get_span_context().span_id)
        trace.use_span(trace.get_tracer("model").start_span("forgotten")).__enter__()
        return "s"


def test_a_span_that_user_code_leaves_open_is_not_that_of_the_next_call(spans: Recorded) -> None:
    model = LeavesItsSpanOpen()

    async def run() -> None:
        transport = httpx.ASGITransport(charter.asgi_app(model, tracing=True))
        async with httpx.AsyncClient(transport=transport, base_url="http://charter") as client:
            for _ in range(2):
                await client.post("/predict", json={"strData": "s"})

    asyncio.run(run())

    own = [identity(span) for span in spans.finished if span.name == "predict"]
    assert model.seen == own
