from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from charter.contract.check import Breach
from charter.message import Form, Message
from charter.tester.exports import Report, as_json, junit
from charter.tester.outcome import Outcome, Sent
from charter.tester.told import Repeat
from charter.tester.trial import Course

WIDE = Message(Form.NDARRAY, np.ones((1, 784)), [])
BREACH = Breach("range", "targets[0].range", "must be <small> & \x07", "7", (0,), 1)


@pytest.fixture
def report() -> Report:
    outcome = Outcome.of(["rows", "range", "nan", "latency"])
    outcome.requests, outcome.latencies_s = 7, [0.25, 0.5]
    outcome.add("rows", [], Sent("REST", "predict", WIDE))
    outcome.add("range", [BREACH], Sent("REST", "predict", WIDE))
    outcome.tolerate("nan", "features[0]", 200)
    outcome.skip("latency", "no limit")
    course = Course(["rows"], seed=4)
    return Report(outcome, "it, --seed 4", course, Repeat(["charter", "test", "c.json"]))


def test_junit_has_one_case_a_check(report: Report) -> None:
    root = ElementTree.fromstring(junit(report))

    suite = root.find("testsuite")
    assert root.tag == "testsuites"
    assert suite is not None
    assert suite.attrib == {
        "name": "it, --seed 4",
        "tests": "4",
        "failures": "1",
        "errors": "0",
        "skipped": "2",
    }
    cases = {case.get("name"): (case.get("classname"), [*case]) for case in suite}
    assert cases["rows"] == ("charter.random", [])
    assert list(cases) == ["rows", "range", "nan", "latency"]


def test_junit_says_why_a_check_failed_or_was_not_made(report: Report) -> None:
    root = ElementTree.fromstring(junit(report))

    failure = root.find(".//testcase[@name='range']/failure")
    reasons = [skipped.get("message") for skipped in root.iter("skipped")]
    assert failure is not None
    assert "must be <small> & �, got 7" in str(failure.get("message"))
    assert "again: charter test c.json --checks range --seed 4" in str(failure.text)
    assert reasons == ["not enforced: status 200 for features[0]", "skipped: no limit"]


def test_json_has_the_whole_request_of_a_failure(report: Report) -> None:
    found: Any = json.loads(as_json(report))

    checks = {check["name"]: check for check in found["checks"]}
    failure = checks["range"]["failure"]
    assert (found["passed"], found["seed"], found["requests"]) == (False, 4, 7)
    assert found["latency_ms"] == {"min": 250.0, "p50": 375.0, "max": 500.0}
    assert [check["state"] for check in found["checks"]] == [
        "passed",
        "failed",
        "not enforced",
        "skipped",
    ]
    assert len(failure["request"]["data"]["ndarray"][0]) == 784
    assert failure["again"].startswith("charter test c.json --checks range")
    assert checks["latency"]["reason"] == "skipped: no limit"
    assert "failure" not in checks["rows"]


def test_half_a_character_of_a_server_is_escaped(report: Report) -> None:
    breach = Breach("rows", "reply", "must say success", "bad \ud800")
    report.outcome.add("rows", [breach], Sent("REST", "predict", WIDE))

    rows = json.loads(as_json(report))["checks"][0]

    assert rows["failure"]["got"] == "bad \\ud800"
    assert ElementTree.fromstring(junit(report)) is not None
