"""Where spans go, as the variables of OpenTelemetry say; most of them its SDK reads by itself.

Reference: OpenTelemetry Specification, “Environment Variable Specification”.
"""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from charter.errors import StartError, shown
from charter.settings import variable
from charter.tracing.tracer import MISSING

logger = logging.getLogger(__name__)

# Less than the 5 s that a worker has beyond its drain.
FLUSH_S = 3.0
_EXPORTERS = "opentelemetry_traces_exporter"
_OTLP_OVER_HTTP = "otlp_proto_http"
_OTLP = {"http/protobuf": _OTLP_OVER_HTTP, "grpc": "otlp_proto_grpc"}
# “If service.name is not available […] the SDK MUST use” this, with the executable's name or not.
_NAMELESS = "unknown_service"


class Flush:
    """Send what is left, in a thread of its own: the SDK waits for a dead collector at length.

    Args:
        wait_s: how long to wait for it, in seconds.
    """

    def __init__(self, wait_s: float = FLUSH_S) -> None:
        self._wait_s = wait_s
        self._thread: threading.Thread | None = None

    def __call__(self) -> None:
        """Wait until all is sent, or as long as is allowed; after the latter not once more."""
        flush: Callable[[], Any] | None = getattr(trace.get_tracer_provider(), "force_flush", None)
        if flush is None or (self._thread and self._thread.is_alive()):
            return
        self._thread = threading.Thread(target=flush, name="charter-spans", daemon=True)
        self._thread.start()
        self._thread.join(self._wait_s)
        if self._thread.is_alive():
            logger.warning(
                "spans could not be sent within %s s; the last ones are lost", self._wait_s
            )


def start(name: str, flush: Flush) -> None:
    """Set up the process's provider, unless whoever runs it, or the model's own code, did so.

    Args:
        name: of the service, where neither OTEL_SERVICE_NAME nor OTEL_RESOURCE_ATTRIBUTES has one.
        flush: called when the process ends.

    Raises:
        StartError: a variable is wrong, or names what is not installed.
    """
    if not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return
    try:
        # The SDK's own end waits for half a minute.
        provider = TracerProvider(resource=resource(name), shutdown_on_exit=False)
        for exporter in exporters():
            provider.add_span_processor(BatchSpanProcessor(exporter))
    except ValueError as error:
        raise StartError(f"tracing: {error}") from error
    trace.set_tracer_provider(provider)
    atexit.register(flush)


def resource(name: str) -> Resource:
    """Return who sends the spans: what the variables say, with a name where they have none."""
    found = Resource.create()
    if not str(found.attributes.get(SERVICE_NAME, _NAMELESS)).startswith(_NAMELESS):
        return found
    return found.merge(Resource({SERVICE_NAME: name}))


def exporters() -> list[SpanExporter]:
    """Return what sends the spans; nothing does where OTEL_TRACES_EXPORTER is `none`.

    Raises:
        StartError: it is not installed, or a protocol that OTLP does not have.
    """
    names = variable("OTEL_TRACES_EXPORTER", str) or "otlp"
    return [_exporter(name.strip()) for name in names.split(",") if name.strip() != "none"]


def _exporter(name: str) -> SpanExporter:
    known = _otlp() if name == "otlp" else name
    for found in entry_points(group=_EXPORTERS, name=known):
        exporter: SpanExporter = found.load()()
        return exporter
    if known == _OTLP_OVER_HTTP:
        raise StartError(MISSING)
    raise StartError(f"OTEL_TRACES_EXPORTER: no exporter {shown(known)} is installed")


def _otlp() -> str:
    """Return the exporter for the protocol that is asked for."""
    kind = variable("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", str)
    protocol = kind or variable("OTEL_EXPORTER_OTLP_PROTOCOL", str) or "http/protobuf"
    if protocol not in _OTLP:
        known = " or ".join(_OTLP)
        raise StartError(f"OTEL_EXPORTER_OTLP_PROTOCOL: expected {known}, got {shown(protocol)}")
    return _OTLP[protocol]
