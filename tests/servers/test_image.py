"""What an image runs, without one: its commands in a model's folder, by the variables it has."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from serving import served

ROOT = Path(__file__).parents[2]
HELLO = ROOT / "examples" / "hello"
START = ("charter", "image", "start")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def _image(*arguments: str, folder: Path = HELLO) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "charter", "image", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    found = _free_port()
    monkeypatch.setenv("CHARTER_HOST", "127.0.0.1")
    monkeypatch.setenv("MODEL_NAME", "Hello")
    monkeypatch.setenv("PREDICTIVE_UNIT_SERVICE_PORT", str(found))
    monkeypatch.setenv("PREDICTIVE_UNIT_GRPC_SERVICE_PORT", "0")
    monkeypatch.setenv("PREDICTIVE_UNIT_METRICS_SERVICE_PORT", "0")
    return found


def test_an_image_serves_on_the_port_of_its_variables_and_is_healthy(port: int) -> None:
    with served(folder=HELLO, program=START) as process:
        process.read_until("ready")
        answer = httpx.post(
            f"http://127.0.0.1:{port}/predict", json={"data": {"ndarray": [[1, 2, 3, 4]]}}
        )
        health = _image("health")
        process.signal(signal.SIGTERM)
        status, _ = process.end()

    assert answer.json()["data"]["ndarray"] == [[2, 4, 6, 8]]
    assert (health.returncode, health.stdout) == (0, '---> {"ready":true,"state":"ready"}\n')
    assert status == 0


def test_where_nobody_serves_nothing_is_healthy(port: int) -> None:
    health = _image("health")

    assert health.returncode == 1
    assert health.stderr.startswith(f"Error: port {port}: no answer: ")


def test_words_after_the_name_of_the_image_are_settings(port: int) -> None:
    other = _free_port()
    arguments = ("--http-port", str(other), "--no-grpc")
    with served(*arguments, folder=HELLO, program=START) as process:
        process.read_until("ready")

    assert process.url == f"http://127.0.0.1:{other}"
    assert not any(line.startswith("gRPC") for line in process.lines)


def test_an_image_tests_its_model() -> None:
    tested = _image("test", "-n", "3", "--seed", "1")

    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "batch" in tested.stdout


def test_a_before_run_that_fails_ends_the_start_with_a_sentence(tmp_path: Path, port: int) -> None:
    (tmp_path / "Hello.py").write_text("class Hello:\n    def predict(self, X): return X\n")
    script = tmp_path / "before-run"
    script.write_text("#!/bin/sh\nexit 7\n")
    script.chmod(0o755)

    started = _image("start", folder=tmp_path)

    assert started.returncode == 1
    assert started.stderr == (f"Error: {script} ended with status 7, so the model is not served\n")
