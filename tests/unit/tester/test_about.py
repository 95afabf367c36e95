"""What a service says about itself."""

from __future__ import annotations

from typing import Any

import pytest
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
