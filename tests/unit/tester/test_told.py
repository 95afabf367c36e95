from __future__ import annotations

import json

import numpy as np
import pytest
from charter.contract.check import Breach
from charter.message import Form, Message
from charter.tester.outcome import Outcome, Sent
from charter.tester.told import Repeat, document, state_of, told
from charter.tester.trial import Course

BREACH = Breach("range", "targets[0].range", "y must lie in [0, 1]", "[bold]7", (0,), 1)
SMALL = Sent("gRPC", "predict", Message(Form.NDARRAY, np.array([[1.5]]), ["x"]))
COURSE = Course(["range"], requests=9, rows=3, seed=4)
REPEAT = Repeat(["charter", "test", "my contract.json", "--model", "M"])


@pytest.fixture
def outcome() -> Outcome:
    """Return one of each state."""
    made = Outcome.of(["rows", "range", "nan", "latency"])
    made.requests, made.latencies_s = 7, [0.25]
    made.add("rows", [], SMALL)
    made.add("range", [BREACH], SMALL)
    made.tolerate("nan", "features[0]", 200)
    made.skip("latency", "the contract has no limits.latency_ms")
    made.remarks.append("nothing is shrunk")
    return made


def test_each_check_is_in_the_table_with_its_counts_and_its_reason(outcome: Outcome) -> None:
    lines = [line.split() for line in told(outcome, "the title", COURSE, REPEAT).splitlines()]

    assert lines[0] == ["the", "title"]
    assert ["rows", "1", "0"] in lines
    assert ["range", "0", "1"] in lines
    assert ["nan", "0", "0", *["not", "enforced:", "status", "200", "for", "features[0]"]] in lines
    reason = ["skipped:", "the", "contract", "has", "no", "limits.latency_ms"]
    assert ["latency", "0", "0", *reason] in lines
    assert [state_of(tally) for tally in outcome.checks.values()] == [
        "passed",
        "failed",
        "not enforced",
        "skipped",
    ]


def test_a_failure_has_its_request_and_the_command_that_repeats_it(outcome: Outcome) -> None:
    text = told(outcome, "the title", COURSE, REPEAT)

    assert f"✗ range failed once: {BREACH}\n" in text
    sent = text.partition("gRPC predict: ")[2].splitlines()[0]
    assert json.loads(sent)["data"] == {"names": ["x"], "ndarray": [[1.5]]}
    assert (
        "again: charter test 'my contract.json' --model M --checks range --seed 4 -n 9 -b 3\n"
    ) in text
    assert text.endswith(
        "nothing is shrunk\nrequests 7; latency in ms: min 250.0, p50 250.0, max 250.0\n"
    )


def test_pytest_is_told_what_to_call(outcome: Outcome) -> None:
    text = told(outcome, "it", COURSE, Repeat(["Model", "contract"], is_python=True))

    assert "again: check_component(Model, contract, seed=4, requests=9, checks=['range'])" in text


def test_long_rows_are_shown_without_their_middle() -> None:
    wide = Message(Form.NDARRAY, np.ones((1, 784)), [f"x{n}" for n in range(784)])
    outcome = Outcome.of(["range"])
    outcome.add("range", [BREACH], Sent("REST", "predict", wide))

    assert "… 772 more …" in told(outcome, "it", COURSE, REPEAT)
    assert len(document(Sent("REST", "predict", wide))["data"]["ndarray"][0]) == 784


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (Sent("REST", "/ready"), ""),
        (Sent("REST", "predict", body=b"{x\xff"), "{x\\xff"),
        (Sent("REST", "predict", Message(Form.TEXT, "so")), {"strData": "so", "meta": {}}),
    ],
)
def test_what_is_no_table_is_shown_as_it_is(sent: Sent, expected: object) -> None:
    assert document(sent) == expected
