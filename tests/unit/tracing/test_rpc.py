from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc
import pytest
from charter.codecs import seldon_proto
from charter.message import Feedback, Form, Message, Messages
from charter.testing import serve
from opentelemetry import baggage
from opentelemetry.trace import SpanKind, StatusCode
from spans import STEPS, Recorded, attributes, context_of, parent_id, traceparent

WAIT_S = 10.0
TEXT = Message(Form.TEXT, "s")
Metadata = Sequence[tuple[str, str | bytes]]


class Answers:
    def predict(self, X: Any) -> Any:
        if X == "raise":
            raise ValueError(X)
        return X

    transform_input = transform_output = predict

    def route(self, X: Any) -> int:
        return 1

    def aggregate(self, Xs: Any) -> Any:
        return Xs[0]

    def send_feedback(self, X: Any) -> None:
        return None


def ask(
    body: bytes, rpc: str = "Model/Predict", metadata: Metadata = (), component: Any = Answers
) -> bytes:
    """Return the reply of a traced server to one call."""
    with (
        serve(component, tracing=True, no_metrics=True) as server,
        grpc.insecure_channel(server.grpc_address) as channel,
    ):
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            f"/seldon.protos.{rpc}"
        )
        return call(body, timeout=WAIT_S, metadata=tuple(metadata))


def refused(body: bytes, rpc: str = "Model/Predict") -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as caught:
        ask(body, rpc)
    code: grpc.StatusCode = caught.value.code()
    return code


def test_a_call_is_a_span_with_its_steps_below_it(spans: Recorded) -> None:
    ask(seldon_proto.encode(TEXT))

    assert spans.tree == [("seldon.protos.Model/Predict", STEPS)]
    span = spans.named("seldon.protos.Model/Predict")
    assert span.kind is SpanKind.SERVER
    assert span.status.status_code is StatusCode.UNSET
    assert attributes(span) == {
        "rpc.system": "grpc",
        "rpc.service": "seldon.protos.Model",
        "rpc.method": "Predict",
        "rpc.grpc.status_code": 0,
    }


@pytest.mark.parametrize(
    ("rpc", "body", "method"),
    [
        ("Seldon/Predict", seldon_proto.encode(TEXT), "predict"),
        ("Transformer/TransformInput", seldon_proto.encode(TEXT), "transform_input"),
        ("Generic/TransformOutput", seldon_proto.encode(TEXT), "transform_output"),
        ("Router/Route", seldon_proto.encode(TEXT), "route"),
        ("Combiner/Aggregate", seldon_proto.encode_messages(Messages([TEXT])), "aggregate"),
        (
            "Model/SendFeedback",
            seldon_proto.encode_feedback(Feedback(TEXT, None, None, 1.0)),
            "send_feedback",
        ),
        ("Model/Metadata", b"", "init_metadata"),
    ],
)
def test_the_step_between_decode_and_encode_is_named_after_the_method(
    rpc: str, body: bytes, method: str, spans: Recorded
) -> None:
    ask(body, rpc)

    assert spans.tree == [(f"seldon.protos.{rpc}", ["decode", method, "encode"])]


def test_a_call_goes_on_with_the_trace_of_its_caller(spans: Recorded) -> None:
    metadata: Metadata = [
        ("traceparent", traceparent(7)),
        ("tracestate", "a=1"),
        ("some-bin", b"\xff"),
    ]

    ask(seldon_proto.encode(TEXT), metadata=metadata)

    assert {context_of(span).trace_id for span in spans.finished} == {7}
    assert parent_id(spans.named("seldon.protos.Model/Predict")) == 7
    assert dict(context_of(spans.named("predict")).trace_state) == {"a": "1"}


def test_the_model_sees_the_callers_baggage(spans: Recorded) -> None:
    class SeesBaggage:
        def predict(self, X: Any) -> str:
            return str(baggage.get_baggage("user"))

    body = ask(seldon_proto.encode(TEXT), metadata=[("baggage", "user=ann")], component=SeesBaggage)

    assert seldon_proto.decode(body).value == "ann"


def test_a_mistake_of_the_model_is_an_error_of_the_call(spans: Recorded) -> None:
    code = refused(seldon_proto.encode(Message(Form.TEXT, "raise")))

    span = spans.named("seldon.protos.Model/Predict")
    assert code is grpc.StatusCode.INTERNAL
    assert spans.tree == [(span.name, ["decode", "predict"])]
    assert attributes(span)["rpc.grpc.status_code"] == code.value[0]
    assert attributes(span)["error.type"] == "INTERNAL"
    assert span.status.status_code is StatusCode.ERROR
    # What ends the call in grpcio is no error of anybody.
    assert span.events == ()


def test_a_mistake_of_the_caller_is_none(spans: Recorded) -> None:
    code = refused(b"\xff")

    span = spans.named("seldon.protos.Model/Predict")
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert spans.tree == [(span.name, ["decode"])]
    assert attributes(span)["rpc.grpc.status_code"] == code.value[0]
    assert span.status.status_code is StatusCode.UNSET


def test_health_checks_leave_no_span(spans: Recorded) -> None:
    with (
        serve(Answers, tracing=True, no_metrics=True) as server,
        grpc.insecure_channel(server.grpc_address) as channel,
    ):
        check: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            "/grpc.health.v1.Health/Check"
        )
        check(b"", timeout=WAIT_S)

    assert spans.finished == []
