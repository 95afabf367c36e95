"""The span of an HTTP request.

Reference: OpenTelemetry Semantic Conventions, “HTTP spans”.
"""

from __future__ import annotations

from opentelemetry.trace import Span, StatusCode

from charter.exchange import Answer, Asked, Handler
from charter.tracing.failures import ERROR_TYPE, recorded
from charter.tracing.request import Attributes, Open, carrier
from charter.tracing.tracer import FindRoute

# “The HTTP request method value SHOULD be "known" to the instrumentation”; others are _OTHER.
_VERBS = frozenset(
    ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE")
)


def traced(handle: Handler, route: FindRoute, request: Open) -> Handler:
    """Return a handler with a span for each request.

    Args:
        handle: what answers.
        route: finds the route of a request, and which ones have no span.
        request: opens the span.
    """

    async def handle_traced(asked: Asked) -> Answer | None:
        path = route(asked)
        if path is None:
            return await handle(asked)
        verb = asked.verb if asked.verb in _VERBS else "HTTP"
        headers = carrier((k.decode("latin-1"), v.decode("latin-1")) for k, v in asked.headers)
        with (
            request(f"{verb} {path}".rstrip(), headers, _attributes(asked, path)) as span,
            recorded(span),
        ):
            answer = await handle(asked)
            if answer is not None:
                _note(span, answer[0])
            return answer

    return handle_traced


def _attributes(asked: Asked, path: str) -> Attributes:
    known = asked.verb in _VERBS
    attributes = {
        "http.request.method": asked.verb if known else "_OTHER",
        "url.path": asked.root + asked.path,
        "url.scheme": asked.scheme,
    }
    if not known:
        attributes["http.request.method_original"] = asked.verb
    if path:
        attributes["http.route"] = path
    return attributes


def _note(span: Span, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    # “For HTTP status codes in the 4xx range span status MUST be left unset” at the server.
    if status >= 500:
        span.set_attribute(ERROR_TYPE, str(status))
        span.set_status(StatusCode.ERROR)
