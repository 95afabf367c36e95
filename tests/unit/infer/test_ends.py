from __future__ import annotations

import pytest
from charter.infer import ends
from hypothesis import given
from hypothesis import strategies as st

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(finite, finite)
def test_a_range_holds_what_was_found_and_little_more(one: float, other: float) -> None:
    low, high = sorted((one, other))

    least, most = ends.outward(low, high)

    assert least <= low
    assert high <= most
    span = high - low
    assert (low - least) <= 0.01 * span * (1 + 1e-9)
    assert (most - high) <= 0.01 * span * (1 + 1e-9)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((4.3, 7.9), (4.3, 7.9)),
        ((0.1, 2.5), (0.1, 2.5)),
        ((0.123456, 9.87654), (0.12, 9.88)),
        ((-1.23456, 1234.567), (-10.0, 1240.0)),
        ((1000.4, 6900.2), (1000.0, 6910.0)),
        ((0.0, 1.0), (0.0, 1.0)),
        ((5.0, 5.0), (5.0, 5.0)),
        ((-0.001, 0.9), (-0.001, 0.9)),
        ((-1e308, 1e308), (-1e308, 1e308)),
        ((1e15, 1e15 + 1), (1e15, 1e15 + 1)),
    ],
)
def test_ends_have_few_digits(found: tuple[float, float], expected: tuple[float, float]) -> None:
    assert ends.outward(*found) == expected


def test_days_are_whole() -> None:
    assert ends.days(3600.0, 86_400.0 * 2) == ("1970-01-01T00:00:00Z", "1970-01-03T00:00:00Z")


@pytest.mark.parametrize(
    ("longest", "length"), [(0, 1), (1, 1), (3, 5), (5, 5), (6, 10), (37, 50), (51, 100)]
)
def test_lengths_are_round(longest: int, length: int) -> None:
    assert ends.length(longest) == length
