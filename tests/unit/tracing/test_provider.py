"""Each process can have one provider, so what sets it up is asked in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from charter.errors import StartError
from charter.tracing.provider import exporters, resource
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import ConsoleSpanExporter

ASK = """
import asyncio, json, sys
from charter import assembly
from opentelemetry import trace

create, settings = assembly.prepare(sys.argv[1], {"tracing": True})
served = assembly.make(create, settings)
try:
    asyncio.run(served.load())
except Exception as error:
    raise SystemExit(f"{type(error).__name__}: {error}")
provider = trace.get_tracer_provider()
processors = provider._active_span_processor._span_processors
print(json.dumps({
    "name": provider.resource.attributes["service.name"],
    "place": provider.resource.attributes.get("place"),
    "sampler": provider.sampler.get_description(),
    "exporters": [type(each.span_exporter).__name__ for each in processors],
}))
served.close()
print("closed")
"""
MODEL = "class Model:\n    def predict(self, X):\n        return X\n"
# A model that sends its own spans, as one could before Charter did.
OWN = """
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

trace.set_tracer_provider(TracerProvider(resource=Resource({"service.name": "own"})))
"""


def run(program: str, *arguments: str, **variables: str) -> tuple[str, str]:
    """Return what a program prints, and what it ends with."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**clean, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout, done.stderr.strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Model.py").write_text(MODEL)
    return tmp_path


def provider(folder: Path, **variables: str) -> Any:
    """Return what the provider of a process is that serves the model of a folder."""
    return shown(*run(ASK, str(folder / "Model.py"), **variables))


def shown(out: str, errors: str) -> Any:
    """Return what a process shows that says nothing else."""
    assert errors == ""
    assert out.endswith("\nclosed\n")
    return json.loads(out.removesuffix("closed\n"))


def test_spans_go_by_otlp_over_http_under_the_name_of_the_model(folder: Path) -> None:
    found = provider(folder)

    assert found["name"] == "Model"
    assert found["exporters"] == ["OTLPSpanExporter"]


def test_a_node_of_a_graph_sends_under_its_own_name(folder: Path) -> None:
    assert provider(folder, PREDICTIVE_UNIT_ID="node")["name"] == "node"


@pytest.mark.parametrize(
    ("variable", "value"),
    [("OTEL_SERVICE_NAME", "chosen"), ("OTEL_RESOURCE_ATTRIBUTES", "service.name=chosen")],
)
def test_a_name_that_a_variable_has_comes_first(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)

    assert resource("Model").attributes["service.name"] == "chosen"


def test_the_sdk_reads_its_own_variables(folder: Path) -> None:
    found = provider(
        folder, OTEL_TRACES_SAMPLER="always_off", OTEL_RESOURCE_ATTRIBUTES="place=here"
    )

    assert (found["name"], found["sampler"], found["place"]) == (
        "Model",
        "AlwaysOffSampler",
        "here",
    )


def test_variables_of_the_models_folder_count(folder: Path) -> None:
    (folder / ".s2i").mkdir()
    (folder / ".s2i" / "environment").write_text("MODEL_NAME=Model\nOTEL_SERVICE_NAME=folder\n")

    assert shown(*run(ASK, str(folder)))["name"] == "folder"


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        ("otlp", [OTLPSpanExporter]),
        ("otlp_proto_http", [OTLPSpanExporter]),
        ("console", [ConsoleSpanExporter]),
        ("otlp, console", [OTLPSpanExporter, ConsoleSpanExporter]),
        ("none", []),
    ],
)
def test_a_variable_chooses_the_exporters(
    names: str, kinds: list[type], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", names)

    assert [type(exporter) for exporter in exporters()] == kinds


@pytest.mark.parametrize(
    "variable", ["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"]
)
def test_otlp_over_grpc_is_taken_where_it_is_installed(
    variable: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = folder / "elsewhere-1.dist-info"
    installed.mkdir()
    (installed / "entry_points.txt").write_text(
        "[opentelemetry_traces_exporter]\n"
        "otlp_proto_grpc = opentelemetry.sdk.trace.export:ConsoleSpanExporter\n"
    )
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv(variable, "grpc")

    assert [type(exporter) for exporter in exporters()] == [ConsoleSpanExporter]


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("OTEL_TRACES_EXPORTER", "pigeon", "no exporter 'pigeon' is installed"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "h2", "expected http/protobuf or grpc, got 'h2'"),
    ],
)
def test_a_variable_that_is_wrong_is_refused(
    variable: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(StartError, match=f"^{variable}: {message}$"):
        exporters()


def test_what_the_sdk_refuses_refuses_the_start(folder: Path) -> None:
    out, errors = run(ASK, str(folder / "Model.py"), OTEL_BSP_MAX_QUEUE_SIZE="-1")

    assert (out, errors) == (
        "",
        "StartError: tracing: max_queue_size must be a positive integer.",
    )


def test_a_provider_that_the_models_code_sets_up_is_kept(folder: Path) -> None:
    (folder / "Model.py").write_text(OWN + MODEL)

    found = provider(folder)

    assert (found["name"], found["exporters"]) == ("own", [])


def test_the_models_code_has_its_spans_sent_too(folder: Path) -> None:
    (folder / "Model.py").write_text(
        "from opentelemetry import trace\n"
        "tracer = trace.get_tracer('model')\n"
        f"{MODEL}"
        "    def load(self):\n"
        "        tracer.start_span('load').end()\n"
    )

    out, errors = run(ASK, str(folder / "Model.py"), OTEL_TRACES_EXPORTER="console")

    assert errors == ""
    # The service has sent them when it is closed; it need not wait for the process's end.
    assert '"name": "load"' in out.partition("closed\n")[0]


FLUSHES = """
import threading
from charter.tracing.provider import Flush
from opentelemetry import trace

class Waits:
    flushes = 0
    def force_flush(self):
        self.flushes += 1
        threading.Event().wait()

trace.set_tracer_provider(Waits())
flush = Flush(wait_s=0.01)
flush()
flush()
print(trace.get_tracer_provider().flushes)
"""


def test_a_collector_that_does_not_answer_delays_the_end_once_and_not_for_long() -> None:
    out, errors = run(FLUSHES)

    assert out == "1\n"
    assert errors == "spans could not be sent within 0.01 s; the last ones are lost"


def test_a_provider_that_keeps_nothing_back_need_not_be_flushed() -> None:
    program = "from charter.tracing.provider import Flush; Flush()(); print('done')"

    assert run(program) == ("done\n", "")
