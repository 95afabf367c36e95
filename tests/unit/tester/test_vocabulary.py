from __future__ import annotations

import re
from pathlib import Path

import pytest
from charter.errors import StartError
from charter.tester.vocabulary import CHECKS, Phase, chosen
from charter.tester.whole import PHASES

PAGE = (Path(__file__).parents[3] / "docs" / "testing.md").read_text("utf-8")


def test_all_checks_are_chosen_where_nothing_is_said() -> None:
    assert chosen(None) == tuple(CHECKS)


def test_chosen_checks_keep_the_order_of_the_table() -> None:
    assert chosen(["range", "health", "range"]) == ("health", "range")


@pytest.mark.parametrize(("names", "got"), [(["range", "rnage"], "'rnage'"), ([], "none")])
def test_an_unknown_check_is_refused_with_those_there_are(names: list[str], got: str) -> None:
    with pytest.raises(
        StartError, match=r"checks: expected some of health, ready, .*, feedback"
    ) as e:
        chosen(names)

    assert e.value.message.endswith(f"got {got}")


def test_every_phase_is_taken_in_its_order() -> None:
    assert list(PHASES) == list(Phase)
    assert list(dict.fromkeys(CHECKS.values())) == list(Phase)


def test_the_page_lists_every_check_with_its_phase() -> None:
    rows = re.findall(r"^\| (\w+) \| `(\w+)` \|", PAGE, re.MULTILINE)

    assert rows == [(phase.value, name) for name, phase in CHECKS.items()]
