"""Classes as people wrote them for Seldon, unchanged, under our `seldon-core-microservice`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from charter.methods import Wire
from seldon_runs import commands
from seldon_runs.cases import CLASSES, Sheet, read
from seldon_runs.observing import Observed, observe, promised, strays
from seldon_runs.scraping import STANDING


@pytest.fixture(scope="module", params=CLASSES)
def sheet(request: pytest.FixtureRequest) -> Sheet:
    return read(request.param)


@pytest.fixture(scope="module")
def observed(sheet: Sheet) -> Iterator[Observed]:
    with commands.ours(sheet) as running:
        yield observe(running, sheet)


@pytest.mark.parametrize("wire", list(Wire), ids=lambda wire: str(wire.value))
def test_a_class_answers_as_promised(observed: Observed, sheet: Sheet, wire: Wire) -> None:
    assert strays(observed.answers[wire], promised(sheet, wire)) == {}


def test_the_metrics_of_a_class_have_their_names_and_labels(
    observed: Observed, sheet: Sheet
) -> None:
    wanted = {name: sorted({*labels, *STANDING}) for name, labels in sheet.metrics.items()}

    assert strays(observed.labels, wanted) == {}


def test_the_ten_classes_are_here() -> None:
    assert len(CLASSES) == 10
