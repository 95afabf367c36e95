"""Tests of the tester: a component, a contract, and what comes of the chosen checks."""

from __future__ import annotations

import contextlib
from typing import Any

from charter.contract.parse import parse
from charter.tester.outcome import Outcome
from charter.tester.subject import component
from charter.tester.trial import Course
from charter.tester.vocabulary import chosen
from charter.tester.whole import examine

UNIT = {"ftype": "continuous", "dtype": "FLOAT", "range": [0, 1]}
CONTRACT: Any = {
    "features": [{"name": "x", **UNIT, "repeat": 2}],
    "targets": [{"name": "y", **UNIT}],
}


class Mean:
    """Keep `CONTRACT`."""

    def predict(self, X: Any) -> Any:
        return X.astype(float).mean(axis=1, keepdims=True)

    def class_names(self) -> list[str]:
        return ["y"]


def outcome_of(
    user: object, *checks: str, contract: Any = CONTRACT, mode: str = "warn", **course: Any
) -> Outcome:
    """Return what comes of some checks, or of all, of a component in this process."""
    read = parse(contract)
    with contextlib.closing(component("it", user, read, mode=mode)) as subject:
        return examine(read, subject, Course(chosen(checks or None), **course))


def first(outcome: Outcome, check: str) -> str:
    """Return the smallest failure of a check in words."""
    return str(outcome.failed[check].breach)


def rows_sent(outcome: Outcome, check: str) -> Any:
    """Return the rows of the smallest request that a check failed on."""
    message = outcome.failed[check].sent.message
    assert message is not None
    return message.value.tolist()
