"""The books find what is broken: each test breaks one promise."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
import pytest
from charter.codecs import seldon_json, seldon_proto
from charter.message import Form, Message
from soak.accounts import COUNTERS, Accounts, Asked, Kill, Rising
from soak.questions import (
    CODES,
    GRPC,
    REST,
    Kind,
    Question,
    Reply,
    draw,
    judge,
    late,
    over_grpc,
    over_rest,
)
from zoo.soaks import FACTOR, Model

QUESTION = Question(7, Kind.PLAIN, 2, ("a", "b", "c"), Form.NDARRAY)
OTHER = dataclasses.replace(QUESTION, number=8)
RAISES = dataclasses.replace(QUESTION, number=9, kind=Kind.RAISES)


def right(question: Question, **changed: Any) -> Message:
    """Return the right answer, but for what is changed."""
    meta = {"puid": question.puid, "tags": {"process": 1}}
    names = [f"{name} times" for name in question.names]
    message = Message(question.form, question.values * FACTOR, names, meta)
    return dataclasses.replace(message, **changed)


def replied(message: Message, transport: str = REST) -> Reply:
    encode = seldon_json.encode if transport == REST else seldon_proto.encode
    return Reply(CODES[Kind.PLAIN][transport], encode(message))


def books() -> Accounts:
    return Accounts({REST: 2, GRPC: 2})


def answered(*questions: Question) -> Accounts:
    """Return the books after right answers over REST."""
    accounts = books()
    for question in questions:
        accounts.take(Asked(question, REST, 1.0, 1.1), replied(right(question)))
    return accounts


@pytest.mark.parametrize("transport", [REST, GRPC])
@pytest.mark.parametrize("form", [Form.NDARRAY, Form.TENSOR])
def test_the_right_answer_is_right_and_tells_its_process(transport: str, form: Form) -> None:
    question = dataclasses.replace(QUESTION, form=form)

    assert judge(question, transport, replied(right(question), transport)) == ("", 1)


@pytest.mark.parametrize("transport", [REST, GRPC])
@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"value": OTHER.values * FACTOR}, "expected the rows"),
        ({"value": QUESTION.values[:1] * FACTOR}, "expected the rows"),
        ({"value": QUESTION.values[::-1] * FACTOR}, "expected the rows"),
        ({"names": ["x times", "y times", "z times"]}, "expected the names"),
        ({"meta": {"puid": "soak-8"}}, "answered with the puid 'soak-8'"),
        ({"meta": None}, "answered with the puid None"),
        ({"form": Form.TENSOR}, "expected a ndarray"),
    ],
)
def test_what_is_anothers_is_found(transport: str, changed: dict[str, Any], told: str) -> None:
    wrong, _ = judge(QUESTION, transport, replied(right(QUESTION, **changed), transport))

    assert wrong.startswith(f"soak-7: {told}")


def test_a_reply_that_comes_twice_is_found() -> None:
    reply = dataclasses.replace(replied(right(QUESTION)), surplus=b"HTTP/1.1 200 OK")

    assert "more came than one reply" in judge(QUESTION, REST, reply)[0]


def test_a_request_that_is_answered_twice_is_found() -> None:
    assert answered(QUESTION, QUESTION).faults() == ["soak-7: answered twice"]


@pytest.mark.parametrize("code", ["200", "503", "504", "400"])
def test_a_wrong_status_is_found(code: str) -> None:
    told, _ = judge(RAISES, REST, Reply(code, b"x"))

    assert told == f"soak-9 (raises): expected 500, got {code}: x"


def test_a_loss_that_no_kill_explains_is_found() -> None:
    accounts = books()
    accounts.kills.append(Kill(5, 10.0))
    explained = Asked(QUESTION, REST, 9.9, 10.1, process=5)
    wrongly = [
        Asked(QUESTION, REST, 9.9, 10.1, process=6),  # another process
        Asked(QUESTION, GRPC, 9.0, 9.9),  # before it
        Asked(QUESTION, GRPC, 11.5, 11.6),  # long after it
    ]

    accounts.lose(explained, "reset")
    accounts.check_losses()
    assert accounts.faults() == []

    for asked in wrongly:
        accounts.lose(asked, "reset")
    accounts.check_losses()
    assert len(accounts.faults()) == len(wrongly)
    assert "on a connection to process 6: reset; killed were: 5 at 10.00 s" in accounts.faults()[0]


def test_more_losses_than_were_under_way_are_found() -> None:
    accounts = books()
    accounts.kills.append(Kill(5, 10.0))
    for _ in range(3):
        accounts.lose(Asked(QUESTION, REST, 9.9, 10.1), "reset")

    accounts.check_losses()

    (fault,) = accounts.faults()
    assert "lost 3 requests; no more than 2 can be" in fault


@pytest.mark.parametrize(("counted", "is_right"), [(1, False), (2, True), (3, True), (4, False)])
def test_counters_are_held_to_answers_and_losses(counted: int, is_right: bool) -> None:
    accounts = answered(QUESTION, OTHER)
    accounts.lose(Asked(RAISES, REST, 9.9, 10.1), "reset")

    accounts.check_counters({(REST, "200"): counted}, rows=4)

    assert (accounts.faults() == []) is is_right


def test_two_counters_that_are_each_in_bounds_are_not_together() -> None:
    accounts = answered(QUESTION, OTHER)
    accounts.lose(Asked(RAISES, REST, 9.9, 10.1), "reset")

    accounts.check_counters({(REST, "200"): 3, (REST, "500"): 1}, rows=4)

    (fault,) = accounts.faults()
    assert fault == "rest: 4 requests are counted in all; expected 2 answered to 3, with 1 lost"


@pytest.mark.parametrize(("rows", "is_right"), [(3, False), (4, True), (7, True), (8, False)])
def test_the_models_rows_are_held_to_answers(rows: int, is_right: bool) -> None:
    accounts = answered(QUESTION, OTHER)  # 2 rows each
    accounts.lose(Asked(dataclasses.replace(QUESTION, number=9), REST, 9.9, 10.1), "reset")
    accounts.take(Asked(late(10), REST, 1.0, 5.0), Reply("504"))  # 1 row that nobody heard of

    accounts.check_counters({(REST, "200"): 2, (REST, "504"): 1}, rows)

    assert (accounts.faults() == []) is is_right


def test_what_grpcio_refuses_is_not_expected_to_be_counted() -> None:
    accounts = books()
    too_large = dataclasses.replace(QUESTION, kind=Kind.TOO_LARGE)
    accounts.take(Asked(too_large, GRPC, 1.0, 1.1), Reply("RESOURCE_EXHAUSTED"))

    accounts.check_counters({}, rows=0)

    assert accounts.faults() == []


def test_a_refusal_of_grpcio_that_does_not_arrive_is_no_loss() -> None:
    why = "Stream removed"
    too_large = dataclasses.replace(QUESTION, kind=Kind.TOO_LARGE)
    accounts = books()

    accounts.lose(Asked(too_large, GRPC, 1.0, 1.1), why)
    accounts.check_losses()
    assert (accounts.faults(), accounts.unheard, accounts.total) == ([], 1, 1)

    accounts.lose(Asked(QUESTION, GRPC, 1.0, 1.1), why)
    accounts.check_losses()
    assert len(accounts.faults()) == 1


def test_a_counter_that_goes_back_or_is_gone_is_found() -> None:
    rising = Rising()

    assert rising.next({"a": 1.0, "b": 2.0}) == []
    assert rising.next({"a": 1.0, "b": 3.0}) == []
    assert rising.next({"b": 2.0}) == [
        "the counter a went back from 1 to 0",
        "the counter b went back from 3 to 2",
    ]


def test_faults_are_bounded_and_the_rest_counted() -> None:
    accounts = books()
    for number in range(1000):
        accounts.fault(f"{number}")

    accounts.fault("something else", COUNTERS)

    assert len(accounts.faults()) == 22
    assert accounts.faults()[-2:] == ["something else", "answers: and 980 more"]


def test_what_is_drawn_is_always_the_same_and_of_every_kind() -> None:
    first, second = (
        [draw(chance, number) for number in range(1000)]
        for chance in (random.Random(3), random.Random(3))
    )

    assert first == second
    assert {one.kind for one in first} == set(Kind) - {Kind.LATE}


def test_rows_of_a_request_have_its_number_and_products_are_exact() -> None:
    rows = dataclasses.replace(QUESTION, number=2**40).values

    assert (rows[:, 0] == 2**40).all()
    assert ((rows * FACTOR) / FACTOR == rows).all()
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_a_request_is_the_same_over_both_ways() -> None:
    for decode, write in ((seldon_json.decode, over_rest), (seldon_proto.decode, over_grpc)):
        for form in (Form.NDARRAY, Form.TENSOR):
            question = dataclasses.replace(QUESTION, form=form)
            message = decode(write(question))

            assert message.form is form
            assert message.value.tolist() == question.values.tolist()
            assert (message.meta or {})["puid"] == question.puid


def test_the_model_answers_as_is_expected() -> None:
    model = Model()

    assert model.predict(QUESTION.values, ["a"]).tolist() == (QUESTION.values * FACTOR).tolist()
    assert model.metrics()[0]["value"] == QUESTION.rows
    with pytest.raises(ValueError, match="does not take"):
        model.predict(RAISES.values, ["a"])
