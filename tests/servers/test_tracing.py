"""`charter serve --tracing` as a process, and what a collector gets from it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import charter
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span
from serving import FREE, Served, served

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"


class Collector:
    """Take what is exported by OTLP over HTTP."""

    def __init__(self) -> None:
        self.received: list[ResourceSpans] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def spans(self) -> dict[str, Span]:
        """Return the spans by name; those of one request have different ones."""
        return {
            span.name: span
            for resource in self.received
            for scope in resource.scope_spans
            for span in scope.spans
        }

    @property
    def services(self) -> set[str]:
        return {
            attribute.value.string_value
            for resource in self.received
            for attribute in resource.resource.attributes
            if attribute.key == "service.name"
        }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                assert self.path == "/v1/traces"
                received.extend(ExportTraceServiceRequest.FromString(body).resource_spans)
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
                """Keep the test's output clean."""

        return Handler


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """Return where the spans of processes go."""
    found = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", found.url)
    try:
        yield found
    finally:
        found.close()


@contextlib.contextmanager
def ended(*arguments: str) -> Iterator[Served]:
    """Serve a model of the zoo while the block runs; it must end well."""
    with served("echoes:Model", *FREE, *arguments) as process:
        process.read_until("ready")
        yield process
        process.signal(signal.SIGTERM)
        status, errors = process.end()
        assert status == 0, errors


def rest(process: Served) -> str:
    return process.url


def rpc(process: Served) -> str:
    return f"grpc://{process.grpc_address}"


def ask(url: str) -> None:
    headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
    with charter.Client(url, headers=headers) as client:
        assert client.predict("s", meta={"puid": "x1"}).value == "s"


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    ("url", "request_"), [(rest, "POST /predict"), (rpc, "seldon.protos.Model/Predict")]
)
def test_the_trace_of_a_caller_arrives_at_the_collector(
    url: Callable[[Served], str],
    request_: str,
    workers: str,
    collector: Collector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Nothing is sent before the end: what is left then must arrive too.
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000")

    with ended("--tracing", "--workers", workers) as process:
        ask(url(process))

    spans = collector.spans
    assert spans.keys() == {request_, "decode", "predict", "encode"}
    assert {span.trace_id.hex() for span in spans.values()} == {TRACE}
    assert spans[request_].parent_span_id.hex() == CALLER
    steps = [span for name, span in spans.items() if name != request_]
    assert {span.parent_span_id for span in steps} == {spans[request_].span_id}
    assert collector.services == {"Model"}


def test_variables_switch_tracing_on_and_name_the_service(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACING", "1")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "chosen")

    with ended() as process:
        ask(process.url)

    assert "POST /predict" in collector.spans
    assert collector.services == {"chosen"}


def test_without_it_nothing_is_sent(collector: Collector) -> None:
    with ended() as process:
        ask(process.url)

    assert collector.received == []


def test_a_collector_that_is_not_there_disturbs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Collector()
    gone.close()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", gone.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "1")

    with ended("--tracing") as process:
        for url in [process.url, rpc(process)] * 5:
            ask(url)
