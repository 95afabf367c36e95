"""What a service has its requests traced by: by nothing, until that is wanted.

A tracer wraps what answers, once, when it is made; what is not traced stays as it is and costs
nothing. No OpenTelemetry here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeAlias, TypeVar

from charter.errors import StartError
from charter.exchange import Asked, Handler

if TYPE_CHECKING:
    from charter.component.adapter import Component

P = ParamSpec("P")
T = TypeVar("T")
Answer: TypeAlias = Callable[[bytes, Any], bytes]
"""Answers an rpc; takes the request's bytes and grpcio's context."""
Carry: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]
"""Returns a function that does the same in another thread, in the trace of this one."""
FindRoute: TypeAlias = Callable[[Asked], str | None]
"""Returns the route of an HTTP request; "" where it has none, `None` where it is not traced."""

DECODE, ENCODE = "decode", "encode"
MISSING = "tracing needs OpenTelemetry: pip install 'charter[otel]'"


class Tracer(Protocol):
    """Trace the requests of a service."""

    @property
    def carry(self) -> Carry | None:
        """Return what lets other threads go on with the current trace; `None` for no trace."""

    def start(self, name: str) -> None:
        """Begin to send spans; called once, when the user's object is made and not yet loaded.

        Args:
            name: of the service, where no variable names it.

        Raises:
            StartError: a variable of OpenTelemetry is wrong, or names what is not installed.
        """

    def http(self, handle: Handler, route: FindRoute) -> Handler:
        """Return a handler whose requests are traced."""

    def rpc(self, service: str, method: str, answer: Answer) -> Answer:
        """Return an rpc whose calls are traced."""

    def step(self, name: str, function: Callable[P, T]) -> Callable[P, T]:
        """Return a function whose calls are a part of the request's trace."""

    def component(self, component: Component) -> Component:
        """Return a component whose methods are a part of the request's trace."""

    def flush(self) -> None:
        """Send what has not been sent yet; wait for it some seconds at most."""


class Untraced:
    """Trace nothing; see `Tracer`."""

    carry = None

    def start(self, name: str) -> None:
        """Do nothing."""

    def http(self, handle: Handler, route: FindRoute) -> Handler:
        """Return the handler as it is."""
        return handle

    def rpc(self, service: str, method: str, answer: Answer) -> Answer:
        """Return the rpc as it is."""
        return answer

    def step(self, name: str, function: Callable[P, T]) -> Callable[P, T]:
        """Return the function as it is."""
        return function

    def component(self, component: Component) -> Component:
        """Return the component as it is."""
        return component

    def flush(self) -> None:
        """Do nothing."""


def tracer_for(unit: str, *, is_wanted: bool) -> Tracer:
    """Return what traces the requests of a service.

    Args:
        unit: name of the component in its graph; "" where it has none.
        is_wanted: whether somebody switched tracing on.

    Raises:
        StartError: it is wanted, and OpenTelemetry is not installed or set up wrongly.
    """
    if not is_wanted:
        return Untraced()
    try:
        from charter.tracing.spans import Spans
    except ModuleNotFoundError as error:
        raise StartError(MISSING) from error
    except ValueError as error:  # of a propagator that is not there, when it is imported
        raise StartError(f"tracing: OTEL_PROPAGATORS: {error}") from error
    return Spans(unit)
