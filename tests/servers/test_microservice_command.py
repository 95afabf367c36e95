"""`seldon-core-microservice` as a process: a class as people write it, over REST and gRPC."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

import grpc
import httpx
import pytest
from charter import testing
from charter.codecs import seldon_proto
from charter.message import Form, Message

COMMAND = (sys.executable, "-m", "charter.cli.microservice")
FREE = ("--http-port", "0", "--grpc-port", "0", "--metrics-port", "0")
VARIABLE_PREFIXES = ("PREDICTIVE_UNIT_", "SELDON_", "GUNICORN_", "GRPC_", "CHARTER_", "FLASK_")
WAIT_S = 30.0
"""Beyond it a process is killed and its test fails; none waits so long when it passes."""
MODEL = """
class Scorer:
    def __init__(self, factor=1.0, label="none", strict=False):
        self.factor, self.label, self.strict = factor, label, strict

    def predict(self, X, names, meta=None):
        return f"{X} {self.factor!r} {self.label!r} {self.strict!r}"
"""
Multi: TypeAlias = "grpc.UnaryUnaryMultiCallable[bytes, bytes]"


class Echo:
    def predict(self, X: Any) -> Any:
        return X


class Process:
    """A process of the command, which tells on stdout where it listens."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(VARIABLE_PREFIXES)}
        self._process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            env={**clean, "CHARTER_HOST": "127.0.0.1", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._watchdog = threading.Timer(WAIT_S, self._process.kill)
        self._watchdog.start()
        self._reading = ThreadPoolExecutor(1)
        assert self._process.stderr is not None
        self._errors = self._reading.submit(self._process.stderr.read)
        self._printed: list[str] = []

    def wait_until_ready(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._printed.append(line)
            if line.startswith("ready"):
                return
        raise AssertionError(f"it was never ready: {self._printed}\n{self._errors.result()}")

    def place(self, name: str) -> str | None:
        """Return where REST, gRPC or metrics are served."""
        found = re.search(rf"^{name} +(\S+)", "".join(self._printed), re.MULTILINE)
        return found and found[1]

    def terminate(self) -> tuple[int, str]:
        """Return the exit status and all of stderr, after SIGTERM."""
        self._process.send_signal(signal.SIGTERM)
        return self.end()

    def end(self) -> tuple[int, str]:
        status = self._process.wait()
        assert self._watchdog.is_alive(), f"had to be killed: {self._errors.result()}"
        return status, self._errors.result()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._watchdog.cancel()
        self._reading.shutdown()
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the class Scorer, as a module, in a package, and as a package."""
    (tmp_path / "Scorer.py").write_text(MODEL, "utf-8")
    (tmp_path / "models" / "fast").mkdir(parents=True)
    (tmp_path / "models" / "fast" / "scoring.py").write_text(MODEL, "utf-8")
    (tmp_path / "Packaged").mkdir()
    (tmp_path / "Packaged" / "__init__.py").write_text(MODEL.replace("Scorer", "Packaged"))
    return tmp_path


@contextlib.contextmanager
def started(folder: Path, *arguments: str, **variables: str) -> Iterator[Process]:
    process = Process(folder, *arguments, **variables)
    try:
        yield process
    finally:
        process.close()


@contextlib.contextmanager
def served(folder: Path, *arguments: str, **variables: str) -> Iterator[Process]:
    with started(folder, *arguments, **variables) as process:
        process.wait_until_ready()
        yield process


def refused(folder: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Return status and stderr of a command that does not start."""
    with started(folder, *arguments, **variables) as process:
        return process.end()


def ask(process: Process, **headers: str) -> httpx.Response:
    return httpx.post(
        f"{process.place('REST')}/predict",
        json={"strData": "x"},
        headers=headers,
        trust_env=False,
        timeout=WAIT_S,
    )


def ask_over_grpc(process: Process, size: int = 1) -> str:
    with grpc.insecure_channel(str(process.place("gRPC"))) as channel:
        multi: Multi = channel.unary_unary("/seldon.protos.Model/Predict")
        body = multi(seldon_proto.encode(Message(Form.TEXT, "x" * size)), timeout=WAIT_S)
    value: str = seldon_proto.decode(body).value
    return value


def port(process: Process, name: str) -> int:
    return int(str(process.place(name)).rpartition(":")[2])


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        number: int = probe.getsockname()[1]
        return number


def test_a_class_is_served_over_rest_and_grpc_and_sigterm_ends_with_0(folder: Path) -> None:
    chosen = ("--service-type", "MODEL", "--persistence", "0")
    with served(folder, "Scorer", *FREE, *chosen) as process:
        over_rest, over_grpc = ask(process), ask_over_grpc(process)
        metrics = httpx.get(str(process.place("metrics")), trust_env=False)
        status, errors = process.terminate()

    assert over_rest.json()["strData"] == "x 1.0 'none' False"
    assert over_grpc == "x 1.0 'none' False"
    assert metrics.status_code == 200
    assert (status, errors) == (0, "")


@pytest.mark.parametrize("name", ["models.fast.scoring.Scorer", "Packaged", "Scorer:Scorer"])
def test_a_class_is_named_with_its_module(name: str, folder: Path) -> None:
    with served(folder, name, *FREE) as process:
        answer = ask(process)

    assert answer.json()["strData"] == "x 1.0 'none' False"


def test_any_page_may_read_the_replies(folder: Path) -> None:
    with served(folder, "Scorer", *FREE) as process:
        answer = ask(process, origin="http://page.example")

    assert answer.headers["access-control-allow-origin"] == "*"


def test_no_page_may_read_the_replies_of_charter_serve() -> None:
    with testing.serve(Echo) as endpoints:
        answer = httpx.get(f"{endpoints.url}/health/ping", trust_env=False)

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


def test_parameters_have_their_types(folder: Path) -> None:
    entries = [
        {"name": "factor", "value": "2", "type": "DOUBLE"},
        {"name": "label", "value": "7", "type": "STRING"},
        {"name": "strict", "value": "yes", "type": "BOOL"},
    ]

    with served(folder, "Scorer", *FREE, PREDICTIVE_UNIT_PARAMETERS=json.dumps(entries)) as process:
        answer = ask(process)

    assert answer.json()["strData"] == "x 2.0 '7' True"


def test_the_ports_are_read_from_the_variables(folder: Path) -> None:
    rest, rpc, metrics = free_port(), free_port(), free_port()
    with served(
        folder,
        "Scorer",
        PREDICTIVE_UNIT_HTTP_SERVICE_PORT=str(rest),
        PREDICTIVE_UNIT_GRPC_SERVICE_PORT=str(rpc),
        PREDICTIVE_UNIT_METRICS_SERVICE_PORT=str(metrics),
        PREDICTIVE_UNIT_SERVICE_PORT="1",
        PREDICTIVE_UNIT_METRICS_ENDPOINT="/prometheus",
    ) as process:
        answer = ask(process)
        ports = port(process, "REST"), port(process, "gRPC")
        page = httpx.get(f"http://127.0.0.1:{metrics}/prometheus", trust_env=False)

    assert ports == (rest, rpc)
    assert (answer.status_code, page.status_code) == (200, 200)


def test_the_old_form_for_rest_serves_no_grpc_and_says_that_it_is_old(folder: Path) -> None:
    number = free_port()
    with served(
        folder,
        *("Scorer", "REST", "--metrics-port", "0"),
        PREDICTIVE_UNIT_SERVICE_PORT=str(number),
    ) as process:
        answer, place = ask(process), process.place("gRPC")
        rest = port(process, "REST")
        status, errors = process.terminate()

    assert answer.status_code == 200
    assert (rest, place) == (number, None)
    assert status == 0
    assert "REST is deprecated" in errors


def test_the_old_form_for_grpc_serves_no_rest(folder: Path) -> None:
    number = free_port()
    with served(folder, "Scorer", "GRPC", "--metrics-port", "0", "--port", str(number)) as process:
        answer, place = ask_over_grpc(process), process.place("REST")
        rpc = port(process, "gRPC")
        status, errors = process.terminate()

    assert answer == "x 1.0 'none' False"
    assert (rpc, place) == (number, None)
    assert status == 0
    assert "GRPC is deprecated" in errors
    assert "--port is deprecated" in errors


def test_no_grpc_workers_are_no_grpc(folder: Path) -> None:
    with served(folder, "Scorer", *FREE, "--grpc-workers", "0") as process:
        answer, place = ask(process), process.place("gRPC")

    assert (answer.status_code, place) == (200, None)


def test_persistence_is_a_warning(folder: Path) -> None:
    with served(folder, "Scorer", *FREE, "--persistence") as process:
        status, errors = process.terminate()

    assert status == 0
    assert "--persistence is ignored" in errors


def test_the_variable_of_the_log_level_comes_before_the_flag(folder: Path) -> None:
    chosen = (*FREE, "--persistence", "--log-level", "DEBUG")
    with served(folder, "Scorer", *chosen, SELDON_LOG_LEVEL="ERROR") as process:
        status, errors = process.terminate()

    assert (status, errors) == (0, "")


def test_an_unknown_argument_is_logged_and_the_status_is_255(folder: Path) -> None:
    status, errors = refused(folder, "Scorer", *FREE, "--no-such", "thing")

    assert status == 255
    assert "Unknown args ['--no-such', 'thing']" in errors


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["Absent"], "Error: no module 'Absent' in "),
        (["Scorer", "FBS"], "Error: FBS: FlatBuffers are not served"),
        (["Scorer.Absent"], "Error: module 'Scorer' has no 'Absent': it has the classes Scorer; "),
        (
            ["Scorer", "--parameters", '[{"name": "factor", "value": "x", "type": "FLOAT"}]'],
            "Error: parameters[0].value: expected a value of type float, got 'x'",
        ),
        (
            ["Scorer", "--parameters", '[{"name": "rate", "value": "1", "type": "INT"}]'],
            "Error: Scorer(factor=1.0, label='none', strict=False): got an unexpected keyword",
        ),
    ],
)
def test_what_cannot_be_started_is_one_sentence(
    arguments: list[str], says: str, folder: Path
) -> None:
    status, errors = refused(folder, *arguments, *FREE)

    assert status == 1
    assert errors.startswith(says)
    assert len(errors.splitlines()) == 1


def test_an_error_of_the_users_is_shown_with_the_users_frames(folder: Path) -> None:
    (folder / "Broken.py").write_text("class Broken:\n    def load(self):\n        1 / 0\n")

    status, errors = refused(folder, "Broken", *FREE)

    assert status == 1
    assert "ZeroDivisionError: division by zero" in errors
    assert "wrapper/charter" not in errors
    assert errors.splitlines()[-1] == "Error: Broken:Broken could not be loaded"
