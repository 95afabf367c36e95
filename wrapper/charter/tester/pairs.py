"""What is the same, however it is asked: twice, in parts, in another form, over another wire."""

from __future__ import annotations

import dataclasses

import numpy as np

from charter.contract.check import Findings
from charter.contract.compare import arrays_differ, difference
from charter.errors import StartError
from charter.message import ARRAY_FORMS, Form, Message
from charter.methods import ROUTE
from charter.tester.channel import REST, Channel
from charter.tester.outcome import Sent
from charter.tester.recipe import Recipe, has_null
from charter.tester.trial import Answer, Trial, wrong

_TOGETHER = "rows must be answered together as they are apart"


def determinism(trial: Trial) -> None:
    """Send the same request twice; the replies must be the same, but for their meta."""

    def test(recipe: Recipe) -> tuple[Findings, Sent]:
        request = trial.cook.request(recipe)
        first, second = trial.send(request), trial.send(request)
        return _compared(trial, "determinism", "the same request again", first, second), first.sent

    trial.search_pairs(test)


def batch(trial: Trial) -> None:
    """Send rows together, and in two parts; the rows of the replies must be the same."""
    if not trial.cook.has_rows:
        trial.outcome.skip("batch", f"{trial.cook.form.value} data have no rows")
        return
    if trial.method is ROUTE:
        trial.outcome.skip("batch", "a route is for all rows together")
        return
    if trial.contract.limits.rows == 1:
        trial.outcome.skip("batch", "limits.rows is 1")
        return

    def test(recipe: Recipe) -> tuple[Findings, Sent]:
        request = trial.cook.request(recipe)
        half = (recipe.rows + 1) // 2
        parts = [request.value[:half], request.value[half:]]
        whole = trial.send(request)
        answers = [trial.send(dataclasses.replace(request, value=part)) for part in parts]
        return _joined(trial, whole, answers), whole.sent

    trial.search_pairs(test, least_rows=2)


def forms(trial: Trial) -> None:
    """Send the same rows in each form and over each wire; the replies must be the same."""
    ways = _ways(trial)
    if len(ways) < 2:
        trial.outcome.skip("forms", "there is one form and one wire; give --grpc-port")
        return
    if trial.subject.grpc is None and trial.main.name == REST:
        trial.outcome.remarks.append("forms: gRPC was not tested; --grpc-port tells where it is")

    def test(recipe: Recipe) -> tuple[Findings, Sent]:
        first = trial.send(trial.cook.request(recipe))
        for channel, form in ways[1:]:
            request = trial.cook.request(recipe, form)
            if form is Form.TENSOR and has_null(request.value):
                continue
            other = trial.send(request, channel)
            what = f"the same as {form.value} over {channel.name}"
            findings = _compared(trial, "forms", what, first, other)
            if findings.get("forms"):
                return findings, other.sent
        return {} if first.message is None else {"forms": []}, first.sent

    trial.search_pairs(test)


def _compared(trial: Trial, check: str, what: str, first: Answer, second: Answer) -> Findings:
    """Compare two answers; where there is no first one, that is for other checks to say."""
    if first.message is None and second.message is None:
        trial.unsaid[check] = first
        return {}
    if first.message is None:
        clause = f"what is answered to {what} must be answered"
        return {check: wrong(check, clause, first.problem)}
    if second.message is None:
        return {check: wrong(check, f"{what} must be answered", second.problem)}
    differs = difference(first.message, second.message, trial.contract.targets)
    return {check: wrong(check, f"{what} must be answered the same", differs)}


def _joined(trial: Trial, whole: Answer, parts: list[Answer]) -> Findings:
    """Compare the reply to all rows with those to two parts of them."""
    lost = [answer for answer in (whole, *parts) if answer.message is None]
    if len(lost) == 1 + len(parts):
        trial.unsaid["batch"] = whole
        return {}
    if lost:
        return {"batch": wrong("batch", _TOGETHER, lost[0].problem)}
    messages = [answer.message for answer in parts if answer.message is not None]
    assert whole.message is not None
    differs = _differs_joined(trial, whole.message, messages)
    return {"batch": wrong("batch", _TOGETHER, differs)}


def _differs_joined(trial: Trial, whole: Message, parts: list[Message]) -> str:
    targets = trial.contract.targets
    if any(message.form not in ARRAY_FORMS for message in (whole, *parts)):
        if not all(isinstance(message.value, list) for message in (whole, *parts)):
            return ""  # other data have no rows that could be told apart
        rows = [row for part in parts for row in part.value]
        return difference(dataclasses.replace(whole, value=rows), whole, targets)
    values = [np.asarray(part.value) for part in parts]
    if len({value.shape[1:] for value in values}) > 1 or any(not value.ndim for value in values):
        shapes = " and ".join(str(list(value.shape)) for value in values)
        return f"parts of the shapes {shapes}"
    if len({value.dtype.kind for value in values}) > 1:
        values = [value.astype(object) for value in values]
    return arrays_differ(np.concatenate(values), np.asarray(whole.value), targets)


def _ways(trial: Trial) -> list[tuple[Channel, Form]]:
    """Return the wires and forms in which requests may travel, the main one first."""
    first = trial.cook.form
    others: list[Form] = []
    if trial.cook.has_rows and trial.contract.payload is None:
        others = [form for form in (Form.NDARRAY, Form.TENSOR) if form is not first]
    ways = [(channel, form) for channel in trial.subject.channels for form in (first, *others)]
    return [(channel, form) for channel, form in ways if _is_possible(trial, form)]


def _is_possible(trial: Trial, form: Form) -> bool:
    try:
        trial.cook.request(Recipe(1), form)
    except StartError:  # text in a tensor
        return False
    return True
