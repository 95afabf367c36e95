"""The report of a whole test, for machines: JUnit's XML and JSON."""

from __future__ import annotations

import re
import statistics
from dataclasses import dataclass
from xml.etree import ElementTree

from charter.codecs import json_text
from charter.message import Json
from charter.tester.outcome import Failure, Outcome, Tally
from charter.tester.told import Repeat, document, state_of
from charter.tester.trial import Course
from charter.tester.vocabulary import CHECKS

# XML 1.0, “Characters”: all others may not stand there, escaped or not.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Report:
    """Hold a whole test with what led to it.

    Args:
        outcome: what came of it.
        title: what was tested.
        course: how.
        repeat: how it is run again.
    """

    outcome: Outcome
    title: str
    course: Course
    repeat: Repeat


def junit(report: Report) -> bytes:
    """Return one test case a check, in the form that CI systems read as JUnit's."""
    checks = report.outcome.checks
    states = [state_of(tally) for tally in checks.values()]
    counts = {
        "tests": str(len(states)),
        "failures": str(states.count("failed")),
        "errors": "0",
        "skipped": str(len(states) - states.count("failed") - states.count("passed")),
    }
    root = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(root, "testsuite", {"name": _clean(report.title), **counts})
    for name, tally in checks.items():
        _add_case(suite, report, name, tally)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, "utf-8", xml_declaration=True)
    return text + b"\n"


def as_json(report: Report) -> bytes:
    """Return all that is known of each check, its smallest failing request whole."""
    outcome = report.outcome
    return json_text.dumps(
        {
            "title": _whole(report.title),
            "passed": not outcome.failed,
            "seed": report.course.seed,
            "requests": outcome.requests,
            "latency_ms": _latencies(outcome),
            "remarks": outcome.remarks,
            "checks": [_entry(report, name, tally) for name, tally in outcome.checks.items()],
        }
    )


def _add_case(suite: ElementTree.Element, report: Report, name: str, tally: Tally) -> None:
    words = {"classname": f"charter.{CHECKS[name].value}", "name": name}
    case = ElementTree.SubElement(suite, "testcase", words)
    if tally.first is not None:
        breach = tally.first.breach
        words = {"message": _clean(str(breach)), "type": name}
        failure = ElementTree.SubElement(case, "failure", words)
        failure.text = _clean(_details(report, name, tally.first))
    elif state_of(tally) != "passed":
        ElementTree.SubElement(case, "skipped", {"message": _clean(tally.note)})


def _details(report: Report, name: str, failure: Failure) -> str:
    sent = failure.sent
    request = json_text.dumps(document(sent)).decode() if sent.message or sent.body else ""
    again = report.repeat.line(report.course, name)
    return f"{failure.breach}\n{sent.wire} {sent.what}: {request}\nagain: {again}"


def _entry(report: Report, name: str, tally: Tally) -> Json:
    entry: dict[str, Json] = {
        "name": name,
        "phase": CHECKS[name].value,
        "state": state_of(tally),
        "passed": tally.passed,
        "failed": tally.failed,
        "reason": tally.note,
    }
    if tally.first is not None:
        breach, sent = tally.first.breach, tally.first.sent
        entry["failure"] = {
            "where": _whole(breach.where),
            "expected": _whole(breach.expected),
            "got": _whole(breach.got),
            "rows": list(breach.rows),
            "wire": sent.wire,
            "method": sent.what,
            "request": document(sent),
            "again": _whole(report.repeat.line(report.course, name)),
        }
    return entry


def _latencies(outcome: Outcome) -> Json:
    found = [seconds * 1000 for seconds in outcome.latencies_s]
    if not found:
        return None
    return {"min": min(found), "p50": statistics.median(found), "max": max(found)}


def _clean(text: str) -> str:
    return _NO_XML.sub("�", text)


def _whole(text: str) -> str:
    """Escape halves of characters, which a server may send and UTF-8 has no bytes for."""
    return text.encode("utf-8", "backslashreplace").decode()
