"""What every answer must hold to: the phases of a test but for refusals."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np

from charter.client.wire import Wire as WireForm
from charter.contract import requests
from charter.contract.check import Breach, Findings
from charter.errors import ServingError, StartError, shown
from charter.message import ARRAY_FORMS, Feedback, Form, Json, Message
from charter.methods import HEALTH_STATUS, METADATA, PREDICT, SEND_FEEDBACK, Method
from charter.tester.channel import REST, Channel
from charter.tester.compare import arrays_differ, difference
from charter.tester.outcome import Failure, Sent
from charter.tester.recipe import Recipe, has_null
from charter.tester.trial import Answer, Trial

_TIMED = 20
_REPLY = ("status", "body", "payload", "rows", "shape", "names", "type", "finite", "range")
REPLY_CHECKS = (*_REPLY, "category")


def service(trial: Trial) -> None:
    """Ask for health, readiness, metadata and OpenAPI; the metadata say what is enforced."""
    _answers(trial, "health", lambda: trial.main.ask(HEALTH_STATUS, b""), trial.main.form)
    _metadata(trial)
    for check, paths in (("ready", ("/ready",)), ("openapi", ("/openapi.json", "/seldon.json"))):
        if trial.main.name == REST:
            _document(trial, check, paths)
        else:
            trial.outcome.skip(check, "asked over REST only")


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
            found = _found("samples", f"samples[{index}].output", "must be answered", differs)
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
    """Keep the one row of a request on which a check fails as well, if there is one."""
    rows = requests.row_count(trial.contract, edge.request)
    for row in range(rows if rows > 1 else 0):
        request = dataclasses.replace(edge.request, value=edge.request.value[row : row + 1])
        findings, sent = _at_edge(trial, edge.name, request)
        if findings.get(check):
            trial.outcome.shrink(check, Failure(findings[check][0], sent))
            return


def random(trial: Trial) -> None:
    """Send random requests, and check each reply; then meta and latency."""
    errors: list[tuple[Findings, Sent]] = []

    def test(recipe: Recipe) -> tuple[Findings, Sent]:
        request = trial.cook.request(recipe)
        answer = trial.send(request)
        trial.outcome.latencies_s.append(answer.reply.latency_s)
        findings = trial.findings(request, answer)
        if answer.message is None:
            errors.append((findings, answer.sent))
        return findings, answer.sent

    if trial.wants(*REPLY_CHECKS):
        trial.search(test, trial.course.requests)
        _say_what_was_not_made(trial, errors)
    if trial.wants("meta"):
        for channel in trial.subject.channels:
            _meta(trial, channel)
    if trial.wants("latency"):
        _latency(trial)


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
    if trial.contract.limits.rows == 1:
        trial.outcome.skip("batch", "limits.rows is 1")
        return

    def test(recipe: Recipe) -> tuple[Findings, Sent]:
        request = trial.cook.request(recipe)
        half = (recipe.rows + 1) // 2
        parts = [request.value[:half], request.value[half:]]
        whole = trial.send(request)
        answers = [trial.send(dataclasses.replace(request, value=part)) for part in parts]
        return {"batch": _joined(trial, whole, answers)}, whole.sent

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
        return {"forms": []}, first.sent

    trial.search_pairs(test)


def feedback(trial: Trial) -> None:
    """Report a reward for an answer; it must be taken."""
    request = trial.cook.request(Recipe(1))
    for channel in trial.subject.channels:
        answer = trial.send(request, channel)
        body = channel.form.encode(Feedback(request, answer.message, reward=1.0))
        reply = channel.ask(SEND_FEEDBACK, body)
        found = [] if reply.is_success else [_breach("feedback", "must be taken", reply.error)]
        trial.add({"feedback": found}, Sent(channel.name, SEND_FEEDBACK.name, request))


def _answers(trial: Trial, check: str, ask: Callable[[], Any], form: WireForm) -> None:
    reply = ask()
    error = reply.error
    if reply.is_success:
        try:
            form.decode_health(reply.body)
        except ServingError as refused:
            error = refused.message
    found = [_breach(check, "must be answered with success", error)] if error else []
    trial.add({check: found}, Sent(trial.main.name, _path(HEALTH_STATUS, trial.main)))


def _metadata(trial: Trial) -> None:
    reply = trial.main.ask(METADATA, b"")
    error, said = reply.error, {}
    if reply.is_success:
        try:
            said = trial.main.form.decode_metadata(reply.body)
        except ServingError as refused:
            error = refused.message
    custom = said.get("custom")
    trial.is_strict = isinstance(custom, dict) and custom.get("contract_mode") == "strict"
    found = [_breach("metadata", "must be answered with success", error)] if error else []
    trial.add({"metadata": found}, Sent(trial.main.name, _path(METADATA, trial.main)))


def _path(method: Method, channel: Channel) -> str:
    return method.routes[0][0] if channel.name == REST else method.name


def _document(trial: Trial, check: str, paths: tuple[str, ...]) -> None:
    """Ask for the first of some paths that is there."""
    for path in paths:
        reply = trial.main.get(path)
        if reply.status == 404:
            continue
        found = _SAYS[check](reply.body) if reply.is_success else reply.error
        breaches = [_breach(check, f"{path} must be answered with success", found)] if found else []
        trial.add({check: breaches}, Sent(REST, path))
        return
    trial.outcome.skip(check, f"the server has no {paths[0]}")


def _is_openapi(body: bytes) -> str:
    from charter.codecs import json_text

    try:
        document = json_text.loads_exact(body)
    except ServingError as error:
        return error.message
    if isinstance(document, dict) and document.get("openapi") and document.get("paths"):
        return ""
    return f"no OpenAPI: {shown(document)}"


_SAYS: dict[str, Callable[[bytes], str]] = {"ready": lambda _: "", "openapi": _is_openapi}


def _sampled(trial: Trial, value: Json) -> Message:
    """Return the request of a sample."""
    from charter.contract.model import feature_names

    form = trial.cook.form
    if form not in ARRAY_FORMS:
        return Message(form, value.encode() if form is Form.BINARY else value)
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


def _say_what_was_not_made(trial: Trial, errors: list[tuple[Findings, Sent]]) -> None:
    """Say why a check of replies was not made; it failed, where that shows in no other check."""
    for check in REPLY_CHECKS:
        tally = trial.outcome.checks.get(check)
        if tally is None or tally.made:
            continue
        if errors and not trial.wants("status", "body"):
            findings, sent = errors[0]
            got = next(str(breach) for found in findings.values() for breach in found)
            trial.add({check: [Breach(check, "reply", "must come to be checked", got)]}, sent)
        else:
            trial.outcome.skip(check, _WITHOUT.get(check, "no reply came so far"))


_WITHOUT = {
    "names": "no target is promised",
    "type": "no target has a type",
    "finite": "no target is a number",
    "range": "no target has a range",
    "category": "no target has categories",
}


def _meta(trial: Trial, channel: Channel) -> None:
    """Send a puid and a tag; both must come back, as the Seldon protocol says."""
    sent = {"puid": f"charter-test-{trial.course.seed}", "tags": {"charter-test": "sent"}}
    request = dataclasses.replace(trial.cook.request(Recipe(1)), meta=sent)
    answer = trial.send(request, channel)
    if answer.message is None:
        trial.outcome.skip("meta", f"no reply: {answer.reply.error}")
        return
    meta = answer.message.meta or {}
    tags = meta.get("tags") or {}
    found = []
    if meta.get("puid") != sent["puid"]:
        clause = f"must be the puid that was sent, {sent['puid']!r}, over {channel.name}"
        found.append(Breach("meta", "meta.puid", clause, shown(meta.get("puid"))))
    if tags.get("charter-test") != "sent":
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


def _compared(trial: Trial, check: str, what: str, first: Answer, second: Answer) -> Findings:
    """Compare two answers; where there is no first one, that is for other checks to say."""
    if first.message is None:
        return {} if second.message is None else {check: [_one_refused(check, what, first)]}
    if second.message is None:
        return {check: [_breach(check, f"{what} must be answered", second.reply.error)]}
    differs = difference(first.message, second.message, trial.contract.targets)
    return {check: _found(check, "reply", f"{what} must be answered the same", differs)}


def _one_refused(check: str, what: str, first: Answer) -> Breach:
    return _breach(check, f"what is answered to {what} must be answered", first.reply.error)


def _joined(trial: Trial, whole: Answer, parts: list[Answer]) -> list[Breach]:
    """Compare the reply to all rows with those to two parts of them."""
    lost = [answer for answer in (whole, *parts) if answer.message is None]
    if len(lost) == 1 + len(parts):
        return []
    if lost:
        clause = "rows must be answered together as they are apart"
        return [_breach("batch", clause, lost[0].reply.error)]
    messages = [answer.message for answer in parts if answer.message is not None]
    assert whole.message is not None
    if any(message.form not in ARRAY_FORMS for message in (whole.message, *messages)):
        return _lists_joined(trial, whole.message, messages)
    values = [np.asarray(message.value) for message in messages]
    if len({value.shape[1:] for value in values}) > 1 or any(not value.ndim for value in values):
        got = f"shapes {' and '.join(str(list(value.shape)) for value in values)}"
        return [_breach("batch", "two parts must have replies of the same shape", got)]
    if len({value.dtype.kind for value in values}) > 1:
        values = [value.astype(object) for value in values]
    joined = np.concatenate(values)
    differs = arrays_differ(joined, np.asarray(whole.message.value), trial.contract.targets)
    return _found("batch", "reply", "rows must be answered together as they are apart", differs)


def _lists_joined(trial: Trial, whole: Message, parts: list[Message]) -> list[Breach]:
    """Compare lists of objects; other data have no rows that could be told apart."""
    if not all(isinstance(message.value, list) for message in (whole, *parts)):
        return []
    joined = dataclasses.replace(whole, value=[row for part in parts for row in part.value])
    differs = difference(joined, whole, trial.contract.targets)
    return _found("batch", "reply", "rows must be answered together as they are apart", differs)


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


def _unanswered(check: str, answer: Answer, clause: str = "must be answered") -> list[Breach]:
    if answer.message is not None:
        return []
    found = next(iter(next(iter(filter(None, answer.findings.values())))))
    return [Breach(check, "request", clause, found.got)]


def _found(check: str, where: str, clause: str, differs: str) -> list[Breach]:
    return [Breach(check, where, clause, differs)] if differs else []


def _breach(check: str, clause: str, got: str) -> Breach:
    return Breach(check, "reply", clause, got)
