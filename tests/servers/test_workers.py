"""`charter serve --workers N`: several processes, one service."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from charter.codecs import seldon_proto
from charter.message import Form, Message
from serving import (
    FREE,
    HAS_PROC,
    WAIT_S,
    ZOO,
    Multi,
    Served,
    parameters,
    served,
    start,
    until,
    wait_for_the_end,
)

pytestmark = pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")
TWO = (*FREE, "--workers", "2")


def value(metrics: str, series: str) -> float:
    match = re.search(rf"^{re.escape(series)} (\S+)$", metrics, re.MULTILINE)
    assert match, series
    return float(match[1])


def is_replaced(process: Served, before: list[int]) -> bool:
    """Return whether there are as many workers as before, all ready, and others."""
    children = process.children
    is_other = len(children) == len(before) and set(children) != set(before)
    return is_other and value(process.metrics, "charter_ready") == 1


def assert_ended(pids: list[int]) -> None:
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_workers_print_one_service_and_end_with_it() -> None:
    with served("tells_its_process:Model", *FREE, "--workers", "3") as process:
        process.read_until("ready")
        workers = process.children

        over_rest = process.predict("s").json()["strData"]
        over_grpc = process.predict_over_grpc("s")
        metrics = process.metrics
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert len(workers) == 3
    assert {int(over_rest), int(over_grpc)} <= set(workers)
    assert value(metrics, "charter_ready") == 1
    assert (status, errors) == (0, "")
    assert_ended(workers)
    words = [line.split()[0] for line in process.lines]
    assert words == ["charter", "REST", "gRPC", "metrics", "ready"]


def test_more_workers_for_grpc_are_more_workers() -> None:
    with served("tells_its_process:Model", *FREE, "--grpc-workers", "2") as process:
        process.read_until("ready")

        assert len(process.children) == 2


def test_new_connections_of_grpc_reach_each_worker() -> None:
    with served("tells_its_process:Model", *TWO) as process:
        process.read_until("ready")
        workers = {str(pid) for pid in process.children}

        seen: set[str] = set()
        while seen != workers:
            seen.add(process.predict_over_grpc("s"))
            assert seen <= workers


def test_a_worker_that_was_killed_is_replaced_and_counts_go_on() -> None:
    with served("tells_its_process:Model", *TWO) as process:
        process.read_until("ready")
        first = process.predict("s").json()["strData"]
        before = process.children

        os.kill(int(first), signal.SIGKILL)
        asked = 1
        while not is_replaced(process, before):
            with contextlib.suppress(httpx.TransportError):
                asked += process.predict("s").status_code == 200
        metrics, after = process.metrics, process.children
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    series = 'charter_requests_total{code="200",method="predict",transport="rest"}'
    assert value(metrics, series) == asked
    assert value(metrics, "charter_requests_in_progress") == 0
    assert len(after) == 2
    assert len(set(after) & set(before)) == 1
    assert status == 0
    assert re.search(r"worker [01] was killed by SIGKILL; it is replaced in 0.1 s\n", errors)


def test_a_replacement_takes_no_request_before_its_model_is_loaded(pipes: Path) -> None:
    arguments = (*TWO, *parameters(folder=str(pipes)))
    with served("blocks_in_a_later_load:Model", *arguments) as process:
        process.read_until("ready")
        before = process.children
        pipes.joinpath("later").touch()

        os.kill(int(process.predict("s").json()["strData"]), signal.SIGKILL)
        pipes.joinpath("entered").read_text()  # the replacement loads
        answers = [process.predict("s") for _ in range(50)]
        rpcs = [process.predict_over_grpc("s") for _ in range(20)]
        pipes.joinpath("leave").write_text("")
        until(lambda: is_replaced(process, before))
        process.signal(signal.SIGTERM)
        status, _ = process.end()

    assert [answer.status_code for answer in answers] == [200] * 50
    assert len({answer.json()["strData"] for answer in answers} | set(rpcs)) == 1
    assert status == 0


@pytest.mark.parametrize(
    ("name", "frames"),
    [
        ("raises_in_import", ["<module>", "_read_weights"]),
        ("raises_in_load", ["load", "read_weights"]),
    ],
)
def test_an_error_of_the_users_ends_all_workers_and_is_shown_once(
    name: str, frames: list[str]
) -> None:
    status, errors, lines = start(f"{name}:Model", *TWO)

    file = ZOO / f"{name}.py"
    shown = re.findall(r'File "(.+)", line \d+, in (.+)', errors)
    assert status == 1
    assert shown == [(str(file), frame) for frame in frames]
    assert errors.splitlines()[-2:] == [
        "FileNotFoundError: no weights.bin",
        f"Error: {name}:Model could not be loaded",
    ]
    assert not [line for line in lines if line.startswith("ready")]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["absent:Model"], "Error: no module 'absent' in "),
        (["requires_a_parameter:Model"], "Error: Model(rate: float): missing a"),
        (["dies_in_load:Model"], "Error: worker 0 was killed by SIGKILL while it started\n"),
    ],
)
def test_what_cannot_be_started_is_one_sentence(arguments: list[str], says: str) -> None:
    status, errors, _ = start(*arguments, *FREE, "--max-requests", "9")

    assert status == 1
    assert errors.startswith(says)
    assert len(errors.splitlines()) == 1


@pytest.mark.parametrize("flag", ["--http-port", "--grpc-port", "--metrics-port"])
def test_a_taken_port_is_one_sentence(flag: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
        index = FREE.index(flag) + 1

        free = (*FREE[:index], str(port), *FREE[index + 1 :])
        status, errors, lines = start("echoes:Model", *free, "--workers", "2")

    assert status == 1
    assert errors.startswith(f"Error: port {port} is taken by ")
    assert len(errors.splitlines()) == 1
    assert lines == []


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_port_that_workers_share_is_not_shared_with_another_service(workers: str) -> None:
    with served("echoes:Model", *TWO) as first:
        first.read_until("ready")
        port = first.grpc_address.rpartition(":")[2]

        status, errors, _ = start("echoes:Model", *FREE, "--grpc-port", port, "--workers", workers)

    assert status == 1
    assert f"port {port} is taken by " in errors


def test_nothing_is_ready_before_the_model_is_loaded(pipes: Path) -> None:
    chosen = (*FREE, "--max-requests", "9", *parameters(folder=str(pipes)))
    with served("blocks_in_load:Model", *chosen) as process:
        process.read_until("metrics")
        pipes.joinpath("entered").read_text()

        live, ready = process.get("/live"), process.get("/ready")
        metrics = process.metrics
        with pytest.raises(grpc.RpcError) as raised:
            process.predict_over_grpc("s")
        pipes.joinpath("leave").write_text("")
        process.read_until("ready")
        later = process.get("/ready")

    assert live.status_code == 200
    assert (ready.status_code, ready.json()["ready"]) == (503, False)
    assert value(metrics, "charter_ready") == 0
    assert isinstance(raised.value, grpc.Call)
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    assert later.status_code == 200


def test_a_signal_while_the_model_loads_ends_all_soon(pipes: Path) -> None:
    chosen = (*FREE, "--max-requests", "9", *parameters(folder=str(pipes)))
    with served("blocks_in_load:Model", *chosen) as process:
        process.read_until("metrics")
        pipes.joinpath("entered").read_text()
        workers = process.children

        process.signal(signal.SIGTERM)
        status, errors = process.end()

    assert (status, errors) == (0, "")
    assert_ended(workers)


@contextlib.contextmanager
def two_slow_calls(process: Served, pipes: Path) -> Iterator[tuple[Future[Any], Future[str]]]:
    """Ask over REST and gRPC at once; enter the block when the model is in both calls."""
    with ThreadPoolExecutor(2) as pool:
        over_rest = pool.submit(process.predict, "rest")
        over_grpc = pool.submit(process.predict_over_grpc, "grpc")
        pipes.joinpath("rest.entered").read_text()
        pipes.joinpath("grpc.entered").read_text()
        yield over_rest, over_grpc


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_slow_calls_finish_after_a_signal_and_nothing_is_ready_meanwhile(
    pipes: Path, number: signal.Signals
) -> None:
    chosen = (*TWO, "--threads", "2", *parameters(folder=str(pipes)))
    with served("blocks_in_predict:Model", *chosen) as process:
        process.read_until("ready")
        workers = process.children
        with two_slow_calls(process, pipes) as (over_rest, over_grpc):
            process.signal(number)
            until(lambda: not process.is_ready)
            until(lambda: not value(process.metrics, "charter_ready"))
            still_waiting = not over_rest.done() and not over_grpc.done()
            pipes.joinpath("rest.leave").write_text("one")
            pipes.joinpath("grpc.leave").write_text("two")
            answers = over_rest.result().json()["strData"], over_grpc.result()
        status, errors = process.end()

    assert still_waiting
    assert answers == ("one", "two")
    assert (status, errors) == (0, "")
    assert_ended(workers)


def test_a_terminal_that_signals_every_process_cuts_nothing_off(pipes: Path) -> None:
    chosen = (*TWO, "--threads", "2", *parameters(folder=str(pipes)))
    with served("blocks_in_predict:Model", *chosen) as process:
        process.read_until("ready")
        with two_slow_calls(process, pipes) as (over_rest, over_grpc):
            for pid in process.children:
                os.kill(pid, signal.SIGINT)
            process.signal(signal.SIGINT)
            until(lambda: not process.is_ready)
            pipes.joinpath("rest.leave").write_text("one")
            pipes.joinpath("grpc.leave").write_text("two")
            answers = over_rest.result().json()["strData"], over_grpc.result()
        status, errors = process.end()

    assert answers == ("one", "two")
    assert (status, errors) == (0, "")


def test_a_call_that_never_ends_is_cut_off_after_the_drain_with_status_1(pipes: Path) -> None:
    chosen = (*TWO, "--drain-timeout", "1", *parameters(folder=str(pipes)))
    with served("blocks_in_predict:Model", *chosen) as process:
        process.read_until("ready")
        workers = process.children
        with ThreadPoolExecutor(1) as pool:
            never = pool.submit(process.predict, "never")
            pipes.joinpath("never.entered").read_text()

            process.signal(signal.SIGTERM)
            status, errors = process.end()

            with contextlib.suppress(httpx.TransportError):
                assert never.result().status_code >= 500

    assert status == 1
    assert "a call of the model outlived the drain of 1.0 s" in errors
    assert "Traceback" not in errors
    assert_ended(workers)


def test_a_second_signal_ends_all_at_once(pipes: Path) -> None:
    chosen = (*TWO, "--drain-timeout", "3600", *parameters(folder=str(pipes)))
    with served("blocks_in_predict:Model", *chosen) as process:
        process.read_until("ready")
        workers = process.children
        with ThreadPoolExecutor(1) as pool:
            never = pool.submit(process.predict, "never")
            pipes.joinpath("never.entered").read_text()

            process.signal(signal.SIGTERM)
            until(lambda: not process.is_ready)
            process.signal(signal.SIGTERM)
            status, errors = process.end()

            with pytest.raises(httpx.TransportError):
                never.result()

    assert status == 1
    assert "Traceback" not in errors
    for pid in workers:
        wait_for_the_end(pid)


def test_workers_finish_and_end_when_the_parent_is_killed(pipes: Path) -> None:
    chosen = (*TWO, "--threads", "2", *parameters(folder=str(pipes)))
    with served("blocks_in_predict:Model", *chosen) as process:
        process.read_until("ready")
        workers = process.children
        with two_slow_calls(process, pipes) as (over_rest, over_grpc):
            process.signal(signal.SIGKILL)
            until(lambda: not process.is_ready)
            pipes.joinpath("rest.leave").write_text("one")
            pipes.joinpath("grpc.leave").write_text("two")
            answers = over_rest.result().json()["strData"], over_grpc.result()
        for pid in workers:
            wait_for_the_end(pid)

    assert answers == ("one", "two")


def test_workers_are_replaced_after_their_requests_and_none_is_lost() -> None:
    chosen = (*TWO, "--max-requests", "40", "--max-requests-jitter", "10", "--keepalive", "1")
    seen: set[str] = set()
    with served("tells_its_process:Model", *chosen) as process:
        process.read_until("ready")

        with ThreadPoolExecutor(4) as pool:
            asked = sum(
                pool.map(lambda _: ask_until_four_workers_answered(process, seen), range(4))
            )
        metrics = process.metrics
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    series = 'charter_requests_total{code="200",method="predict",transport="rest"}'
    assert value(metrics, series) == asked
    assert (status, errors) == (0, "")


def ask_until_four_workers_answered(process: Served, seen: set[str]) -> int:
    """Return how many requests it took, over one connection for as long as it is kept."""
    asked = 0
    with httpx.Client(base_url=process.url, trust_env=False, timeout=WAIT_S) as client:
        while len(seen) < 4:
            seen.add(client.post("/predict", json={"strData": "s"}).json()["strData"])
            asked += 1
    return asked


def test_an_idle_connection_to_a_worker_that_retires_is_answered_once_more() -> None:
    with served("tells_its_process:Model", *FREE, "--max-requests", "5") as process:
        process.read_until("ready")
        port = int(process.url.rpartition(":")[2])
        with open_connection(port) as idle, open_connection(port) as busy:
            first = get(idle, "/health/ping")
            until(lambda: "connection: close" in get(busy, "/health/ping"))
            for _ in range(50):  # time enough to close the idle one
                process.get("/ready")
            last = get(idle, "/health/ping")

    assert first.endswith("pong")
    assert "connection: close" not in first
    assert last.endswith("pong")
    assert "connection: close" in last


def open_connection(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), WAIT_S)


def get(sock: socket.socket, path: str) -> str:
    """Return the answer `pong` to a request over a connection that is open, or what there is."""
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
    received = b""
    while not received.endswith(b"pong") and (part := sock.recv(4096)):
        received += part
    return received.decode()


def test_calls_over_grpc_count_and_none_is_lost_when_the_worker_is_replaced() -> None:
    chosen = (*FREE, "--max-requests", "50", "--grpc-max-connection-age", "0.5")
    seen: list[str] = []
    with served("tells_its_process:Model", *chosen) as process:
        process.read_until("ready")
        body = seldon_proto.encode(Message(Form.TEXT, "s"))
        with grpc.insecure_channel(process.grpc_address) as channel:
            multi: Multi = channel.unary_unary("/seldon.protos.Seldon/Predict")
            while len(set(seen)) < 3:
                seen.append(seldon_proto.decode(multi(body, timeout=WAIT_S)).value)
        metrics = process.metrics
        process.signal(signal.SIGTERM)
        status, errors = process.end()

    series = 'charter_requests_total{code="OK",method="predict",transport="grpc"}'
    assert value(metrics, series) == len(seen)
    assert (status, errors) == (0, "")


def test_the_end_of_the_service_does_not_wait_for_a_worker_that_retires() -> None:
    chosen = (*FREE, "--max-requests", "1", "--drain-timeout", "3600", "--keepalive", "3600")
    with served("tells_its_process:Model", *chosen) as process:
        process.read_until("ready")
        with httpx.Client(base_url=process.url, trust_env=False, timeout=WAIT_S) as client:
            client.get("/ready")  # over a connection that stays open and idle
            until(lambda: len(process.children) == 2 and value(process.metrics, "charter_ready"))

            process.signal(signal.SIGTERM)
            status, errors = process.end()

    assert (status, errors) == (0, "")
