"""Send data made by a contract to a target, and check each reply. Prints nothing."""

from __future__ import annotations

import enum
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.contract import requests
from charter.contract.check import Breach, Findings, check_reply, check_rows
from charter.contract.generate import generate
from charter.contract.model import Contract, feature_names
from charter.errors import BadPayload, ServingError, StartError, Unanswered, shown
from charter.message import ARRAY_FORMS, Feedback, Form, Message
from charter.methods import PREDICT, ROUTE, TRANSFORM_INPUT, Method
from charter.tester.targets import Answer, Target


class Endpoint(enum.Enum):
    """Name what is asked of the target."""

    PREDICT = "predict"
    SEND_FEEDBACK = "send-feedback"
    """Predict, then report a reward of 1 for the answer."""
    TRANSFORM_INPUT = "transform-input"
    ROUTE = "route"
    """Ask a router for a branch: one answer for all rows together."""

    @property
    def method(self) -> Method:
        """Return the method that is asked."""
        return _METHODS.get(self, PREDICT)


def named(endpoint: str) -> Endpoint:
    """Return the endpoint of a name; raise `StartError` where there is none."""
    try:
        return Endpoint(endpoint)
    except ValueError:
        known = ", ".join(each.value for each in Endpoint)
        raise StartError(f"endpoint: expected one of {known}, got {shown(endpoint)}") from None


_METHODS = {Endpoint.TRANSFORM_INPUT: TRANSFORM_INPUT, Endpoint.ROUTE: ROUTE}


@dataclass(frozen=True, slots=True)
class Plan:
    """Say what to send.

    Args:
        endpoint: what is asked.
        requests: how many requests, 1 or more.
        rows: how many rows in each, 1 or more.
        form: `NDARRAY` or `TENSOR`; an ndarray gives way to what the contract says of its payload.
        seed: where the random data starts; the same seed sends the same.
    """

    endpoint: Endpoint = Endpoint.PREDICT
    requests: int = 1
    rows: int = 1
    form: Form = Form.NDARRAY
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """Hold one request and what came of it.

    Args:
        number: 1 for the first.
        request: what was sent.
        answer: what came back; `None` when no reply could be read.
        findings: each check that was made, with what it found.
    """

    number: int
    request: Message
    answer: Answer | None
    findings: Findings

    @property
    def rows(self) -> int:
        """Return how many rows were sent; one text, bytes or object is one."""
        value = self.request.value
        has_rows = self.request.form in ARRAY_FORMS or isinstance(value, list)
        return len(value) if has_rows else 1

    @property
    def breaches(self) -> list[Breach]:
        """Return what all checks found."""
        return [breach for found in self.findings.values() for breach in found]


@dataclass(slots=True)
class Tally:
    """Count how often one check was made, and keep its first failure."""

    passed: int = 0
    failed: int = 0
    first: Breach | None = None
    exchange: Exchange | None = None

    def add(self, exchange: Exchange, breaches: list[Breach]) -> None:
        """Count the check as made in one exchange."""
        if not breaches:
            self.passed += 1
            return
        if self.first is None:
            self.first, self.exchange = breaches[0], exchange
        self.failed += 1


@dataclass(slots=True)
class Outcome:
    """Sum up exchanges.

    Args:
        checks: the tally of each check, in the order in which checks are first made.
        requests: how many were sent.
        rows: how many rows were sent.
        errors: how many requests had no readable reply.
        latencies_s: of the replies that could be read, in seconds.
    """

    checks: dict[str, Tally] = field(default_factory=dict)
    requests: int = 0
    rows: int = 0
    errors: int = 0
    latencies_s: list[float] = field(default_factory=list)

    @property
    def failed(self) -> dict[str, Tally]:
        """Return the checks that failed at least once."""
        return {name: tally for name, tally in self.checks.items() if tally.failed}

    def add(self, exchange: Exchange) -> None:
        """Count one exchange."""
        self.requests += 1
        self.rows += exchange.rows
        if exchange.answer is None:
            self.errors += 1
        else:
            self.latencies_s.append(exchange.answer.latency_s)
        for name, breaches in exchange.findings.items():
            self.checks.setdefault(name, Tally()).add(exchange, breaches)


def fresh_seed() -> int:
    """Return a seed that no one chose, small enough to be typed again."""
    return secrets.randbelow(1_000_000)


def run(contract: Contract, target: Target, plan: Plan) -> Iterator[Exchange]:
    """Send the requests of a plan one after the other, and yield each with its findings.

    It ends early when the target stops answering.

    Raises:
        Unanswered: nothing answers to the first request.
        StartError: the contract's data cannot be sent as a tensor.
    """
    rng = np.random.default_rng(plan.seed)
    for number in range(1, plan.requests + 1):
        request = _request(contract, plan, rng)
        try:
            yield _exchange(contract, target, plan.endpoint, request, number)
        except Unanswered as error:
            if number == 1:
                raise
            yield Exchange(number, request, None, _failed("status", error))
            return


def _request(contract: Contract, plan: Plan, rng: np.random.Generator) -> Message:
    form = contract.payload or plan.form if plan.form is Form.NDARRAY else plan.form
    if form not in ARRAY_FORMS:
        return requests.request(contract, plan.rows, rng, form)
    rows = generate(contract.features, plan.rows, rng)
    if form is Form.TENSOR:
        rows = _numbers(rows, contract)
    return Message(form, rows, feature_names(contract.features))


def _numbers(rows: NDArray[Any], contract: Contract) -> NDArray[Any]:
    for index, feature in enumerate(contract.features):
        text = next((value for value in feature.values if isinstance(value, str)), None)
        if text is not None:
            raise StartError(
                f"features[{index}].values: {shown(text)} is no number, and a tensor holds "
                f"nothing else; send it without -t"
            )
    return rows.astype(np.float64) if rows.dtype.kind == "O" else rows


def _exchange(
    contract: Contract, target: Target, endpoint: Endpoint, request: Message, number: int
) -> Exchange:
    try:
        answer = target.call(endpoint.method, request)
    except Unanswered:
        raise
    except BadPayload as error:
        return Exchange(number, request, None, {"status": [], **_failed("body", error)})
    except ServingError as error:
        return Exchange(number, request, None, _failed("status", error))
    findings: Findings = {"status": [], "body": []}
    findings |= check_answer(contract, endpoint, request, answer.message)
    if endpoint is Endpoint.SEND_FEEDBACK:
        findings |= _reward(target, request, answer.message)
    return Exchange(number, request, answer, findings)


def check_answer(
    contract: Contract, endpoint: Endpoint, request: Message, reply: Message
) -> Findings:
    """Return how a reply keeps what the contract says of an endpoint's replies."""
    rows = 1 if endpoint is Endpoint.ROUTE else requests.row_count(contract, request)
    if endpoint is Endpoint.TRANSFORM_INPUT:
        return check_rows(reply, rows)
    return check_reply(contract.targets, reply, rows, contract.payload)


def _reward(target: Target, request: Message, reply: Message) -> Findings:
    try:
        target.send_feedback(Feedback(request=request, response=reply, reward=1.0))
    except ServingError as error:
        return _failed("feedback", error)
    return {"feedback": []}


def _failed(check: str, error: ServingError) -> Findings:
    clause = _EXPECTED[check]
    return {check: [Breach(check, "reply", clause, error.message)]}


_EXPECTED = {
    "status": "must say success",
    "body": "must be a Seldon message",
    "feedback": "must be taken",
}
