"""Time limits, the queue and its limit, hung calls: promises of a process that serves."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import grpc
import httpx
import numpy as np
import pytest
from charter.codecs import seldon_proto
from charter.message import Form, Message
from serving import FREE, WAIT_S, Multi, Served, parameters, served, until

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
LATE_S = "0.2"
SERVING, NOT_SERVING = b"\x08\x01", b"\x08\x02"
Asked = Future[httpx.Response]


@contextlib.contextmanager
def blocking(pipes: Path, *chosen: str, model: str = "blocks_in_predict:Model") -> Iterator[Served]:
    """Serve a model whose calls wait for their test; what is left of them ends with it."""
    with served(model, *FREE, *chosen, *parameters(folder=str(pipes))) as process:
        process.read_until("ready")
        yield process


@contextlib.contextmanager
def busy(process: Served, pipes: Path) -> Iterator[Asked]:
    """Let a call hold the only slot while the block runs."""
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(process.predict, "rest")
        pipes.joinpath("rest.entered").read_text()
        try:
            yield held
        finally:
            pipes.joinpath("rest.leave").write_text("left")


def grpc_code(process: Served, text: str, timeout_s: float | None = WAIT_S) -> grpc.StatusCode:
    """Return the code with which a call over gRPC ends."""
    with grpc.insecure_channel(process.grpc_address) as channel:
        multi: Multi = channel.unary_unary("/seldon.protos.Seldon/Predict")
        asked = multi.future(seldon_proto.encode(Message(Form.TEXT, text)), timeout=timeout_s)
        asked.exception()  # waits for the end
        code: grpc.StatusCode = asked.code()
    return code


def grpc_health(process: Served) -> bytes:
    with grpc.insecure_channel(process.grpc_address) as channel:
        check: Multi = channel.unary_unary("/grpc.health.v1.Health/Check")
        status: bytes = check(b"", timeout=WAIT_S)
    return status


@pytest.mark.parametrize("execution", ["auto", "threads"])
def test_a_call_over_the_time_limit_is_504_at_once_and_the_server_goes_on(
    pipes: Path, execution: str
) -> None:
    with blocking(pipes, "--timeout", LATE_S, "--execution", execution) as process:
        with busy(process, pipes) as held:
            late = held.result()
            while_it_runs = process.get("/live").status_code, process.get("/ready").status_code
        after = process.predict("pass").json()["strData"]

    assert late.status_code == 504
    assert late.json()["status"]["info"] == "no answer within 0.2 s; the limit is --timeout"
    assert while_it_runs == (200, 200)
    assert after == "pass"


def test_over_grpc_a_call_over_the_time_limit_is_deadline_exceeded(pipes: Path) -> None:
    with blocking(pipes, "--timeout", LATE_S) as process:
        with ThreadPoolExecutor(1) as pool:
            code = pool.submit(grpc_code, process, "grpc")
            pipes.joinpath("grpc.entered").read_text()
            found = code.result()
            pipes.joinpath("grpc.leave").write_text("left")
        after = process.predict_over_grpc("pass")

    assert (found, after) == (grpc.StatusCode.DEADLINE_EXCEEDED, "pass")


def test_an_async_call_over_the_time_limit_is_504(pipes: Path) -> None:
    model = "blocks_in_async_predict:Model"
    with (
        blocking(pipes, "--timeout", LATE_S, model=model) as process,
        ThreadPoolExecutor(1) as pool,
    ):
        never = pool.submit(process.predict, "never")
        pipes.joinpath("never.entered").read_text()

        status = never.result().status_code

    assert status == 504


def test_what_waits_longer_than_its_time_is_never_started(pipes: Path) -> None:
    with blocking(pipes, "--timeout", LATE_S) as process:
        with busy(process, pipes), ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(process.predict, "second")
            status = waiting.result().status_code
        after = process.predict("pass").json()["strData"]

    # Had it been started, it would hold the only slot and wait for its pipe for ever.
    assert (status, after) == (504, "pass")
    assert not pipes.joinpath("second.entered").is_file()


def test_a_callers_deadline_over_grpc_is_kept(pipes: Path) -> None:
    with blocking(pipes) as process:
        with busy(process, pipes):
            code = grpc_code(process, "second", timeout_s=0.2)
            until(lambda: "charter_queue_length 0.0" in process.metrics)
        after = process.predict_over_grpc("pass")

    assert (code, after) == (grpc.StatusCode.DEADLINE_EXCEEDED, "pass")


def test_a_caller_over_grpc_without_a_deadline_waits_as_long_as_it_takes(pipes: Path) -> None:
    with blocking(pipes) as process, ThreadPoolExecutor(1) as pool:
        with busy(process, pipes):
            waiting = pool.submit(grpc_code, process, "pass", None)
            until(lambda: waiting.done() or "charter_queue_length 1.0" in process.metrics)
        code = waiting.result()

    assert code is grpc.StatusCode.OK


def test_more_than_may_wait_is_busy_over_both_transports_and_says_when_to_come_back(
    pipes: Path,
) -> None:
    with blocking(pipes, "--max-queue", "1") as process, ThreadPoolExecutor(1) as pool:
        with busy(process, pipes):
            waiting = pool.submit(process.predict, "pass")
            until(lambda: "charter_queue_length 1.0" in process.metrics)
            refused, code = process.predict("pass"), grpc_code(process, "pass")
            alive = process.get("/live").status_code
        answered = waiting.result().json()["strData"]
        after = process.predict("pass").status_code

    assert refused.status_code == 503
    assert refused.json()["status"]["reason"] == "MICROSERVICE_BUSY"
    assert int(refused.headers["retry-after"]) >= 1
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (alive, answered, after) == (200, "pass", 200)


def test_a_request_of_too_many_rows_is_413_and_over_grpc_resource_exhausted() -> None:
    with served("echoes:Model", *FREE, "--max-rows", "2") as process:
        process.read_until("ready")

        replies = [
            httpx.post(f"{process.url}/predict", json={"data": data}, trust_env=False)
            for data in ({"ndarray": [[1], [2], [3]]}, {"ndarray": [[1, 1, 1], [2, 2, 2]]})
        ]
        with grpc.insecure_channel(process.grpc_address) as channel:
            multi: Multi = channel.unary_unary("/seldon.protos.Seldon/Predict")
            asked = multi.future(seldon_proto.encode(Message(Form.TENSOR, np.ones((3, 1)))))
            asked.exception()  # waits for the end

    assert [reply.status_code for reply in replies] == [413, 200]
    says = "data: expected at most 2 rows, got 3; the limit is --max-rows"
    assert replies[0].json()["status"]["info"] == says
    assert (asked.code(), asked.details()) == (grpc.StatusCode.RESOURCE_EXHAUSTED, says)


def test_health_over_grpc_answers_while_the_queue_is_full(pipes: Path) -> None:
    with blocking(pipes, "--max-queue", "3") as process, ThreadPoolExecutor(3) as pool:
        with busy(process, pipes):
            waiting = [pool.submit(process.predict_over_grpc, "pass") for _ in range(3)]
            until(lambda: "charter_queue_length 3.0" in process.metrics)
            health = grpc_health(process)
        answers = [each.result() for each in waiting]

    assert health == SERVING
    assert answers == ["pass"] * 3


def test_a_process_with_a_hung_call_is_not_live(pipes: Path) -> None:
    with blocking(pipes, "--hang-timeout", LATE_S) as process:
        before, before_over_grpc = process.get("/live"), grpc_health(process)
        with busy(process, pipes):
            until(lambda: process.get("/live").status_code == 503)
            hung, hung_over_grpc = process.get("/live").json(), grpc_health(process)
        until(lambda: process.get("/live").status_code == 200)
        after_over_grpc = grpc_health(process)

    assert (before_over_grpc, hung_over_grpc, after_over_grpc) == (SERVING, NOT_SERVING, SERVING)
    assert before.json() == {"live": True}
    assert hung["live"] is False
    assert hung["seconds_of_a_call"] > float(LATE_S)


def test_the_page_has_a_row_for_each_promise() -> None:
    page = PAGE.read_text("utf-8").partition("## Time and load")[2]
    rows = [line for line in page.splitlines() if line.startswith("| ")][1:]

    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == list(PROMISES)
    assert all(callable(promise) for promise in PROMISES.values())


PROMISES = {
    "a call takes longer than `--timeout`": (
        test_a_call_over_the_time_limit_is_504_at_once_and_the_server_goes_on
    ),
    "an `async` call takes longer than `--timeout`": test_an_async_call_over_the_time_limit_is_504,
    "a call waits for its turn longer than `--timeout`": (
        test_what_waits_longer_than_its_time_is_never_started
    ),
    "a caller's own deadline over gRPC passes while it waits": (
        test_a_callers_deadline_over_grpc_is_kept
    ),
    "more calls come than `--max-queue`": (
        test_more_than_may_wait_is_busy_over_both_transports_and_says_when_to_come_back
    ),
    "the queue is full of calls over gRPC": test_health_over_grpc_answers_while_the_queue_is_full,
    "a request has more rows than `--max-rows`": (
        test_a_request_of_too_many_rows_is_413_and_over_grpc_resource_exhausted
    ),
    "a call never returns, in a service of one process": (
        test_a_process_with_a_hung_call_is_not_live
    ),
}
"""The rows of the page, and the test of each."""
