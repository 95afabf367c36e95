from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import charter
import numpy as np
import pytest
from charter import compat
from charter.testing import serve
from charter.tracing.context import outgoing
from opentelemetry import baggage, context, trace
from spans import STEPS, Recorded, context_of, traceparent

REST, GRPC = "POST /predict", "seldon.protos.Model/Predict"


class Doubles:
    def predict(self, X: Any) -> Any:
        return X * 2


class Asks:
    """Ask the model at a URL, from a thread."""

    def predict(self, X: str) -> Any:
        with charter.Client(X) as client:
            return client.predict([[1.0]]).value


class AsksInCoroutine:
    """Do the same from a coroutine."""

    async def predict(self, X: str) -> Any:
        async with charter.AsyncClient(X) as client:
            return (await client.predict([[1.0]])).value


class AsksTwice:
    """Do it twice at a time."""

    async def predict(self, X: str) -> Any:
        async with charter.AsyncClient(X) as client:
            first, _ = await asyncio.gather(client.predict([[1.0]]), client.predict([[1.0]]))
        return first.value


MODELS = (Doubles, Asks, AsksInCoroutine, AsksTwice)
Urls = Mapping[tuple[type, str], str]


@pytest.fixture(scope="module")
def urls(recording: Recorded) -> Iterator[Urls]:
    """Return where each model is served, by what its requests are called."""
    with contextlib.ExitStack() as serving:
        found: dict[tuple[type, str], str] = {}
        for model in MODELS:
            server = serving.enter_context(serve(model, tracing=True, no_metrics=True))
            found[model, REST] = server.url
            found[model, GRPC] = f"grpc://{server.grpc_address}"
        yield found


@pytest.mark.parametrize("model", [Asks, AsksInCoroutine])
@pytest.mark.parametrize("inner", [REST, GRPC])
@pytest.mark.parametrize("outer", [REST, GRPC])
def test_models_that_ask_models_are_one_trace(
    outer: str, inner: str, model: type, urls: Urls, spans: Recorded
) -> None:
    with charter.Client(urls[model, outer]) as client:
        reply = client.predict(urls[Doubles, inner])

    spans.wait_for(8)
    assert reply.value.tolist() == [[2.0]]
    assert spans.tree == [(outer, ["decode", ("predict", [(inner, STEPS)]), "encode"])]
    assert len({context_of(span).trace_id for span in spans.finished}) == 1


@pytest.mark.parametrize("inner", [REST, GRPC])
def test_tasks_of_a_model_are_in_its_trace(inner: str, urls: Urls, spans: Recorded) -> None:
    with charter.Client(urls[AsksTwice, REST]) as client:
        client.predict(urls[Doubles, inner])

    spans.wait_for(12)
    below = [(inner, STEPS)] * 2
    assert spans.tree == [(REST, ["decode", ("predict", below), "encode"])]


@pytest.mark.parametrize("inner", [REST, GRPC])
def test_seldons_client_passes_the_trace_on(inner: str, urls: Urls, spans: Recorded) -> None:
    compat.install()
    from seldon_core.seldon_client import SeldonClient

    address = urls[Doubles, inner].partition("://")[2]
    transport = "rest" if inner is REST else "grpc"
    client = SeldonClient(microservice_endpoint=address, transport=transport)

    with trace.get_tracer("caller").start_as_current_span("caller"):
        assert client.microservice(method="predict", data=np.ones((1, 1))).success

    spans.wait_for(5)
    assert spans.tree == [("caller", [(inner, STEPS)])]


def test_a_client_passes_the_current_trace_and_baggage_on(spans: Recorded) -> None:
    with trace.get_tracer("caller").start_as_current_span("caller") as span:
        token = context.attach(baggage.set_baggage("user", "ann"))
        headers = outgoing()
        context.detach(token)

    known = span.get_span_context()
    assert headers == {
        "traceparent": f"00-{known.trace_id:032x}-{known.span_id:016x}-{known.trace_flags:02x}",
        "baggage": "user=ann",
    }


@pytest.mark.parametrize("inner", [REST, GRPC])
def test_the_current_trace_comes_before_one_that_the_client_was_made_with(
    inner: str, urls: Urls, spans: Recorded
) -> None:
    with charter.Client(urls[Doubles, inner], headers={"Traceparent": traceparent(7)}) as client:
        client.predict([[1.0]])
        with trace.get_tracer("caller").start_as_current_span("caller") as caller:
            client.predict([[1.0]])

    spans.wait_for(9)
    traces = [context_of(span).trace_id for span in spans.finished if span.name == inner]
    assert traces == [7, caller.get_span_context().trace_id]


def test_without_a_trace_a_client_passes_none_on() -> None:
    assert outgoing() == {}


def test_a_client_of_a_process_without_opentelemetry_does_not_import_it() -> None:
    program = (
        "import sys, charter, charter.client.rpc, charter.client.rest\n"
        "from charter.tracing.context import outgoing\n"
        "assert outgoing() == {}\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]\n"
    )

    subprocess.run([sys.executable, "-c", program], check=True)
