"""The span of an rpc of gRPC.

Reference: OpenTelemetry Semantic Conventions, “RPC spans” and “gRPC”.
"""

from __future__ import annotations

from typing import Any

from grpc import StatusCode as Code
from opentelemetry.trace import Span, StatusCode

from charter.tracing.failures import ERROR_TYPE
from charter.tracing.request import Carrier, Open, carrier
from charter.tracing.tracer import Answer

# Of the others the caller is at fault, and the status of the server's span stays unset.
_ERRORS = frozenset(
    (
        *(Code.UNKNOWN, Code.DEADLINE_EXCEEDED, Code.UNIMPLEMENTED),
        *(Code.INTERNAL, Code.UNAVAILABLE, Code.DATA_LOSS),
    )
)


def traced(service: str, method: str, answer: Answer, request: Open) -> Answer:
    """Return an rpc with a span for each call.

    Args:
        service: full name of its service.
        method: its name.
        answer: what answers; it ends calls by `context.abort_with_status`.
        request: opens the span.
    """
    name = f"{service}/{method}"
    attributes = {"rpc.system": "grpc", "rpc.service": service, "rpc.method": method}

    def traced_answer(body: bytes, context: Any) -> bytes:
        with request(name, _carrier(context), attributes) as span:
            try:
                return answer(body, context)
            finally:
                _note(span, context.code() or Code.OK)

    return traced_answer


def _carrier(context: Any) -> Carrier:
    # Values of keys that end with -bin are bytes.
    metadata = context.invocation_metadata()
    return carrier((key, value) for key, value in metadata if isinstance(value, str))


def _note(span: Span, code: Code) -> None:
    span.set_attribute("rpc.grpc.status_code", code.value[0])
    if code in _ERRORS:
        span.set_attribute(ERROR_TYPE, code.name)
        span.set_status(StatusCode.ERROR)
