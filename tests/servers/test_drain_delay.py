"""`--drain-delay`: after a signal a service is not ready, and yet answers, over both transports."""

from __future__ import annotations

import signal
import socket
import time

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2
from serving import FREE, WAIT_S, Multi, Served, served, until

PROCESSES = pytest.mark.parametrize("workers", ["1", "2"])


def health(process: Served) -> int:
    with grpc.insecure_channel(process.grpc_address) as channel:
        check: Multi = channel.unary_unary("/grpc.health.v1.Health/Check")
        body = check(health_pb2.HealthCheckRequest().SerializeToString(), timeout=WAIT_S)
    return health_pb2.HealthCheckResponse.FromString(body).status


@PROCESSES
def test_new_connections_are_answered_while_it_is_not_ready(workers: str) -> None:
    with served("echoes:Model", *FREE, "--workers", workers, "--drain-delay", "5") as process:
        process.read_until("ready")
        before = health(process)

        process.signal(signal.SIGTERM)
        began = time.monotonic()
        until(lambda: process.get("/ready").status_code == 503)
        until(lambda: health(process) == health_pb2.HealthCheckResponse.NOT_SERVING)
        answers = process.predict("rest").json()["strData"], process.predict_over_grpc("grpc")
        is_live = process.get("/live").status_code == 200
        status, _ = process.end()
        seconds = time.monotonic() - began

    assert before == health_pb2.HealthCheckResponse.SERVING
    assert answers == ("rest", "grpc")
    assert is_live
    assert status == 0
    assert seconds >= 5


@PROCESSES
def test_a_second_signal_does_not_wait_for_the_delay(workers: str) -> None:
    with served("echoes:Model", *FREE, "--workers", workers, "--drain-delay", "3600") as process:
        process.read_until("ready")
        process.signal(signal.SIGTERM)
        until(lambda: process.get("/ready").status_code == 503)

        process.signal(signal.SIGTERM)
        status, errors = process.end()

        port = int(process.url.rpartition(":")[2])
        until(lambda: is_closed(port))

    assert status == 1
    assert "Traceback" not in errors


def is_closed(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), WAIT_S).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_model_that_cannot_be_loaded_does_not_wait() -> None:
    with served("raises_in_load:Model", *FREE, "--drain-delay", "3600") as process:
        status, errors = process.end()

    assert status == 1
    assert "FileNotFoundError" in errors


def test_a_connection_that_is_kept_is_used_during_the_delay() -> None:
    with served("echoes:Model", *FREE, "--drain-delay", "5") as process:
        process.read_until("ready")
        with httpx.Client(base_url=process.url, trust_env=False, timeout=WAIT_S) as client:
            first = client.get("/ready").status_code
            process.signal(signal.SIGTERM)
            until(lambda: client.get("/ready").status_code == 503)
            answer = client.post("/predict", json={"strData": "kept"}).json()["strData"]
        status, _ = process.end()

    assert first == 200
    assert answer == "kept"
    assert status == 0
