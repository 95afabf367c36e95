"""What a service says about itself."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from charter.contract.parse import parse
from charter.tester.subject import remote_grpc
from charter.tester.trial import Course
from charter.tester.whole import examine
from trials import Mean, first, outcome_of

ABOUT = ("health", "ready", "metadata", "openapi")


def test_a_service_answers_for_itself() -> None:
    outcome = outcome_of(Mean, *ABOUT)

    assert [tally.passed for tally in outcome.checks.values()] == [1, 1, 1, 1]
    assert outcome.failed == {}


class Unwell(Mean):
    def health_status(self) -> Any:
        raise RuntimeError("unwell")


class Unnamed(Mean):
    def init_metadata(self) -> Any:
        return {"versions": "one"}


@pytest.mark.parametrize(
    ("user", "check", "said"), [(Unwell, "health", "unwell"), (Unnamed, "metadata", "status 500")]
)
def test_what_it_does_not_answer_is_a_failure(user: type, check: str, said: str) -> None:
    outcome = outcome_of(user, *ABOUT)

    assert list(outcome.failed) == [check]
    assert said in first(outcome, check)


def test_a_grpc_server_without_the_rpc_is_not_asked_for_its_health() -> None:
    server = grpc.server(ThreadPoolExecutor(1))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    feature = {"name": "x", "ftype": "continuous", "range": [0, 1]}
    contract = parse({"features": [feature], "targets": []})
    try:
        with contextlib.closing(remote_grpc("127.0.0.1", port, timeout_s=10)) as subject:
            outcome = examine(contract, subject, Course(ABOUT))
    finally:
        server.stop(None)

    assert outcome.checks["health"].note == "skipped: the server has none over gRPC"
    assert list(outcome.failed) == ["metadata"]
