from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from charter.contract.parse import parse
from charter.methods import PREDICT, ROUTE, TRANSFORM_INPUT
from charter.tester.recipe import Recipe
from charter.tester.run import Endpoint
from charter.tester.subject import component
from charter.tester.trial import Answer, Course, Trial, ignore
from charter.tester.vocabulary import chosen
from trials import CONTRACT, Mean


@pytest.fixture
def heard() -> list[Answer]:
    return []


@pytest.fixture
def trial(heard: list[Answer]) -> Iterator[Trial]:
    read = parse(CONTRACT)
    with contextlib.closing(component("it", Mean, read)) as subject:
        yield Trial(read, subject, Course(chosen(["range", "rows"])), heard.append)


def test_an_answer_is_a_message_and_its_checks(trial: Trial, heard: list[Answer]) -> None:
    request = trial.cook.request(Recipe(2))

    answer = trial.send(request)

    assert answer.message is not None
    assert answer.message.value.tolist() == [[0.0], [0.0]]
    assert answer.findings == {"status": [], "body": []}
    assert trial.findings(request, answer)["rows"] == []
    assert answer.sent.message is request
    assert heard == [answer]
    assert trial.outcome.requests == 1


def test_only_what_was_chosen_is_wanted(trial: Trial) -> None:
    assert trial.wants("range")
    assert trial.wants("batch", "rows")
    assert not trial.wants("batch", "status")


def test_a_search_counts_each_request_once_and_keeps_the_smallest(trial: Trial) -> None:
    from charter.contract.check import Breach

    made: list[Recipe] = []

    def test(recipe: Recipe) -> Any:
        made.append(recipe)
        answer = trial.send(trial.cook.request(recipe))
        wrong = [Breach("rows", "data", "must be", "more")] if recipe.rows > 2 else []
        return {"rows": wrong}, answer.sent

    trial.search(test, 30)

    tally = trial.outcome.checks["rows"]
    message = trial.outcome.failed["rows"].sent.message
    assert tally.made == 30 < len(made)
    assert message is not None
    assert message.value.tolist() == [[0.0, 0.0]] * 3


@pytest.mark.parametrize(
    ("endpoint", "method"),
    [
        (Endpoint.PREDICT, PREDICT),
        (Endpoint.SEND_FEEDBACK, PREDICT),
        (Endpoint.TRANSFORM_INPUT, TRANSFORM_INPUT),
        (Endpoint.ROUTE, ROUTE),
    ],
)
def test_the_endpoint_says_what_is_asked(endpoint: Endpoint, method: Any, trial: Trial) -> None:
    course = Course(chosen(None), endpoint=endpoint)

    asked = Trial(trial.contract, trial.subject, course, ignore)

    assert asked.method is method
