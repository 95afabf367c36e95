from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from charter.tracing.tracer import MISSING, Untraced, tracer_for

# As if nobody had installed it.
WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
"""


def run(program: str, *arguments: str, **variables: str) -> tuple[int, str]:
    """Return exit status and standard error of a program."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr


def test_what_is_not_traced_stays_as_it_is() -> None:
    tracer = tracer_for("unit", is_wanted=False)
    things: list[Any] = [object() for _ in range(4)]

    assert isinstance(tracer, Untraced)
    assert tracer.carry is None
    assert [
        tracer.http(things[0], lambda scope: ""),
        tracer.rpc("service", "method", things[1]),
        tracer.step("step", things[2]),
        tracer.component(things[3]),
    ] == things


def test_what_is_not_traced_imports_no_opentelemetry() -> None:
    program = (
        "import sys, charter, charter.transport.rpc\n"
        "charter.asgi_app(type('Model', (), {'predict': lambda self, X: X}))\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]\n"
    )

    assert run(program) == (0, "")


def test_rest_alone_is_traced_without_grpc() -> None:
    program = (
        "import sys, charter\n"
        "charter.asgi_app(type('Model', (), {'predict': lambda self, X: X}), tracing=True)\n"
        "assert 'opentelemetry' in sys.modules\n"
        "assert 'grpc' not in sys.modules\n"
    )

    assert run(program) == (0, "")


@pytest.mark.parametrize(
    ("command", "arguments", "variables"),
    [
        ("serve", ["serve", "Model", "--tracing"], {}),
        ("serve", ["serve", "Model"], {"TRACING": "1"}),
        ("microservice", ["Model", "--tracing"], {}),
        ("microservice", ["Model"], {"TRACING": "1"}),
    ],
)
def test_without_opentelemetry_the_start_is_refused_in_one_sentence(
    command: str, arguments: list[str], variables: dict[str, str], tmp_path: Any
) -> None:
    (tmp_path / "Model.py").write_text(
        "class Model:\n    def predict(self, X):\n        return X\n"
    )
    main = {
        "serve": "from charter.cli import main",
        "microservice": "from charter.cli.microservice import seldon_core_microservice as main",
    }[command]

    status, errors = run(
        f"{WITHOUT}\nimport os; os.chdir({str(tmp_path)!r})\n{main}\nmain()\n",
        *arguments,
        **variables,
    )

    assert (status, errors) == (1, f"Error: {MISSING}\n")


def test_a_propagator_that_is_not_there_refuses_the_start() -> None:
    program = (
        "from charter.errors import StartError\n"
        "from charter.tracing.tracer import tracer_for\n"
        "try:\n"
        "    tracer_for('', is_wanted=True)\n"
        "except StartError as error:\n"
        "    raise SystemExit(error.message)\n"
    )

    status, errors = run(program, OTEL_PROPAGATORS="pigeon")

    assert status == 1
    assert errors.startswith("tracing: OTEL_PROPAGATORS: Propagator pigeon not found")
