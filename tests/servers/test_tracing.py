"""`charter serve --tracing` as a process, and what a collector gets from it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import charter
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

ZOO = Path(__file__).parents[1] / "zoo"
FREE = ("--host", "127.0.0.1", "--http-port", "0", "--grpc-port", "0", "--no-metrics")
WAIT_S = 30.0
"""Beyond it a process is killed and its test fails; none waits so long when it passes."""
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
def collector() -> Iterator[Collector]:
    found = Collector()
    try:
        yield found
    finally:
        found.close()


@contextlib.contextmanager
def traced(endpoint: str, *arguments: str, **variables: str) -> Iterator[tuple[str, str]]:
    """Serve a model of the zoo while the block runs; yield its URLs; it must end with status 0."""
    command = [sys.executable, "-m", "charter", "serve", "echoes:Model", *FREE, *arguments]
    environment = {**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **variables}
    process = subprocess.Popen(command, cwd=ZOO, env=environment, stdout=subprocess.PIPE, text=True)
    watchdog = threading.Timer(WAIT_S, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        found = dict(_words(process.stdout))
        yield found["REST"], f"grpc://{found['gRPC']}"
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        assert process.wait() == 0
        assert watchdog.is_alive(), "had to be killed"
    finally:
        process.kill()
        process.wait()
        watchdog.cancel()
        assert process.stdout is not None
        process.stdout.close()


def _words(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield what each line says after its first word, up to the line that says `ready`."""
    for line in lines:
        word, _, rest = line.partition(" ")
        yield word, rest.strip()
        if word == "ready":
            return
    raise AssertionError("it ended before it was ready")


def ask(url: str) -> None:
    headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
    with charter.Client(url, headers=headers) as client:
        assert client.predict("s", meta={"puid": "x1"}).value == "s"


@pytest.mark.parametrize(
    ("number", "request_"), [(0, "POST /predict"), (1, "seldon.protos.Model/Predict")]
)
def test_the_trace_of_a_caller_arrives_at_the_collector(
    number: int, request_: str, collector: Collector
) -> None:
    # Nothing is sent before the end: what is left then must arrive too.
    with traced(collector.url, "--tracing", OTEL_BSP_SCHEDULE_DELAY="3600000") as urls:
        ask(urls[number])

    spans = collector.spans
    assert spans.keys() == {request_, "decode", "predict", "encode"}
    assert {span.trace_id.hex() for span in spans.values()} == {TRACE}
    assert spans[request_].parent_span_id.hex() == CALLER
    steps = [span for name, span in spans.items() if name != request_]
    assert {span.parent_span_id for span in steps} == {spans[request_].span_id}
    assert collector.services == {"Model"}


def test_a_variable_switches_tracing_on(collector: Collector) -> None:
    with traced(collector.url, TRACING="1", OTEL_SERVICE_NAME="chosen") as (url, _):
        ask(url)

    assert "POST /predict" in collector.spans
    assert collector.services == {"chosen"}


def test_without_it_nothing_is_sent(collector: Collector) -> None:
    with traced(collector.url) as (url, _):
        ask(url)

    assert collector.received == []


def test_a_collector_that_is_not_there_disturbs_nobody() -> None:
    gone = Collector()
    gone.close()

    with traced(
        gone.url, "--tracing", OTEL_EXPORTER_OTLP_TIMEOUT="1", OTEL_BSP_SCHEDULE_DELAY="1"
    ) as urls:
        for url in urls * 5:
            ask(url)
