from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from charter.codecs import seldon_json
from charter.contract.parse import parse
from charter.errors import ComponentError, StartError
from charter.invariants import SelfTest, hold_to, self_test
from charter.message import Form, Message

NUMBER = {"ftype": "continuous", "range": [0, 1]}
HALF = {"features": [{"name": "a", **NUMBER}], "targets": [{"name": "t", **NUMBER}]}


def result_of(
    answer: Callable[[Message], Any], rows: int = 20, document: Any = HALF
) -> tuple[SelfTest, list[int]]:
    """Return the result of a self-test, and how many rows each request had."""
    sizes: list[int] = []

    async def ask(body: bytes) -> bytes:
        request = seldon_json.decode(body)
        sizes.append(len(request.value))
        reply = answer(request)
        return reply if isinstance(reply, bytes) else seldon_json.encode(reply)

    return asyncio.run(self_test(ask, parse(document), rows)), sizes


def itself(request: Message) -> Message:
    return Message(Form.NDARRAY, request.value, ["t"])


def test_rows_go_one_at_first_and_then_more_at_a_time() -> None:
    result, sizes = result_of(itself, 100)

    assert sizes == [1, 2, 4, 8, 16, 32, 32, 5]
    assert (result.rows, result.faults) == (100, ())
    assert result.document["passed"] is True


def test_no_batch_is_larger_than_the_contract_allows() -> None:
    assert result_of(itself, 10, {**HALF, "limits": {"rows": 3}})[1] == [1, 2, 3, 3, 1]


def test_the_same_rows_are_sent_at_every_start() -> None:
    seen: list[Any] = []

    def answer(request: Message) -> Message:
        seen.append(request.value.tolist())
        return itself(request)

    for _ in range(2):
        result_of(answer, 3)

    assert seen[:2] == seen[2:]


def test_each_promise_that_is_broken_is_told_once() -> None:
    result, _ = result_of(lambda request: Message(Form.NDARRAY, request.value + 1, ["t"]))

    (fault,) = result.faults
    assert fault.startswith("targets[0].range: t must lie in [0, 1], got 1.")
    assert result.document["passed"] is False


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Message(Form.NDARRAY, np.array([[0.5], [0.5], [0.5]]), ["t"]), "data: must have 1 rows"),
        (Message(Form.TEXT, "s"), "body: must hold an array in data"),
        (Message(Form.NDARRAY, np.array([["x"]]), ["t"]), "targets[0].dtype: t must be numbers"),
        (b"no JSON", "predict of 1 row: "),
        (b'{"data": {"names": ["t"], "ndarray": [[NaN]]}}', "targets[0]: t must be finite"),
    ],
)
def test_a_reply_is_checked_as_the_tester_does(reply: Any, fault: str) -> None:
    result, _ = result_of(lambda _: reply, 1)

    assert result.faults[0].startswith(fault)


def test_an_error_is_a_fault_and_the_other_batches_go_on() -> None:
    def answer(request: Message) -> Message:
        if len(request.value) > 1:
            raise ComponentError("one at a time")
        return itself(request)

    result, sizes = result_of(answer, 7)

    assert result.faults == ("predict of 2 rows: one at a time",)
    assert sizes == [1, 2, 4]


def test_what_fails_first_is_told_first() -> None:
    def answer(request: Message) -> Message:
        raise ComponentError(f"no {len(request.value)}")

    result, _ = result_of(answer, 7)

    assert result.faults == (
        "predict of 1 row: no 1",
        "predict of 2 rows: no 2",
        "predict of 4 rows: no 4",
    )


def test_documents_are_sent_one_by_one_and_their_replies_are_as_they_are() -> None:
    schema = {"type": "array", "minItems": 1}
    document = {"features": [], "targets": [], "payload": "jsonData", "jsonSchema": schema}

    result, sizes = result_of(lambda request: Message(Form.JSON, request.value), 3, document)

    assert (len(sizes), result.faults) == (3, ())


def test_a_result_that_passed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        hold_to(SelfTest(5, 0.25))

    assert caplog.messages == ["the self-test passed: 5 rows in 0.250 s"]


def test_a_result_that_failed_ends_the_start_with_all_of_it_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(StartError) as raised:
        hold_to(SelfTest(5, 0.25, ("first", "second")))

    assert raised.value.message == (
        "--self-test: the model breaks its contract: first; and 1 more, see the log"
    )
    assert caplog.messages == ["self-test: first", "self-test: second"]


def test_the_document_of_a_result_is_json() -> None:
    assert json.loads(json.dumps(SelfTest(5, 0.25).document)) == {
        "passed": True,
        "rows": 5,
        "duration_seconds": 0.25,
    }
