"""The spans that this process records, for the tests of tracing."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.trace import SpanContext

WAIT_S = 10.0
STEPS = ["decode", "predict", "encode"]


class Recorded(SpanExporter):
    """Hold the spans that have ended; a process can have its provider set once only."""

    def __init__(self) -> None:
        self._ended: list[ReadableSpan] = []
        self._changed = threading.Condition()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self))
        trace.set_tracer_provider(provider)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        with self._changed:
            self._ended += spans
            self._changed.notify_all()
        return SpanExportResult.SUCCESS

    def clear(self) -> None:
        self._ended.clear()

    def wait_for(self, count: int) -> None:
        """Return when so many spans have ended: that of a request may after its reply came."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._ended) >= count, WAIT_S)

    @property
    def finished(self) -> list[ReadableSpan]:
        """Return the spans in the order they began."""
        return sorted(self._ended, key=lambda span: span.start_time or 0)

    def named(self, name: str) -> ReadableSpan:
        """Return the one span of a name."""
        (found,) = [span for span in self.finished if span.name == name]
        return found

    @property
    def tree(self) -> list[Any]:
        """Return names: of a span without children, or a pair of it and those of its children."""
        own = {identity(span) for span in self.finished}
        below: dict[int, list[ReadableSpan]] = defaultdict(list)
        for span in self.finished:
            is_below = span.parent is not None and span.parent.span_id in own
            below[span.parent.span_id if is_below and span.parent else 0].append(span)

        def names(parent: int) -> list[Any]:
            return [
                (span.name, names(identity(span))) if below[identity(span)] else span.name
                for span in below[parent]
            ]

        return names(0)


def context_of(span: ReadableSpan) -> SpanContext:
    """Return what other spans know of a span."""
    context: SpanContext | None = span.context
    assert context is not None
    return context


def identity(span: ReadableSpan) -> int:
    """Return what the children of a span name as their parent."""
    return context_of(span).span_id


def attributes(span: ReadableSpan) -> dict[str, Any]:
    """Return the attributes of a span."""
    return dict(span.attributes or {})


def parent_id(span: ReadableSpan) -> int:
    """Return the identity of a span's parent."""
    assert span.parent is not None
    return span.parent.span_id


def traceparent(number: int) -> str:
    """Return the header of a sampled caller: trace and span have the same number."""
    return f"00-{number:032x}-{number:016x}-01"
