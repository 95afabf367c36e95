"""The span of an HTTP request.

Reference: OpenTelemetry Semantic Conventions, “HTTP spans”.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from opentelemetry.trace import Span, StatusCode

from charter.tracing.failures import ERROR_TYPE, recorded
from charter.tracing.request import Attributes, Open, carrier
from charter.tracing.tracer import App, FindRoute

# “The HTTP request method value SHOULD be "known" to the instrumentation”; others are _OTHER.
_VERBS = frozenset(
    ("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE")
)


def traced(app: App, route: FindRoute, request: Open) -> App:
    """Return an ASGI application with a span for each request.

    Args:
        app: what answers.
        route: finds the route of a request, and which ones have no span.
        request: opens the span.
    """

    async def traced_app(scope: Any, receive: Any, send: Any) -> None:
        path = route(scope)
        if path is None:
            await app(scope, receive, send)
            return
        verb = scope["method"] if scope["method"] in _VERBS else "HTTP"
        headers = carrier((k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"])
        with (
            request(f"{verb} {path}".rstrip(), headers, _attributes(scope, path)) as span,
            recorded(span),
        ):
            await app(scope, receive, _noting(send, span))

    return traced_app


def _attributes(scope: Any, path: str) -> Attributes:
    known = scope["method"] in _VERBS
    attributes = {
        "http.request.method": scope["method"] if known else "_OTHER",
        "url.path": scope["path"],
        "url.scheme": scope.get("scheme", "http"),
    }
    if not known:
        attributes["http.request.method_original"] = scope["method"]
    if path:
        attributes["http.route"] = path
    return attributes


def _noting(send: Any, span: Span) -> Any:
    """Return `send` that notes the status of the reply."""

    async def send_noting(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            _note(span, message["status"])
        await send(message)

    return send_noting


def _note(span: Span, status: int) -> None:
    span.set_attribute("http.response.status_code", status)
    # “For HTTP status codes in the 4xx range span status MUST be left unset” at the server.
    if status >= 500:
        span.set_attribute(ERROR_TYPE, str(status))
        span.set_status(StatusCode.ERROR)
