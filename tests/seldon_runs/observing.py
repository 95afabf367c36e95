"""Send all requests of a class and keep what came back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from charter.methods import Wire
from seldon_runs import scraping
from seldon_runs.asking import as_sent, ask, can_ask
from seldon_runs.cases import Answer, Sheet
from seldon_runs.commands import Running
from seldon_runs.differences import originals


@dataclass(frozen=True, slots=True)
class Observed:
    """Hold the answers of one server, by transport and name of the request, and its metrics.

    Args:
        answers: what it answered.
        labels: the sorted label names of each sample name.
        totals: what was counted, by sample name and labels.
    """

    answers: Mapping[Wire, Mapping[str, Answer]]
    labels: Mapping[str, list[str]]
    totals: Mapping[str, float]


def observe(running: Running, sheet: Sheet) -> Observed:
    """Send all requests of a class, first over REST, then over gRPC, and read the metrics."""
    answers = {
        wire: {case.name: ask(running, case, wire) for case in sheet.cases if can_ask(case, wire)}
        for wire in (Wire.REST, Wire.GRPC)
    }
    return Observed(answers, scraping.labels_by_sample(running), scraping.totals(running))


def promised(sheet: Sheet, wire: Wire, *, original: bool = False) -> Mapping[str, Answer]:
    """Return what `observe` should find over one transport, from us or from the original."""
    found = {}
    for case in sheet.cases:
        if can_ask(case, wire):
            answer = originals(case, wire) if original else case.promised(wire)
            found[case.name] = answer if wire is Wire.REST else as_sent(answer, case)
    return found


def strays(
    got: Mapping[str, object], wanted: Mapping[str, object]
) -> dict[str, tuple[object, object]]:
    """Return what was got and what was wanted, by name, where these are not the same."""
    names = [*wanted, *(name for name in got if name not in wanted)]
    pairs = {name: (got.get(name), wanted.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
