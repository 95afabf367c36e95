"""The spans of a request: one for itself, below it decode, the component's method, and encode.

Imported only where tracing is switched on, as all modules here that know OpenTelemetry.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import ParamSpec, TypeVar

from opentelemetry import context, propagate, trace
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import Span, SpanKind

from charter._version import VERSION
from charter.component.adapter import Component
from charter.exchange import Handler
from charter.tracing import http, provider
from charter.tracing.component import TracedComponent
from charter.tracing.failures import recorded
from charter.tracing.request import Attributes, Carrier
from charter.tracing.tracer import Answer, FindRoute

P = ParamSpec("P")
T = TypeVar("T")


class Spans:
    """Trace requests with OpenTelemetry; see `charter.tracing.tracer.Tracer`.

    Args:
        unit: name of the component in its graph, which becomes that of the service.
    """

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._flush = provider.Flush()
        # Its spans go to the process's provider, as soon as there is one.
        self._tracer = trace.get_tracer("charter", VERSION)

    def start(self, name: str) -> None:
        """Set up where spans go; see `Tracer`."""
        provider.start(self._unit or name, self._flush)

    def flush(self) -> None:
        """Send what is left; see `Tracer`."""
        self._flush()

    def http(self, handle: Handler, route: FindRoute) -> Handler:
        """Return a handler with a span for each request."""
        return http.traced(handle, route, self._request)

    def rpc(self, service: str, method: str, answer: Answer) -> Answer:
        """Return an rpc with a span for each call."""
        from charter.tracing import rpc  # grpcio is not loaded where only REST is served

        return rpc.traced(service, method, answer, self._request)

    def step(self, name: str, function: Callable[P, T]) -> Callable[P, T]:
        """Return a function with a span for each call, below the current one."""

        @functools.wraps(function)
        def traced(*args: P.args, **kwargs: P.kwargs) -> T:
            with self._step(name):
                return function(*args, **kwargs)

        return traced

    def component(self, component: Component) -> Component:
        """Return a component with a span for each call of a method, in the thread that runs it."""
        return TracedComponent(component, self._step)

    def carry(self, function: Callable[P, T]) -> Callable[P, T]:
        """Return a function that goes on with the current trace in another thread.

        Other context variables stay those of that thread, where the model may have set them.
        """
        here = context.get_current()

        def run_there(*args: P.args, **kwargs: P.kwargs) -> T:
            token = context.attach(here)
            try:
                return function(*args, **kwargs)
            finally:
                context.detach(token)

        return run_there

    @contextlib.contextmanager
    def _step(self, name: str) -> Iterator[Span]:
        with (
            self._tracer.start_as_current_span(
                name, record_exception=False, set_status_on_exception=False
            ) as span,
            recorded(span),
        ):
            yield span

    @contextlib.contextmanager
    def _request(self, name: str, carrier: Carrier, attributes: Attributes) -> Iterator[Span]:
        """Open the span of a request, below the caller's; whoever does it says how it ended."""
        kind, around = SpanKind.INTERNAL, context.get_current()
        # Within an application that is traced itself, its span is the one of the server.
        if not trace.get_current_span(around).get_span_context().is_valid:
            kind, around = SpanKind.SERVER, propagate.extract(carrier, around, _LOWERED)
        token = context.attach(around)  # with the baggage
        try:
            with self._tracer.start_as_current_span(
                name,
                kind=kind,
                attributes=attributes,
                record_exception=False,
                set_status_on_exception=False,
            ) as span:
                yield span
        finally:
            context.detach(token)


class _Lowered(Getter[Carrier]):
    """Find headers whose names are in lower case, as HTTP/2 and ASGI have them."""

    def get(self, carrier: Carrier, key: str) -> list[str] | None:
        return list(carrier.get(key.lower(), ())) or None

    def keys(self, carrier: Carrier) -> list[str]:
        return list(carrier)


_LOWERED = _Lowered()
