from __future__ import annotations

import random

import pytest
from charter.contract.model import Dtype, Feature, Kind
from charter.contract.texts import longest, matching, shortest, time_at
from charter.contract.values import seconds


def pattern(text: str, most: int | None = None) -> Feature:
    return Feature("s", Kind.OPEN, Dtype.STRING, pattern=text, max_length=most)


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("2026-11-25T14:30:00Z", "2026-11-25T14:30:00Z"),
        ("2026-11-25T14:30:00.5Z", "2026-11-25T14:30:00.500Z"),
        ("2026-11-25T14:30:00.123456789+01:00", "2026-11-25T13:30:00.123456Z"),
        ("0001-01-01", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_a_time_is_written_as_exactly_as_it_was_read(text: str, again: str) -> None:
    at = seconds(text)

    assert at is not None
    assert time_at(at) == again
    assert seconds(again) == at


@pytest.mark.parametrize("most", [3, 8, None])
def test_lengths_are_between_the_shortest_and_the_longest(most: int | None) -> None:
    chance, feature = random.Random(0), pattern("[a-z]{3}x*", most)

    drawn = [matching(feature, chance) for _ in range(20)]

    assert len(shortest(feature, chance)) == 3
    assert len(longest(feature, chance, 20)) == (most or 20)
    assert all(3 <= len(text) <= (most or 100) for text in drawn)


def test_without_a_pattern_the_shortest_is_empty_and_the_longest_is_full() -> None:
    feature = Feature("s", Kind.OPEN, Dtype.STRING, max_length=5)

    assert shortest(feature, random.Random(0)) == ""
    assert longest(feature, random.Random(0), 9) == "xxxxx"
    assert longest(feature, random.Random(0), 2) == "xx"
