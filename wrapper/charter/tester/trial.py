"""One test under way: asks, remembers what was sent, and counts what the checks find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from charter.contract.check import Breach, Findings
from charter.contract.model import Contract
from charter.errors import BadPayload, CallError
from charter.message import Form, Message
from charter.methods import Method
from charter.tester.channel import Channel, Reply
from charter.tester.draw import Draw, search
from charter.tester.outcome import Failure, Outcome, Sent
from charter.tester.recipe import Cook, Recipe
from charter.tester.run import Endpoint, check_answer
from charter.tester.subject import Subject

PAIRS = 25
"""So many random requests are sent twice, in parts and in other forms, at most."""
MOST_ROWS = 8
"""So many rows a random request has at most, unless it is said."""


@dataclass(frozen=True, slots=True)
class Course:
    """Say how to test.

    Args:
        checks: the names of the checks that are made, as `vocabulary.chosen` returns them.
        requests: how many random requests are sent, 1 or more.
        rows: the most rows of one, 1 or more.
        seed: where the random data starts; the same seed sends the same.
        form: what requests carry; `None` means as the contract says.
        endpoint: what is asked.
    """

    checks: Sequence[str]
    requests: int = 20
    rows: int = MOST_ROWS
    seed: int = 0
    form: Form | None = None
    endpoint: Endpoint = Endpoint.PREDICT


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what came of one request.

    Args:
        sent: the request.
        reply: what came back.
        message: the reply as a message; `None` where it is none.
        findings: the checks of status and body.
    """

    sent: Sent
    reply: Reply
    message: Message | None
    findings: Findings

    @property
    def problem(self) -> str:
        """Return why there is no message; "" where there is one."""
        found = [breach for breaches in self.findings.values() for breach in breaches]
        return found[0].got if self.message is None else ""


Watch: TypeAlias = Callable[[Answer], object]
"""Is told of each answer, such as to count it."""


def ignore(answer: Answer) -> None:
    """Take no notice."""


Test: TypeAlias = Callable[[Recipe], tuple[Findings, Sent]]
"""Sends the request of a recipe; returns the checks that were made, and what shows the failures."""


class Trial:
    """Ask a subject by a contract.

    Args:
        contract: what goes in and comes out.
        subject: what is tested.
        course: how to test it.
        watch: told of each answer.

    Attributes:
        is_strict: whether the service says that it holds what is asked to the contract.
        lost: the last request that had no message for an answer; `None` where there is none.
        unsaid: the same by check, of those that compare answers and say nothing where none came.
        asked: the last request of all.
    """

    def __init__(
        self,
        contract: Contract,
        subject: Subject,
        course: Course,
        watch: Watch,
    ) -> None:
        self.contract = contract
        self.subject = subject
        self.course = course
        self.outcome = Outcome.of(course.checks)
        self.cook = Cook(contract, course.form, course.rows)
        self.is_strict = False
        self.lost: Answer | None = None
        self.unsaid: dict[str, Answer] = {}
        self.asked = Sent(subject.main.name, self.method.name)
        self._watch = watch

    @property
    def main(self) -> Channel:
        """Return the way that most requests go."""
        return self.subject.main

    @property
    def method(self) -> Method:
        """Return what is asked."""
        return self.course.endpoint.method

    def wants(self, *checks: str) -> bool:
        """Return whether one of these checks was chosen."""
        return not self.outcome.checks.keys().isdisjoint(checks)

    def send(self, request: Message, channel: Channel | None = None) -> Answer:
        """Return what comes of a request; `Unanswered` where nothing answers."""
        answer = self._answer(request, channel or self.main)
        if answer.message is None:
            self.lost = answer
        self._watch(answer)
        return answer

    def send_bytes(self, body: bytes, channel: Channel) -> Reply:
        """Return what comes of a body that was made by hand."""
        self.outcome.requests += 1
        return channel.ask(self.method, body)

    def findings(self, request: Message, answer: Answer) -> Findings:
        """Return all that the reply checks find."""
        if answer.message is None:
            return answer.findings
        kept = check_answer(self.contract, self.course.endpoint, request, answer.message)
        return answer.findings | kept

    def add(self, findings: Findings, sent: Sent) -> None:
        """Count checks, each with what it found."""
        for check, breaches in findings.items():
            self.outcome.add(check, breaches, sent)

    def search_pairs(self, test: Test, *, least_rows: int = 1) -> None:
        """Search with requests that are sent more than once: with probes first, then a few."""
        probes = self.cook.probes()
        count = min(self.course.requests, PAIRS)
        self.search(test, count, probes, least_rows=least_rows)

    def search(
        self, test: Test, count: int, given: Sequence[Recipe] = (), *, least_rows: int = 1
    ) -> None:
        """Draw requests, count what is found, and keep the smallest failure of each check.

        Args:
            test: sends one request, or several that belong together.
            count: how many are drawn.
            given: what is tested before.
            least_rows: the fewest rows of a request.
        """
        failures: dict[tuple[str, Recipe], Failure] = {}

        def fails(recipe: Recipe, *, counts: bool) -> frozenset[str]:
            findings, sent = test(recipe)
            if counts:
                self.add(findings, sent)
            found = {
                check: Failure(breaches[0], sent)
                for check, breaches in findings.items()
                if breaches and self.wants(check)
            }
            failures.update({(check, recipe): failure for check, failure in found.items()})
            return frozenset(found)

        def build(draw: Draw) -> Recipe:
            return self.cook.draw(draw, least_rows)

        seed = self.course.seed
        for check, recipe in search(build, fails, _size, given, seed=seed, count=count).items():
            self.outcome.shrink(check, failures[check, recipe])

    def _answer(self, request: Message, channel: Channel) -> Answer:
        sent = self.asked = Sent(channel.name, self.method.name, request)
        reply = self.send_bytes(channel.form.encode(request), channel)
        if not reply.is_success:
            return Answer(sent, reply, None, failed("status", reply.error))
        try:
            message = channel.form.decode(reply.body)
        except BadPayload as error:
            return Answer(sent, reply, None, {"status": [], **failed("body", error.message)})
        except CallError as error:
            return Answer(sent, reply, None, failed("status", error.message))
        return Answer(sent, reply, message, {"status": [], "body": []})


def _size(recipe: Recipe) -> Any:
    return recipe.size


def wrong(check: str, clause: str, got: str, where: str = "reply") -> list[Breach]:
    """Return the one thing that a check found; nothing for `""`."""
    return [Breach(check, where, clause, got)] if got else []


def failed(check: str, got: str) -> Findings:
    """Return the finding that a reply is not there as it should be."""
    return {check: [Breach(check, "reply", _EXPECTED[check], got)]}


_EXPECTED = {
    "status": "must say success",
    "body": "must be a Seldon message",
}
