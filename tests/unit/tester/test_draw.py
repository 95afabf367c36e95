from __future__ import annotations

import pytest
from charter.tester import draw
from charter.tester.draw import Draw, search

Pair = tuple[int, int]


def build(choices: Draw) -> Pair:
    return choices.integer(1, 50), choices.integer(0, 1000)


class Large:
    """Fail for large second numbers, and note what is asked."""

    def __init__(self) -> None:
        self.counted: list[Pair] = []
        self.shrunk: list[Pair] = []

    def __call__(self, drawn: Pair, /, *, counts: bool) -> frozenset[str]:
        (self.counted if counts else self.shrunk).append(drawn)
        found = {"large"} if drawn[1] > 100 else set()
        return frozenset(found | ({"long"} if drawn[0] > 7 else set()))


def size(drawn: Pair) -> Pair:
    return drawn


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no Hypothesis."""
    monkeypatch.setattr(draw, "has_hypothesis", lambda: False)


def test_each_failure_is_shrunk_to_the_smallest() -> None:
    found = search(build, Large(), size, seed=1, count=50)

    assert found == {"large": (1, 101), "long": (8, 0)}


def test_the_same_seed_draws_the_same_whatever_fails() -> None:
    first, second, third = Large(), Large(), Large()

    def right(drawn: Pair, /, *, counts: bool) -> frozenset[str]:
        second(drawn, counts=counts)
        return frozenset()

    search(build, first, size, seed=4, count=40)
    search(build, right, size, seed=4, count=40)
    search(build, third, size, seed=5, count=40)

    assert first.counted == second.counted
    assert len(first.counted) == 40
    assert first.counted != third.counted


def test_a_thing_is_tested_once_while_it_is_made_smaller() -> None:
    tests = Large()

    search(build, tests, size, seed=1, count=50)

    assert len(set(tests.shrunk)) == len(tests.shrunk)


def test_what_fails_by_chance_is_found_as_well() -> None:
    asked: list[Pair] = []

    def flaky(drawn: Pair, /, *, counts: bool) -> frozenset[str]:
        asked.append(drawn)
        return frozenset({"flaky"} if len(asked) % 7 == 3 else ())

    assert search(build, flaky, size, seed=1, count=30).keys() == {"flaky"}


def test_what_is_given_is_tested_before_what_is_drawn() -> None:
    tests = Large()

    def build_small(choices: Draw) -> Pair:
        return choices.integer(1, 2), 0

    found = search(build_small, tests, size, [(3, 500), (9, 0)], seed=1, count=5)

    assert tests.counted[:2] == [(3, 500), (9, 0)]
    assert found == {"large": (3, 500), "long": (9, 0)}


@pytest.mark.usefixtures("bare")
def test_without_hypothesis_nothing_is_shrunk_but_all_is_tested() -> None:
    tests, again = Large(), Large()

    found = search(build, tests, size, seed=1, count=50)
    search(build, again, size, seed=1, count=50)

    assert found["large"] == min(drawn for drawn in tests.counted if drawn[1] > 100)
    assert (len(tests.counted), tests.shrunk) == (50, [])
    assert again.counted == tests.counted
    assert all(1 <= rows <= 50 for rows, _ in tests.counted)
