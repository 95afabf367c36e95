"""What every single answer must hold to: samples, edges, random requests, feedback."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable

import numpy as np

from charter.contract import requests
from charter.contract.check import Breach, Findings
from charter.contract.compare import arrays_differ, difference
from charter.contract.values import decoded
from charter.errors import shown
from charter.message import ARRAY_FORMS, Feedback, Form, Json, Message
from charter.methods import PREDICT, ROUTE, SEND_FEEDBACK, TRANSFORM_INPUT
from charter.tester.channel import Channel
from charter.tester.outcome import Failure, Sent
from charter.tester.recipe import Recipe, has_null
from charter.tester.trial import Answer, Trial, wrong

_TIMED = 20
_MOST_TRIES = 100
"""So many parts of a failing batch are tried at most."""


_REPLY = ("status", "body", "payload", "rows", "shape", "names", "type", "finite", "range")


REPLY_CHECKS = (*_REPLY, "category")


def examples(trial: Trial) -> None:
    """Send the samples; where their answers are known, the replies must be these."""
    if not trial.contract.samples or trial.method is not PREDICT:
        trial.outcome.skip("samples", "the contract has none")
        return
    for index, sample in enumerate(trial.contract.samples):
        request = _sampled(trial, sample.input)
        answer = trial.send(request)
        found = _unanswered("samples", answer)
        if answer.message is not None and sample.output is not None:
            differs = _sample_differs(trial, answer.message, sample.output)
            found = wrong("samples", "must be answered", differs, f"samples[{index}].output")
        trial.add({"samples": found}, answer.sent)


def edges(trial: Trial) -> None:
    """Send what lies at the edges; it must be answered; no rows have a check of their own."""
    contract = dataclasses.replace(trial.contract, payload=trial.cook.form)
    for edge in requests.edges(contract, np.random.default_rng(trial.course.seed)):
        if not requests.row_count(contract, edge.request):
            continue
        findings, sent = _at_edge(trial, edge.name, edge.request)
        before = set(trial.outcome.failed)
        trial.add(findings, sent)
        for check in trial.outcome.failed.keys() - before:
            _reduce(trial, check, edge)


def _at_edge(trial: Trial, name: str, request: Message) -> tuple[Findings, Sent]:
    answer = trial.send(request)
    found = _unanswered("edges", answer, f"{name} must be answered")
    return {"edges": found, **({} if found else trial.findings(request, answer))}, answer.sent


def _reduce(trial: Trial, check: str, edge: requests.Edge) -> None:
    """Keep the fewest rows of a request on which a check fails as well."""
    value = edge.request.value

    def fails(kept: list[int]) -> bool:
        part = value[kept] if isinstance(value, np.ndarray) else [value[row] for row in kept]
        request = dataclasses.replace(edge.request, value=part)
        findings, sent = _at_edge(trial, edge.name, request)
        found = findings.get(check)
        if found:
            trial.outcome.shrink(check, Failure(found[0], sent))
        return bool(found)

    fewest(requests.row_count(trial.contract, edge.request), fails, _MOST_TRIES)


def fewest(count: int, fails: Callable[[list[int]], bool], most_tries: int) -> list[int]:
    """Return few of some rows that fail together: halves are left out, then quarters …

    Args:
        count: how many rows there are; all of them fail.
        fails: whether some of them fail.
        most_tries: how often that is asked at most.
    """
    kept, step, tries = list(range(count)), count // 2, 0
    while step and tries < most_tries:
        start = 0
        while start < len(kept) and tries < most_tries:
            rest = kept[:start] + kept[start + step :]
            tries += bool(rest)
            if rest and fails(rest):
                kept = rest
            else:
                start += step
        step //= 2
    return kept


def random(trial: Trial) -> None:
    """Send random requests, and check each reply; then meta and latency."""

    def test(recipe: Recipe) -> tuple[Findings, Sent]:
        request = trial.cook.request(recipe)
        answer = trial.send(request)
        trial.outcome.latencies_s.append(answer.reply.latency_s)
        return trial.findings(request, answer), answer.sent

    if trial.wants(*REPLY_CHECKS):
        trial.search(test, trial.course.requests)
        _say_what_was_not_made(trial)
    if trial.wants("meta"):
        for channel in trial.subject.channels:
            _meta(trial, channel)
    if trial.wants("latency"):
        _latency(trial)


def feedback(trial: Trial) -> None:
    """Report a reward for an answer; it must be taken."""
    request = trial.cook.request(Recipe(1))
    for channel in trial.subject.channels:
        answer = trial.send(request, channel)
        body = channel.form.encode(Feedback(request, answer.message, reward=1.0))
        reply = channel.ask(SEND_FEEDBACK, body)
        found = wrong("feedback", "must be taken", reply.error)
        trial.add({"feedback": found}, Sent(channel.name, SEND_FEEDBACK.name, request))


def _sampled(trial: Trial, value: Json) -> Message:
    """Return the request of a sample."""
    from charter.contract.model import feature_names

    form = trial.cook.form
    if form not in ARRAY_FORMS:
        return Message(form, decoded(value) if form is Form.BINARY else value)
    table = np.array([value], dtype=object)
    if form is Form.TENSOR or not any(isinstance(each, str | bool) for each in table.ravel()):
        table = table.astype(np.float64) if not has_null(table) else table
    return Message(form, table, feature_names(trial.contract.features))


def _sample_differs(trial: Trial, reply: Message, output: Json) -> str:
    if reply.form not in ARRAY_FORMS:
        expected = Message(reply.form, output)
        return difference(expected, reply, trial.contract.targets)
    row = output if isinstance(output, list) else [output]
    wanted = np.array(row, dtype=object if any(isinstance(each, str) for each in row) else None)
    got = np.asarray(reply.value)
    return arrays_differ(
        wanted[None], got.reshape(len(got), -1) if got.ndim == 1 else got, trial.contract.targets
    )


def _say_what_was_not_made(trial: Trial) -> None:
    """Say of which checks the contract has nothing; that no reply came is said at the end."""
    without = _WITHOUT | (_OF_TRANSFORM if trial.method is TRANSFORM_INPUT else {})
    for check in REPLY_CHECKS:
        if check in without and trial.lost is None:
            trial.outcome.skip(check, without[check])


_WITHOUT = {
    "shape": "no target is promised",
    "names": "no target is promised",
    "type": "no target has a type",
    "finite": "no target is a number",
    "range": "no target has a range",
    "category": "no target has categories",
}
_OF_TRANSFORM = {"payload": "a transformed request is held to rows"}


def _meta(trial: Trial, channel: Channel) -> None:
    """Send a puid and a tag; both must come back, as the Seldon protocol says."""
    sent = {"puid": f"charter-test-{trial.course.seed}", "tags": {"charter-test": "sent"}}
    request = dataclasses.replace(trial.cook.request(Recipe(1)), meta=sent)
    answer = trial.send(request, channel)
    if answer.message is None:
        return
    meta = answer.message.meta or {}
    tags = meta.get("tags") or {}
    found = []
    if meta.get("puid") != sent["puid"]:
        clause = f"must be the puid that was sent, {sent['puid']!r}, over {channel.name}"
        found.append(Breach("meta", "meta.puid", clause, shown(meta.get("puid"))))
    # A router's reply has the router's tags alone, as the original's.
    if trial.method is not ROUTE and tags.get("charter-test") != "sent":
        clause = f"must hold the tags that were sent, over {channel.name}"
        found.append(Breach("meta", "meta.tags", clause, shown(tags)))
    trial.add({"meta": found}, answer.sent)


def _latency(trial: Trial) -> None:
    """Time requests of one row; at least half of them must be answered within the limit."""
    limit_ms = trial.contract.limits.latency_ms
    if limit_ms is None:
        trial.outcome.skip("latency", "the contract has no limits.latency_ms")
        return
    request = trial.cook.request(Recipe(1))
    answers = [trial.send(request) for _ in range(min(trial.course.requests, _TIMED))]
    took_ms = statistics.median_low(answer.reply.latency_s * 1000 for answer in answers)
    clause = f"half of the requests of one row must be answered within {limit_ms:g} ms"
    late = [Breach("latency", "limits.latency_ms", clause, f"{took_ms:.1f} ms")]
    trial.add({"latency": late if took_ms > limit_ms else []}, answers[0].sent)


def _unanswered(check: str, answer: Answer, clause: str = "must be answered") -> list[Breach]:
    return wrong(check, clause, answer.problem, "request")
