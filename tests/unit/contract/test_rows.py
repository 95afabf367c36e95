from __future__ import annotations

from typing import Any

import pytest
from charter.contract.model import Dtype, Feature, Kind
from charter.contract.rows import answer_misfit, check_row, check_value
from charter.errors import StartError

X = Feature("x", low=0.0, high=1.0)
PAIR = Feature("p", low=0.0, high=1.0, repeat=2)
CUBE = Feature("q", low=0.0, high=1.0, shape=(2, 1, 1))


@pytest.mark.parametrize(
    ("features", "row"),
    [
        ([X], [0.5]),
        ([X, PAIR], [0, 1, 1]),
        ([CUBE], [[[0]], [[1]]]),
        ([Feature("x", nullable=True), X], [None, 0]),
    ],
)
def test_a_row_that_fits_is_taken(features: Any, row: Any) -> None:
    check_row(features, row, "row")


@pytest.mark.parametrize(
    ("features", "row", "message"),
    [
        ([X, PAIR], [0, 1, 2], "row[2]: must lie in [0, 1], got 2"),
        ([X, PAIR], [0, 1], "row: expected 3 values, got 2"),
        ([X], {"x": 1}, "row: expected a list of 1 values, got {'x': 1}"),
        ([CUBE], [[[0]], [[2]]], "row[1][0][0]: must lie in [0, 1], got 2"),
        ([CUBE], [[[0]], [0]], "row[1][0]: expected a list of 1 values, got 0"),
    ],
)
def test_the_first_value_that_does_not_fit_is_named(features: Any, row: Any, message: str) -> None:
    with pytest.raises(StartError) as refusal:
        check_row(features, row, "row")

    assert refusal.value.message == message


def test_a_single_value_is_checked_without_a_list() -> None:
    with pytest.raises(StartError, match=r"^default: must lie in \[0, 1\], got 2$"):
        check_value(X, 2, (), "default")


def test_an_answer_may_miss_its_range_by_rounding() -> None:
    assert answer_misfit(X, 1.0000005) == ""
    assert answer_misfit(X, -0.0000005) == ""
    assert answer_misfit(X, 1.00001) == "must lie in [0, 1]"
    assert answer_misfit(Feature("x", low=0.0), -1e-9) == ""
    assert answer_misfit(Feature("n", dtype=Dtype.INT), 0.5) == "must be a whole number"
    assert answer_misfit(Feature("t", Kind.OPEN, Dtype.STRING), 1) == "must be a string"
    assert answer_misfit(X, "1") == "must be a number"
