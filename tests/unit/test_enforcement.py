from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np
import pytest
from charter._proto.messages import SeldonMessage
from charter.codecs import seldon_proto
from charter.contract.parse import parse
from charter.enforcement import Enforcement
from charter.errors import BadPayload, BreaksContract, BreaksPromise, TooLarge
from charter.message import NOTHING, Feedback, Form, Message
from charter.methods import (
    HEALTH_STATUS,
    PREDICT,
    SEND_FEEDBACK,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
    Method,
)
from charter.metrics.requests import Metrics
from charter.metrics.table import Table

A = {"name": "a", "dtype": "FLOAT", "ftype": "continuous", "range": [0, 1]}
B = {**A, "name": "b", "range": [0, 9]}
SECRET = {**B, "name": "secret", "pii": True}
P = {**A, "name": "p"}
GOOD = [[0.5, 5.0]]


class Kept:
    """An enforcement with what it counted, and a clock that stands still."""

    def __init__(
        self, features: Any = (A, B), *, strict: bool = True, terse: bool = False, **more: Any
    ) -> None:
        document = {"features": list(features), "targets": [P], **more}
        self.now = 0.0
        self.metrics = Metrics()
        self.enforcement = Enforcement(
            parse(document),
            self.metrics,
            is_strict=strict,
            is_terse=terse,
            clock=lambda: self.now,
        )

    def ask(self, value: Any, *names: str, method: Method = PREDICT) -> Message:
        message = Message(Form.NDARRAY, np.array(value), list(names), {"puid": "p"})
        request, _ = self.enforcement.request(method, message)
        assert isinstance(request, Message)
        return request

    def answer(self, value: Any, rows: int | None = 1) -> None:
        self.enforcement.reply(PREDICT, Message(Form.NDARRAY, np.array(value), ["p"]), rows)

    @property
    def counts(self) -> dict[tuple[str, ...], float]:
        return counted(self.metrics.table)


def counted(table: Table) -> dict[tuple[str, ...], float]:
    return {tuple(row.key): table.at(row)[0] for row in table.rows() if row.kind == "B"}


def refusal(kept: Kept, value: Any, *names: str) -> BreaksContract:
    with pytest.raises(BreaksContract) as caught:
        kept.ask(value, *names)
    return caught.value


@pytest.mark.parametrize("strict", [True, False])
def test_a_good_request_reaches_the_component_as_it_is(strict: bool) -> None:
    kept = Kept(strict=strict)
    message = Message(Form.NDARRAY, np.array(GOOD), ["a", "b"])

    request, rows = kept.enforcement.request(PREDICT, message)

    assert (request is message, rows, kept.counts) == (True, 1, {})


def test_a_refusal_has_an_entry_for_each_field() -> None:
    error = refusal(Kept(), [[0.5, 10.0]] * 7 + [[3.0, 1.0]])

    assert json.loads(json.dumps(error.errors)) == [
        {
            "pointer": "/data/ndarray/7/0",
            "field": "a",
            "check": "range",
            "expected": "must lie in [0, 1]",
            "got": "3.0",
            "rows": 1,
            "first_rows": [7],
        },
        {
            "pointer": "/data/ndarray/0/1",
            "field": "b",
            "check": "range",
            "expected": "must lie in [0, 9]",
            "got": "10.0",
            "rows": 7,
            "first_rows": [0, 1, 2, 3, 4],
        },
    ]
    assert error.message == (
        "/data/ndarray/7/0: a must lie in [0, 1], got 3.0 in row 7 (1 of 8 rows); and 1 more"
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[3.0, 10.0]], "2 fields break the contract"),
        ([[3.0, 1.0]], "1 field breaks the contract"),
    ],
)
def test_a_terse_refusal_says_only_how_many(value: Any, message: str) -> None:
    error = refusal(Kept(terse=True), value)

    assert (error.message, list(error.errors)) == (message, [])


def test_personal_data_is_neither_told_nor_logged(caplog: pytest.LogCaptureFixture) -> None:
    error = refusal(Kept([A, SECRET]), [[0.5, 12345.0]])
    Kept([A, SECRET], strict=False).ask([[0.5, 12345.0]])

    assert "12345" not in f"{error.message} {error.errors} {caplog.text}"
    assert "secret must lie in [0, 9]" in caplog.text


@pytest.mark.parametrize("method", [PREDICT, TRANSFORM_INPUT])
def test_requests_of_two_methods_are_checked(method: Method) -> None:
    with pytest.raises(BreaksContract):
        Kept().ask([[3.0, 1.0]], method=method)


def test_what_the_contract_does_not_describe_is_not_checked() -> None:
    kept = Kept()
    feedback = Feedback()

    assert kept.ask([[3.0, 1.0]], method=TRANSFORM_OUTPUT).value[0, 0] == 3
    assert kept.enforcement.request(SEND_FEEDBACK, feedback) == (feedback, None)
    assert kept.enforcement.request(HEALTH_STATUS, NOTHING) == (NOTHING, None)
    kept.enforcement.reply(TRANSFORM_INPUT, Message(Form.TEXT, "x"), 1)
    assert kept.counts == {}


def test_warn_changes_nothing_and_counts(caplog: pytest.LogCaptureFixture) -> None:
    kept = Kept(strict=False)
    message = Message(Form.NDARRAY, np.array([[5.0, 0.5]]), ["b", "a"])

    for _ in range(3):
        assert kept.enforcement.request(PREDICT, message) == (message, 1)
    assert kept.ask([[3.0, 1.0]]).value.tolist() == [[3.0, 1.0]]
    assert kept.ask([]).value.size == 0
    kept.answer([[2.0]])

    assert kept.counts == {
        ("request", "", "names"): 3,
        ("request", "a", "range"): 1,
        ("request", "", "rows"): 1,
        ("reply", "p", "range"): 1,
    }
    assert len(caplog.records) == 4


@pytest.mark.parametrize("names", [[1, 2], [1.5], ["a", 7]])
def test_names_that_are_numbers_are_wrong_names(names: Any) -> None:
    message = Message(Form.NDARRAY, np.array(GOOD), names)

    assert Kept(strict=False).enforcement.request(PREDICT, message) == (message, 1)
    with pytest.raises(BreaksContract) as caught:
        Kept().enforcement.request(PREDICT, message)
    assert str(names[-1]) in [entry["field"] for entry in caught.value.errors]


def test_a_check_that_fails_itself_refuses_nothing_in_warn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = Kept(strict=False)
    message = Message(Form.NDARRAY, np.ma.array([[0.5, 9]], mask=[[True, False]]), [])

    request, rows = kept.enforcement.request(PREDICT, message)
    kept.enforcement.reply(PREDICT, Message(Form.NDARRAY, message.value[:, :1], []), 1)

    assert request is message
    assert rows == 1
    assert [*kept.counts] == [("request", "", "unchecked"), ("reply", "", "unchecked")]
    assert "must be what can be checked, got TypeError" in caplog.text


def test_the_log_says_each_kind_at_once_and_then_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "charter.enforcement")
    kept = Kept(strict=False)

    for now in (0.0, 1.0, 59.9, 60.0, 61.0, 130.0):
        kept.now = now
        kept.ask([[3.0, 1.0]])

    said = "request breaks the contract: /data/ndarray/0/0: a must lie in [0, 1], got 3.0 in row 0"
    assert [record.getMessage().partition(" (1 of 1 rows)") for record in caplog.records] == [
        (said, " (1 of 1 rows)", ""),
        (said, " (1 of 1 rows)", "; 2 more of the kind since the last"),
        (said, " (1 of 1 rows)", "; 1 more of the kind since the last"),
    ]
    assert kept.counts == {("request", "a", "range"): 6}


def test_strict_logs_no_refusals_and_counts_them(caplog: pytest.LogCaptureFixture) -> None:
    kept = Kept()

    refusal(kept, [[3.0, 1.0]])

    assert kept.counts == {("request", "a", "range"): 1}
    assert caplog.records == []


def test_strict_puts_named_columns_in_order() -> None:
    request = Kept().ask([[5.0, 0.5]], "b", "a")

    assert (request.value.tolist(), request.names) == ([[0.5, 5.0]], ["a", "b"])
    assert request.meta == {"puid": "p"}


def test_strict_gives_the_physical_dtype() -> None:
    features = [{**each, "physical": "float32"} for each in (A, B)]

    assert Kept(features).ask(GOOD).value.dtype == np.float32
    assert Kept(features, strict=False).ask(GOOD).value.dtype == np.float64


@pytest.mark.parametrize("strict", [True, False])
def test_null_becomes_nan_where_it_is_allowed(strict: bool) -> None:
    kept = Kept([{**A, "nullable": True}, B], strict=strict)
    request, _ = kept.enforcement.request(
        PREDICT, Message(Form.NDARRAY, np.array([[None, 5]], dtype=object), [])
    )

    assert isinstance(request, Message)
    np.testing.assert_array_equal(request.value, np.array([[np.nan, 5.0]]))
    assert request.value.dtype == np.float64
    assert kept.counts == {}


def test_a_message_counts_once_for_a_feature_and_check() -> None:
    kept = Kept(strict=False)

    kept.ask(GOOD, "x", "y")

    assert kept.counts == {
        ("request", "a", "names"): 1,
        ("request", "b", "names"): 1,
        ("request", "", "names"): 1,
    }


def test_a_wrong_reply_is_the_components_fault() -> None:
    kept = Kept()
    kept.answer([[1.0]])

    with pytest.raises(BreaksPromise, match=r"targets\[0\]: p must lie in \[0, 1\], got 2.0"):
        kept.answer([[2.0]])
    assert kept.counts == {("reply", "p", "range"): 1}


def test_a_terse_promise_names_the_target_and_no_value() -> None:
    with pytest.raises(BreaksPromise) as caught:
        Kept(terse=True).answer([[2.0]])

    assert caught.value.message == "the reply breaks the contract: p"


def test_a_reply_has_as_many_rows_as_its_request() -> None:
    with pytest.raises(BreaksPromise, match="must have 2 rows as the request had"):
        Kept().answer([[1.0]], rows=2)


@pytest.mark.parametrize("strict", [True, False])
def test_bytes_are_weighed(strict: bool) -> None:
    kept = Kept(strict=strict, limits={"bytes": 10})
    kept.enforcement.weigh(PREDICT, 10)
    kept.enforcement.weigh(SEND_FEEDBACK, 11)

    if strict:
        with pytest.raises(TooLarge, match="body: must have at most 10 bytes by the contract"):
            kept.enforcement.weigh(PREDICT, 11)
    else:
        kept.enforcement.weigh(PREDICT, 11)

    assert kept.counts == {("request", "", "bytes"): 1}


def document(values: Any, *names: str) -> Message:
    return Message(Form.RAW, {"data": {"names": list(names), "ndarray": values}})


def as_proto(values: Any) -> Message:
    wire = seldon_proto.encode(Message(Form.TENSOR, np.array(values)))
    return Message(Form.RAW, SeldonMessage.FromString(wire))


@pytest.mark.parametrize(
    "raw",
    [
        document([[3.0, 1.0]]),
        as_proto([[3.0, 1.0]]),
        Message(Form.RAW, b'{"data": {"ndarray": [[3.0, 1.0]]}}'),
    ],
)
def test_a_raw_request_is_decoded_to_be_checked(raw: Message) -> None:
    kept = Kept()

    with pytest.raises(BreaksContract, match="a must lie in"):
        kept.enforcement.request(PREDICT, raw)
    assert Kept(strict=False).enforcement.request(PREDICT, raw)[0] is raw


def test_a_good_raw_request_is_handed_over_as_it_came() -> None:
    raw = document(GOOD)

    assert Kept().enforcement.request(PREDICT, raw) == (raw, 1)


def test_a_raw_request_is_not_put_in_order_but_refused() -> None:
    with pytest.raises(BreaksContract, match="must be in the order of the features, got b, a"):
        Kept().enforcement.request(PREDICT, document([[5.0, 0.5]], "b", "a"))


def test_a_raw_request_that_is_no_message_is_refused_by_strict_alone() -> None:
    raw = Message(Form.RAW, {"data": {"ndarray": [[1, 2], [3]]}})
    kept = Kept(strict=False)

    with pytest.raises(BadPayload, match=r"data.ndarray\[1\]"):
        Kept().enforcement.request(PREDICT, raw)
    assert kept.enforcement.request(PREDICT, raw) == (raw, None)
    assert kept.counts == {("request", "", "payload"): 1}


@pytest.mark.parametrize(
    "value",
    [
        {"data": {"ndarray": [[0.5]]}},
        {"data": {"ndarray": np.array([[0.5]])}},
        b'{"data": {"ndarray": [[0.5]]}}',
        '{"data": {"ndarray": [[0.5]]}}',
        bytearray(b'{"data": {"ndarray": [[0.5]]}}'),
        as_proto([[0.5]]).value,
        {"status": {"code": 400, "status": "FAILURE"}},
        SeldonMessage(status={"code": 400}),
    ],
)
def test_right_raw_replies_pass(value: Any) -> None:
    kept = Kept()

    kept.enforcement.reply(PREDICT, Message(Form.RAW, value), 1)

    assert kept.counts == {}


@pytest.mark.parametrize(
    ("value", "check"),
    [
        ({"data": {"ndarray": [[5]]}}, "range"),
        (as_proto([[5.0]]).value, "range"),
        ({"strData": "x"}, "payload"),
        ({"other": 1}, "payload"),
        (7, "payload"),
    ],
)
def test_wrong_raw_replies_are_told(value: Any, check: str) -> None:
    kept, lenient = Kept(), Kept(strict=False)

    with pytest.raises(BreaksPromise):
        kept.enforcement.reply(PREDICT, Message(Form.RAW, value), 1)
    lenient.enforcement.reply(PREDICT, Message(Form.RAW, value), 1)

    assert [key[2] for key in kept.counts] == [check]
    assert kept.counts == lenient.counts


def test_counts_go_on_where_the_worker_before_stopped() -> None:
    table = Table()

    for _ in range(2):
        Metrics(table).breach("request", "a", "range")

    assert counted(table) == {("request", "a", "range"): 2}
