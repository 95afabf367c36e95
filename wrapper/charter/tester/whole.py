"""The whole test: every phase in turn, as far as its checks are chosen."""

from __future__ import annotations

from collections.abc import Callable

from charter.contract.check import Breach
from charter.contract.model import Contract
from charter.errors import Unanswered
from charter.methods import METADATA
from charter.tester import about, pairs, promises
from charter.tester.draw import WITHOUT_HYPOTHESIS, has_hypothesis
from charter.tester.outcome import Outcome, Tally
from charter.tester.recipe import Recipe
from charter.tester.refusals import refusals
from charter.tester.run import Endpoint
from charter.tester.subject import Subject, quiet
from charter.tester.trial import Answer, Course, Trial, Watch, failed, ignore
from charter.tester.vocabulary import CHECKS, Phase

PHASES: dict[Phase, Callable[[Trial], None]] = {
    Phase.SERVICE: about.service,
    Phase.EXAMPLES: promises.examples,
    Phase.EDGES: promises.edges,
    Phase.RANDOM: promises.random,
    Phase.DETERMINISM: pairs.determinism,
    Phase.BATCH: pairs.batch,
    Phase.FORMS: pairs.forms,
    Phase.REFUSALS: refusals,
    Phase.FEEDBACK: promises.feedback,
}
_NO_FEEDBACK = "a live service learns of it; --endpoint send-feedback sends it"


def examine(
    contract: Contract,
    subject: Subject,
    course: Course,
    watch: Watch = ignore,
) -> Outcome:
    """Test a subject by a contract.

    Args:
        contract: what goes in and comes out.
        subject: what is tested; not closed here.
        course: how to test it.
        watch: told of each answer.

    Raises:
        Unanswered: nothing answers to the first request.
        StartError: the contract's data cannot be sent as the course says.
    """
    trial = Trial(contract, subject, course, watch)
    trial.cook.request(Recipe(1))  # what cannot be made is told before anything is asked
    if not has_hypothesis():
        trial.outcome.remarks.append(WITHOUT_HYPOTHESIS)
    with quiet():
        _run(trial)
    return trial.outcome


def _run(trial: Trial) -> None:
    trial.main.ask(METADATA, b"")  # only here is it an error of the caller's that nothing answers
    try:
        about.service(trial)  # whatever is chosen: its metadata say what is enforced
        for phase, run in PHASES.items():
            if phase is not Phase.SERVICE and _is_wanted(trial, phase):
                run(trial)
        _explain(trial)
    except Unanswered as error:
        _end(trial, error)


def _explain(trial: Trial) -> None:
    """Say that no reply came to what was not checked; a failure, unless there is another."""
    has_failed = bool(trial.outcome.failed)
    for name, tally in trial.outcome.checks.items():
        if trial.lost is None or tally.made or tally.note:
            continue
        if has_failed:
            trial.outcome.skip(name, "no reply came")
            continue
        _fail(trial, name, trial.lost)
    if not trial.outcome.failed:
        for name, answer in trial.unsaid.items():
            _fail(trial, name, answer)


def _fail(trial: Trial, check: str, lost: Answer) -> None:
    got = next(str(breach) for found in lost.findings.values() for breach in found)
    trial.add({check: [Breach(check, "reply", "must come to be checked", got)]}, lost.sent)


def _is_wanted(trial: Trial, phase: Phase) -> bool:
    checks = [name for name, its in CHECKS.items() if its is phase and trial.wants(name)]
    if phase is Phase.EDGES and trial.wants(*promises.REPLY_CHECKS):
        return True
    is_everything = len(trial.course.checks) == len(CHECKS)
    is_live = not trial.subject.is_in_process
    is_asked = trial.course.endpoint is Endpoint.SEND_FEEDBACK or not is_everything
    if phase is Phase.FEEDBACK and is_live and not is_asked:
        trial.outcome.skip("feedback", _NO_FEEDBACK)
        return False
    return bool(checks)


def _end(trial: Trial, error: Unanswered) -> None:
    """Say that nothing answers any more, whichever checks were chosen."""
    checks = trial.outcome.checks
    checks.setdefault("status", Tally())
    trial.add(failed("status", error.message), trial.asked)
    for name, tally in checks.items():
        if not tally.made:
            trial.outcome.skip(name, "the service answers no more")
