"""Classes as people wrote them for Seldon, under both `seldon-core-microservice` commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from charter.methods import Wire
from seldon_runs import commands
from seldon_runs.cases import CLASSES, Sheet, read
from seldon_runs.differences import originals
from seldon_runs.observing import Observed, observe, promised, strays
from seldon_runs.scraping import STANDING

every_wire = pytest.mark.parametrize("wire", list(Wire), ids=lambda wire: str(wire.value))


@pytest.fixture(scope="module", params=CLASSES)
def sheet(request: pytest.FixtureRequest) -> Sheet:
    return read(request.param)


@pytest.fixture(scope="module")
def ours(sheet: Sheet) -> Iterator[Observed]:
    with commands.ours(sheet) as running:
        yield observe(running, sheet)


@pytest.fixture(scope="module")
def original(sheet: Sheet, original_python: Path) -> Iterator[Observed]:
    with commands.original(original_python, sheet) as running:
        yield observe(running, sheet)


@every_wire
def test_our_command_answers_as_promised(ours: Observed, sheet: Sheet, wire: Wire) -> None:
    assert strays(ours.answers[wire], promised(sheet, wire)) == {}


@every_wire
def test_the_original_answers_as_promised_but_for_known_differences(
    original: Observed, sheet: Sheet, wire: Wire
) -> None:
    wanted = promised(sheet, wire, original=True)

    assert strays(original.answers[wire], wanted) == {}


@every_wire
def test_both_answer_the_same_where_no_difference_is_known(
    ours: Observed, original: Observed, sheet: Sheet, wire: Wire
) -> None:
    known = {case.name for case in sheet.cases if case.differs}

    found = strays(ours.answers[wire], original.answers[wire])

    assert {name: pair for name, pair in found.items() if name not in known} == {}


def test_a_known_difference_is_one(sheet: Sheet) -> None:
    for case in sheet.cases:
        is_other = any(originals(case, wire) != case.promised(wire) for wire in Wire)
        assert is_other == bool(case.differs), case.name


def test_both_show_the_same_metrics(ours: Observed, original: Observed, sheet: Sheet) -> None:
    wanted = {name: sorted({*labels, *STANDING}) for name, labels in sheet.metrics.items()}

    assert strays(ours.labels, wanted) == {}
    assert strays(original.labels, wanted) == {}


def test_both_count_the_same(ours: Observed, original: Observed) -> None:
    assert strays(ours.totals, original.totals) == {}
