"""`python -m charter serve` as a process: what it prints, how it starts, how it ends."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from serving import FREE, HAS_PROC, ZOO, Served, parameters, served, start


def test_the_ports_are_printed_and_answer_and_sigterm_ends_with_0() -> None:
    with served("echoes:Model", *FREE) as process:
        process.read_until("ready")

        over_rest = process.predict("s").json()
        over_grpc = process.predict_over_grpc("s")
        metrics = process.metrics
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert over_rest == {"strData": "s", "meta": {}}
    assert over_grpc == "s"
    assert 'charter_requests_total{code="200",method="predict",transport="rest"} 1.0' in metrics
    assert (status, errors) == (0, "")
    assert [line.split()[0] for line in process.lines] == [
        "charter",
        "REST",
        "gRPC",
        "metrics",
        "ready",
    ]


def test_control_c_ends_with_0() -> None:
    with served("echoes:Model", *FREE) as process:
        process.read_until("ready")

        process.signal(signal.SIGINT)
        status, errors = process.end()

    assert (status, errors) == (0, "")


def test_what_is_switched_off_is_neither_opened_nor_printed() -> None:
    with served("echoes:Model", *FREE, "--no-grpc", "--no-metrics") as process:
        process.read_until("ready")

        answer = process.predict("s")
        process.signal(signal.SIGTERM)
        status, _ = process.end()

    assert answer.status_code == 200
    assert status == 0
    assert [line.split()[0] for line in process.lines] == ["charter", "REST", "ready"]


@pytest.mark.parametrize("model", ["echoes:Model", "echoes.Model", "."])
def test_a_model_is_named_in_each_way(model: str, tmp_path: Path) -> None:
    (tmp_path / ".s2i").mkdir()
    (tmp_path / ".s2i" / "environment").write_text("MODEL_NAME=echoes:Model\n")
    (tmp_path / "echoes.py").write_text((ZOO / "echoes.py").read_text())

    with served(model, *FREE, folder=tmp_path) as process:
        process.read_until("ready")

        answer = process.predict("s")

    assert answer.status_code == 200


@pytest.mark.parametrize("flag", ["--http-port", "--grpc-port", "--metrics-port"])
def test_a_taken_port_is_one_sentence_that_names_its_holder(flag: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
        index = FREE.index(flag) + 1

        status, errors, lines = start("echoes:Model", *FREE[:index], str(port), *FREE[index + 1 :])

    assert status == 1
    assert errors.startswith(f"Error: port {port} is taken by ")
    assert errors.endswith(f"; choose another with {flag}, or 0 for any free one\n")
    assert len(errors.splitlines()) == 1
    assert lines == []
    if HAS_PROC:
        assert f"(process {os.getpid()})" in errors


def test_two_services_do_not_share_a_grpc_port_in_silence() -> None:
    with served("echoes:Model", *FREE) as first:
        first.read_until("ready")
        port = first.grpc_address.rpartition(":")[2]

        status, errors, _ = start("echoes:Model", *FREE, "--grpc-port", port)

    assert status == 1
    assert f"port {port} is taken by " in errors


def test_one_port_for_two_is_refused() -> None:
    status, errors, _ = start("echoes:Model", "--http-port", "8000", "--grpc-port", "8000")

    assert status == 1
    assert errors == "Error: --grpc-port: 8000 is also --http-port; give each its own\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["absent:Model"], "Error: no module 'absent' in "),
        (["echoes"], "Error: module 'echoes' has no 'echoes': it has the classes Model; try ech"),
        (["no/such"], "Error: 'no/such' is no folder, no file, "),
        (["absent.py"], "Error: no file "),
        (["requires_a_parameter:Model"], "Error: Model(rate: float): missing a"),
        (["echoes:Model", "--parameters", "{bad"], "Error: parameters: not JSON: "),
        (["echoes:Model", "--threads", "-1"], "Error: --threads: expected 0 to 1024, got -1"),
    ],
)
def test_what_cannot_be_started_is_one_sentence(arguments: list[str], says: str) -> None:
    status, errors, _ = start(*arguments, *FREE)

    assert status == 1
    assert errors.startswith(says)
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "frames", "last"),
    [
        ("raises_in_import", ["<module>", "_read_weights"], "FileNotFoundError: no weights.bin"),
        ("raises_in_init", ["__init__", "read_weights"], "FileNotFoundError: no weights.bin"),
        ("raises_in_load", ["load", "read_weights"], "FileNotFoundError: no weights.bin"),
        (
            "misses_a_library",
            ["<module>"],
            "ModuleNotFoundError: No module named 'no_such_library'",
        ),
    ],
)
def test_an_error_of_the_users_is_shown_with_the_users_frames_and_no_others(
    name: str, frames: list[str], last: str
) -> None:
    status, errors, lines = start(f"{name}:Model", *FREE)

    file = ZOO / f"{name}.py"
    shown = re.findall(r'File "(.+)", line \d+, in (.+)', errors)
    assert status == 1
    assert shown == [(str(file), frame) for frame in frames]
    assert last in errors.splitlines()
    assert errors.splitlines()[-1] == f"Error: {name}:Model could not be loaded"
    assert not [line for line in lines if line.startswith("ready")]


def test_a_syntax_error_is_shown_with_file_line_and_text(tmp_path: Path) -> None:
    file = tmp_path / "Broken.py"
    file.write_text("class Broken:\n    def predict(self X):\n        return X\n")

    status, errors, _ = start("Broken", *FREE, folder=tmp_path)

    assert status == 1
    assert f'File "{file}", line 2' in errors
    assert "def predict(self X):" in errors
    assert "wrapper/charter" not in errors


def test_a_model_that_exits_while_it_is_loaded_ends_the_process_with_its_words() -> None:
    status, errors, _ = start("exits_in_load:Model", *FREE)

    assert status == 1
    assert "no licence" in errors
    assert "wrapper/charter" not in errors


def test_a_model_that_exits_in_a_call_does_not_end_the_process() -> None:
    with served("exits_in_predict:Model", *FREE) as process:
        process.read_until("ready")

        exiting = process.predict("exit")
        answer = process.predict("s")

    assert (exiting.status_code, exiting.json()["status"]["info"]) == (500, "SystemExit: enough")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("returns_complex", "complex"),
        ("returns_ragged", "the rows of the returned list differ"),
    ],
)
def test_a_reply_that_cannot_be_sent_is_500_and_a_line_in_the_log(name: str, says: str) -> None:
    with served(f"{name}:Model", *FREE) as process:
        process.read_until("ready")

        answer = process.predict("s")
        process.signal(signal.SIGTERM)
        _, errors = process.end()

    assert answer.status_code == 500
    assert says in answer.json()["status"]["info"]
    assert says in errors


def test_while_the_model_loads_the_process_is_live_and_says_that_it_is_loading(
    pipes: Path,
) -> None:
    with served("blocks_in_load:Model", *FREE, *parameters(folder=str(pipes))) as process:
        process.read_until("metrics")
        pipes.joinpath("entered").read_text()

        live, ready, answer = process.get("/live"), process.get("/ready"), process.predict("s")
        with pytest.raises(grpc.RpcError) as raised:
            process.predict_over_grpc("s")
        pipes.joinpath("leave").write_text("")
        process.read_until("ready")
        later = process.predict("s")

    assert live.status_code == 200
    told = ready.json()
    assert ready.status_code == 503
    assert told.pop("seconds") >= 0
    assert told == {"ready": False, "state": "loading"}
    assert answer.status_code == 503
    assert answer.json()["status"]["info"] == "the service is loading"
    assert isinstance(raised.value, grpc.Call)
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    assert later.status_code == 200


def test_a_signal_while_the_model_loads_ends_the_process_soon(pipes: Path) -> None:
    with served("blocks_in_load:Model", *FREE, *parameters(folder=str(pipes))) as process:
        process.read_until("metrics")
        pipes.joinpath("entered").read_text()

        process.signal(signal.SIGTERM)
        status, errors = process.end()

    # Nothing was in flight, so nothing was cut off.
    assert (status, errors) == (0, "")


@contextlib.contextmanager
def two_slow_calls(process: Served, pipes: Path) -> Iterator[tuple[Future[Any], Future[str]]]:
    """Ask over REST and gRPC at once; enter the block when the model is in both calls."""
    with ThreadPoolExecutor(2) as pool:
        over_rest = pool.submit(process.predict, "rest")
        over_grpc = pool.submit(process.predict_over_grpc, "grpc")
        pipes.joinpath("rest.entered").read_text()
        pipes.joinpath("grpc.entered").read_text()
        yield over_rest, over_grpc


def test_slow_calls_finish_after_sigterm_and_nothing_is_ready_meanwhile(pipes: Path) -> None:
    chosen = (*FREE, "--threads", "2", *parameters(folder=str(pipes)))
    with served("blocks_in_predict:Model", *chosen) as process:
        process.read_until("ready")
        with two_slow_calls(process, pipes) as (over_rest, over_grpc):
            process.signal(signal.SIGTERM)
            while process.is_ready:
                pass
            still_waiting = not over_rest.done() and not over_grpc.done()
            pipes.joinpath("rest.leave").write_text("one")
            pipes.joinpath("grpc.leave").write_text("two")
            answers = over_rest.result().json()["strData"], over_grpc.result()
        status, errors = process.end()

    assert still_waiting
    assert answers == ("one", "two")
    assert (status, errors) == (0, "")


def test_a_call_that_waits_for_its_turn_finishes_after_sigterm_too(pipes: Path) -> None:
    chosen = (*FREE, "--threads", "1", *parameters(folder=str(pipes)))
    with served("blocks_in_predict:Model", *chosen) as process:
        process.read_until("ready")
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(process.predict, "rest")
            pipes.joinpath("rest.entered").read_text()
            second = pool.submit(process.predict_over_grpc, "grpc")
            while "charter_requests_in_progress 2.0" not in process.metrics:
                pass
            process.signal(signal.SIGTERM)
            while process.is_ready:
                pass
            pipes.joinpath("rest.leave").write_text("one")
            pipes.joinpath("grpc.entered").read_text()
            pipes.joinpath("grpc.leave").write_text("two")
            answers = first.result().json()["strData"], second.result()
        status, _ = process.end()

    assert answers == ("one", "two")
    assert status == 0


@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_a_call_that_never_ends_is_cut_off_after_the_drain_with_status_1(
    pipes: Path, transport: str
) -> None:
    chosen = (*FREE, "--drain-timeout", "1", *parameters(folder=str(pipes)))
    with served("blocks_in_predict:Model", *chosen) as process:
        process.read_until("ready")
        with ThreadPoolExecutor(1) as pool:
            ask = process.predict if transport == "rest" else process.predict_over_grpc
            never = pool.submit(ask, "never")
            pipes.joinpath("never.entered").read_text()

            process.signal(signal.SIGTERM)
            status, errors = process.end()

            with contextlib.suppress(httpx.TransportError, grpc.RpcError):
                assert getattr(never.result(), "status_code", 200) >= 500

    assert status == 1
    assert "a call of the model outlived the drain of 1.0 s" in errors
    assert "Traceback" not in errors


def test_an_async_call_that_never_ends_is_cut_off_after_the_drain(pipes: Path) -> None:
    chosen = (*FREE, "--drain-timeout", "1", *parameters(folder=str(pipes)))
    with served("blocks_in_async_predict:Model", *chosen) as process:
        process.read_until("ready")
        with ThreadPoolExecutor(1) as pool:
            never = pool.submit(process.predict, "never")
            pipes.joinpath("never.entered").read_text()

            process.signal(signal.SIGTERM)
            status, errors = process.end()

            with contextlib.suppress(httpx.TransportError):
                assert never.result().status_code >= 500

    assert status == 1
    assert "Traceback" not in errors


def test_a_second_signal_ends_at_once(pipes: Path) -> None:
    chosen = (*FREE, "--drain-timeout", "3600", *parameters(folder=str(pipes)))
    with served("blocks_in_predict:Model", *chosen) as process:
        process.read_until("ready")
        with ThreadPoolExecutor(1) as pool:
            never = pool.submit(process.predict, "never")
            pipes.joinpath("never.entered").read_text()

            process.signal(signal.SIGTERM)
            while process.is_ready:  # the first signal has been seen
                pass
            process.signal(signal.SIGTERM)
            status, errors = process.end()

            with pytest.raises(httpx.TransportError):
                never.result()

    assert status == 1
    assert "Traceback" not in errors


def test_an_idle_connection_does_not_hold_up_the_end() -> None:
    with served("echoes:Model", *FREE) as process:
        process.read_until("ready")
        with httpx.Client(base_url=process.url, trust_env=False) as client:
            client.get("/ready")

            process.signal(signal.SIGTERM)
            status, errors = process.end()

    assert (status, errors) == (0, "")


def test_the_help_names_each_knob_with_its_variable() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "charter", "serve", "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "200"},
    )

    for word in ("--http-port", "PREDICTIVE_UNIT_HTTP_SERVICE_PORT", "--drain-timeout"):
        assert word in done.stdout
