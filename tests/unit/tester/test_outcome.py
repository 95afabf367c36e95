from __future__ import annotations

from charter.contract.check import Breach
from charter.tester.outcome import Failure, Outcome, Sent

SENT = Sent("REST", "predict", body=b"{}")
FIRST, SECOND = (Breach("range", "y", "must be", got) for got in "12")


def test_only_chosen_checks_are_counted() -> None:
    outcome = Outcome.of(["range"])

    outcome.add("range", [], SENT)
    outcome.add("rows", [FIRST], SENT)

    assert list(outcome.checks) == ["range"]
    assert (outcome.checks["range"].passed, outcome.failed) == (1, {})


def test_the_first_failure_is_kept_until_there_is_a_smaller_one() -> None:
    outcome = Outcome.of(["range"])
    outcome.add("range", [FIRST], SENT)
    outcome.add("range", [SECOND], SENT)
    assert outcome.failed == {"range": Failure(FIRST, SENT)}

    outcome.shrink("range", Failure(SECOND, SENT))

    assert outcome.failed == {"range": Failure(SECOND, SENT)}
    assert outcome.checks["range"].failed == 2


def test_what_was_not_refused_is_noted_once_by_its_status() -> None:
    outcome = Outcome.of(["nan"])
    for where in ("a", "b", "a", "c", "d"):
        outcome.tolerate("nan", where, 200)
    outcome.tolerate("nan", "e", 500)

    note = outcome.checks["nan"].note

    assert note == "not enforced: status 200 for a, b, c and 1 more; status 500 for e"


def test_a_check_that_was_made_needs_no_reason() -> None:
    outcome = Outcome.of(["names", "rows"])
    for name in ("names", "rows"):
        outcome.skip(name, "no target is promised")

    outcome.add("rows", [], SENT)

    assert outcome.checks["names"].note == "skipped: no target is promised"
    assert outcome.checks["rows"].note == ""
