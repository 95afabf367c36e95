from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from charter.contract import distribution
from charter.contract.distribution import of_categories, of_numbers
from charter.errors import StartError
from hypothesis import given
from hypothesis import strategies as st

numbers = st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=50)


@given(numbers)
def test_shares_of_numbers_sum_to_one(values: list[float]) -> None:
    column = np.array(values)

    found = of_numbers(column, distribution.deciles(column))

    assert sum(found.shares) == pytest.approx(1)
    assert len(found.shares) == len(found.bins) + 2


@given(numbers, numbers)
def test_a_psi_is_never_negative_and_nothing_between_equals(
    some: list[float], others: list[float]
) -> None:
    edges = distribution.deciles(np.array(some))
    one, other = of_numbers(np.array(some), edges), of_numbers(np.array(others), edges)

    assert distribution.psi(one, other) >= 0
    assert distribution.psi(one, one) == 0


@given(numbers)
def test_what_a_contract_keeps_of_numbers_is_read_again(values: list[float]) -> None:
    column = np.array(values)
    found = of_numbers(column, distribution.deciles(column))

    read = distribution.parse(distribution.to_json(found), "")

    assert (read.bins, read.rows, read.is_numeric) == (found.bins, len(values), True)
    assert read.shares == pytest.approx(found.shares, abs=1e-4)


@given(st.lists(st.sampled_from(["a", "b", "c", None, "1"]), min_size=1))
def test_what_a_contract_keeps_of_categories_is_read_again(values: list[Any]) -> None:
    found = of_categories(values, ["a", "b", 1])

    read = distribution.parse(distribution.to_json(found, ["a", "b", 1]), "")

    assert (read.bins, read.rows, read.is_numeric) == (("a", "b", 1), len(values), False)
    assert read.shares == pytest.approx(found.shares, abs=4e-4)


def test_numbers_on_an_edge_are_below_it() -> None:
    assert of_numbers(np.array([1.0, 2.0, 3.0, np.nan]), [1, 2]).shares == (0.25,) * 4


def test_edges_split_numbers_that_are_mostly_the_same() -> None:
    assert distribution.deciles(np.array([0.0] * 95 + [7.0] * 5)) == [0.0]
    assert distribution.deciles(np.array([3.0] * 9)) == []
    assert distribution.deciles(np.array([np.nan])) == []
    assert distribution.deciles(np.array([-1.7e308, 0.0, 1.7e308])) == [-1.7e308, 0.0]


def test_a_psi_is_what_the_formula_says() -> None:
    before = of_categories(["a"] * 5000 + ["b"] * 5000, ["a", "b"])
    after = of_categories(["a"] * 7000 + ["b"] * 3000, ["a", "b"])

    expected = 0.2 * np.log(0.7 / 0.5) - 0.2 * np.log(0.3 / 0.5)
    assert distribution.psi(before, after) == pytest.approx(expected, rel=1e-3)


def test_chance_alone_stays_below_the_noise() -> None:
    rng = np.random.default_rng(0)
    over = 0
    for _ in range(1000):
        old, new = rng.standard_normal(200), rng.standard_normal(50)
        edges = distribution.deciles(old)
        one, other = of_numbers(old, edges), of_numbers(new, edges)
        over += distribution.psi(one, other) > distribution.noise(one, other)

    assert over <= 10


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "d: expected an object with edges or values, and shares, got []"),
        ({"shares": []}, "d: expected an object with edges or values, and shares, got {'sh"),
        ({"edges": [2, 1], "shares": [0, 0, 1]}, "d.edges: expected rising numbers, got [2, 1]"),
        ({"edges": 1, "shares": []}, "d.edges: expected a list, got 1"),
        ({"edges": [1], "shares": [1]}, "d.shares: expected 2 shares from 0 to 1, got [1]"),
        ({"edges": [], "shares": [2]}, "d.shares: expected 1 shares from 0 to 1, got [2]"),
        ({"values": ["a"]}, "d.shares: expected a list, got None"),
        (
            {"values": ["1", 1], "shares": [0, 1]},
            "d.values: expected each category once, got ['1', 1]",
        ),
        (
            {"values": ["a"], "shares": [1], "rows": 0},
            "d: expected nulls from 0 to 1 and rows of 1 or more, got 0 and 0",
        ),
    ],
)
def test_a_wrong_distribution_is_refused(document: Any, message: str) -> None:
    with pytest.raises(StartError) as caught:
        distribution.parse(document, "d")

    assert caught.value.message.startswith(message)


def test_edges_have_few_digits() -> None:
    numbers = np.random.default_rng(0).random(1000) * 10

    assert all(edge == round(edge, 4) for edge in distribution.deciles(numbers))
