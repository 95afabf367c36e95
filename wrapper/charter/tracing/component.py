"""A component whose methods have spans."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

from opentelemetry.trace import Span

from charter.component.adapter import Call, Component
from charter.message import Feedback, Form, Messages, Request
from charter.methods import METHODS, Method, Wire

PUID = "seldon.puid"
Step: TypeAlias = Callable[[str], AbstractContextManager[Span]]
"""Opens a span of a name below the current one."""


class TracedComponent:
    """Answer as another component does, with a span for each call.

    Args:
        component: what answers.
        step: opens the spans, where the call runs: the current span is that of the method.
    """

    def __init__(self, component: Component, step: Step) -> None:
        self.error_response = component.error_response
        self._calls = {
            (method, wire): _traced(component.call(method, wire), method, step)
            for method in METHODS
            for wire in Wire
        }

    def call(self, method: Method, wire: Wire) -> Call:
        """Return how the method is answered; see `Component`."""
        return self._calls[method, wire]


def _traced(call: Call, method: Method, step: Step) -> Call:
    def run(request: Any) -> Any:
        with step(method.name) as span:
            _identify(span, request)
            return call.run(request)

    async def run_async(request: Any) -> Any:
        with step(method.name) as span:
            _identify(span, request)
            return await call.run(request)

    return dataclasses.replace(call, run=run_async if call.is_async else run)


def _identify(span: Span, request: Request) -> None:
    found = _puid(request) if span.is_recording() else None
    if isinstance(found, str) and found:
        span.set_attribute(PUID, found)


def _puid(request: Request | None) -> Any:
    """Return the identifier of a request; of a feedback, that of what it is about."""
    if isinstance(request, Feedback):
        return _puid(request.response) or _puid(request.request)
    if isinstance(request, Messages):
        return next(filter(None, map(_puid, request.items)), None)
    if request is None or request.form is Form.RAW:
        return None if request is None else _raw_puid(request.value)
    return (request.meta or {}).get("puid")


def _raw_puid(value: Any) -> Any:
    """Return the identifier in a wire message: a JSON document, or one of protobuf."""
    meta = value.get("meta") if isinstance(value, dict) else getattr(value, "meta", None)
    return meta.get("puid") if isinstance(meta, dict) else getattr(meta, "puid", None)
