"""Settings that show only in a process that serves: keep-alive, logs, pid file, metrics' path.

Each holds for the one process and for workers under a supervisor.
"""

from __future__ import annotations

import os
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from serving import FREE, WAIT_S, parameters, served, start, until

ONE, UNDER_SUPERVISOR = FREE, (*FREE, "--max-requests", "1000")
both = pytest.mark.parametrize("free", [ONE, UNDER_SUPERVISOR], ids=["alone", "supervised"])


@both
def test_an_idle_connection_is_closed_after_the_keepalive(free: tuple[str, ...]) -> None:
    request = b"GET /live HTTP/1.1\r\nHost: here\r\n\r\n"
    with served("echoes:Model", *free, "--keepalive", "1") as process:
        process.read_until("ready")
        port = int(process.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), WAIT_S) as sock:
            sock.sendall(request)
            received = b""
            while part := sock.recv(4096):
                received += part

    assert received.startswith(b"HTTP/1.1 200 ")


@both
def test_the_access_log_has_requests_and_no_scrapes(free: tuple[str, ...]) -> None:
    with served("echoes:Model", *free, "--access-log") as process:
        process.read_until("ready")
        process.predict("s")
        process.get("/nope?json=secret")
        assert process.metrics
        process.signal(signal.SIGTERM)
        _, errors = process.end()

    lines = [line for line in errors.splitlines() if '"' in line]
    assert len(lines) == 2
    assert re.search(r' INFO +\S+: 127\.0\.0\.1 "POST /predict" 200 \d+\.\d ms$', lines[0])
    assert '"GET /nope" 404 ' in lines[1]
    assert "secret" not in errors


def test_warnings_hide_the_access_log() -> None:
    with served("echoes:Model", *FREE, "--access-log", "--log-level", "WARNING") as process:
        process.read_until("ready")
        process.predict("s")
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert (status, errors) == (0, "")


@both
def test_the_pid_file_has_the_process_to_signal_and_goes_with_it(
    free: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "pid"
    with served("echoes:Model", *free, "--pidfile", str(file)) as process:
        process.read_until("ready")
        written = file.read_text()
        process.signal(signal.SIGTERM)
        status, _ = process.end()

    assert written == f"{process.pid}\n"
    assert not file.exists()
    assert status == 0


@both
def test_the_pid_file_goes_at_the_second_signal_too(free: tuple[str, ...], pipes: Path) -> None:
    file = pipes / "pid"
    chosen = (*free, "--pidfile", str(file), *parameters(folder=str(pipes)))
    with served("blocks_in_predict:Model", *chosen, "--drain-timeout", "3600") as process:
        process.read_until("ready")
        with ThreadPoolExecutor(1) as pool:
            never = pool.submit(process.predict, "never")
            pipes.joinpath("never.entered").read_text()
            process.signal(signal.SIGTERM)
            until(lambda: not process.is_ready)  # the first signal has been seen
            process.signal(signal.SIGTERM)
            status, _ = process.end()
            with pytest.raises(httpx.TransportError):
                never.result()

    assert status == 1
    assert not file.exists()


def test_a_pid_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "no" / "pid"

    status, errors, _ = start("echoes:Model", *FREE, "--pidfile", str(file))

    assert status == 1
    assert errors == f"Error: --pidfile: cannot write {file}: No such file or directory\n"


@both
def test_the_metrics_are_at_their_path_only(free: tuple[str, ...]) -> None:
    with served("echoes:Model", *free, "--metrics-path", "/prometheus") as process:
        process.read_until("ready")
        url = process.metrics_url
        with httpx.Client(trust_env=False) as client:
            page, elsewhere = client.get(url), client.get(f"{url}/metrics")
            head, post = client.head(url), client.post(url)

    assert url.endswith("/prometheus")
    assert page.status_code == 200
    assert "charter_ready 1.0" in page.text
    assert elsewhere.status_code == 404
    assert (head.status_code, head.text) == (200, "")
    assert (post.status_code, post.headers["allow"]) == (405, "GET, HEAD")


@both
def test_without_rest_there_is_grpc_only(free: tuple[str, ...]) -> None:
    with served("echoes:Model", *free, "--no-rest") as process:
        process.read_until("ready")
        answer = process.predict_over_grpc("s")
        metrics = process.metrics
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert answer == "s"
    assert 'method="predict",transport="grpc"} 1.0' in metrics
    assert [line.split()[0] for line in process.lines] == ["charter", "gRPC", "metrics", "ready"]
    assert (status, errors) == (0, "")


@both
def test_what_is_switched_off_is_neither_opened_nor_printed(free: tuple[str, ...]) -> None:
    with served("echoes:Model", *free, "--no-grpc", "--no-metrics") as process:
        process.read_until("ready")
        answer = process.predict("s")
        process.signal(signal.SIGTERM)
        status, _ = process.end()

    assert answer.status_code == 200
    assert [line.split()[0] for line in process.lines] == ["charter", "REST", "ready"]
    assert status == 0


@both
def test_the_process_is_one_that_its_user_can_signal(free: tuple[str, ...]) -> None:
    with served("echoes:Model", *free) as process:
        process.read_until("ready")
        os.kill(process.pid, 0)
        process.signal(signal.SIGINT)

        assert process.end() == (0, "")
