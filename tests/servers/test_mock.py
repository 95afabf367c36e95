"""`charter serve --mock contract.json`: a service before there is a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from charter.tester import Endpoint, Plan, examine
from charter.tester.targets import Target, grpc_target, rest_target
from rich.console import Console
from serving import FREE, HAS_PROC, WAIT_S, Served, served, start

IRIS = Path(__file__).parents[2] / "examples" / "iris" / "contract.json"
MOCK = ("--mock", str(IRIS))
WORKERS = pytest.param(
    ("--workers", "2"), marks=pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")
)
ROWS: list[list[float]] = [[5.1, 3.5, 1.4, 0.2], [6, 3, 5, 2]]


def ask(process: Served, rows: Any = ROWS, form: str = "ndarray") -> httpx.Response:

    return httpx.post(
        f"{process.url}/predict", json={"data": {form: rows}}, trust_env=False, timeout=WAIT_S
    )


def target(process: Served, transport: str) -> Target:
    if transport == "gRPC":
        host, _, port = process.grpc_address.rpartition(":")
        return grpc_target(host, int(port), timeout_s=WAIT_S)
    return rest_target("127.0.0.1", int(process.url.rpartition(":")[2]), timeout_s=WAIT_S)


@pytest.mark.parametrize("transport", ["REST", "gRPC"])
@pytest.mark.parametrize("workers", [(), WORKERS], ids=["alone", "workers"])
def test_a_mock_passes_the_test_of_its_contract(workers: tuple[str, ...], transport: str) -> None:
    plan = Plan(Endpoint.PREDICT, requests=5, rows=3, seed=1)
    with served(*MOCK, *FREE, *workers) as process:
        process.read_until("ready")

        failure = examine(
            IRIS, lambda: target(process, transport), plan, console=Console(quiet=True)
        )

    assert failure is None


@pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")
def test_all_workers_give_the_same_answer() -> None:
    with served(*MOCK, *FREE, "--workers", "2") as process:
        process.read_until("ready")
        answers = {ask(process).text for _ in range(10)}
        metadata = process.get("/metadata").json()

    assert len(answers) == 1
    assert json.loads(answers.pop())["data"]["names"] == ["setosa", "versicolor", "virginica"]
    assert metadata["inputs"][0]["schema"]["names"][0] == "sepal_length"
    assert metadata["outputs"][0]["schema"] == {
        "names": ["setosa", "versicolor", "virginica"],
        "shape": [3],
    }


def test_a_tensor_is_answered_as_the_same_rows() -> None:
    flat: dict[str, Any] = {
        "shape": [2, 4],
        "values": [float(value) for row in ROWS for value in row],
    }
    with served(*MOCK, *FREE) as process:
        process.read_until("ready")
        listed = ask(process).json()["data"]["ndarray"]
        tensor = ask(process, flat, "tensor").json()["data"]["tensor"]

    assert tensor["shape"] == [2, 3]
    assert tensor["values"] == [value for row in listed for value in row]


def test_all_requests_fail_when_all_are_to() -> None:
    with served(*MOCK, *FREE, "--mock-errors", "1") as process:
        process.read_until("ready")
        answered = ask(process)
        is_well = process.is_ready

    assert answered.status_code == 500
    assert answered.json()["status"]["info"] == "mock error: 1 of the requests are to fail"
    assert is_well


def test_a_strict_mock_refuses_what_breaks_its_contract() -> None:
    with served(*MOCK, *FREE, "--contract-mode", "strict") as process:
        process.read_until("ready")
        right, wrong = ask(process), ask(process, [[-1, 3.5, 1.4, 0.2]])

    assert right.status_code == 200
    assert wrong.status_code == 400
    assert "sepal_length" in wrong.text


def test_a_request_takes_as_long_as_is_said() -> None:
    with served(*MOCK, *FREE, "--mock-latency", "80") as process:
        process.read_until("ready")
        answered = ask(process)

    assert answered.status_code == 200
    assert answered.elapsed.total_seconds() >= 0.08


@pytest.mark.parametrize("workers", [(), WORKERS], ids=["alone", "workers"])
def test_a_mock_says_what_it_is(workers: tuple[str, ...]) -> None:
    with served(*MOCK, *FREE, *workers) as process:
        said = process.read_until("charter ")

    assert said.endswith(f": a mock of {IRIS}")


def test_a_mock_needs_its_contract() -> None:
    status, errors, _ = start("--mock", "no_such.json", *FREE)

    assert status == 1
    assert "no_such.json: no such file or directory" in errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((*MOCK, "echoes:Model"), "--mock serves no model: MODEL does not go with it"),
        ((*MOCK, "--parameters", "[]"), "--parameters does not go with it"),
        (("echoes:Model", "--mock-errors", "0.5"), "--mock-latency and --mock-errors need --mock"),
        ((*MOCK, "--mock-errors", "2"), "2.0 is not in the range 0<=x<=1"),
    ],
)
def test_what_does_not_go_together_is_a_mistake_in_usage(
    arguments: tuple[str, ...], message: str
) -> None:
    status, errors, _ = start(*arguments)

    assert status == 2
    assert message in errors
