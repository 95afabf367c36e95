from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from charter.contract.columns import Columns, as_numbers, as_written, single
from charter.contract.model import Dtype, Feature, Kind, feature_names
from hypothesis import given, settings
from hypothesis import strategies as st

SHARE = Feature("share", low=0.0, high=1.0)
COUNT = Feature("count", dtype=Dtype.INT, low=-3.0)
WORD = Feature("word", Kind.OPEN, Dtype.STRING, max_length=2)
FLAG = Feature("flag", Kind.CATEGORICAL, Dtype.BOOL, values=(False, True))
NUMBERS = st.sampled_from([0.0, 1.0, 0.5, -4.0, math.nan, math.inf, 1e308])


def columns(*features: Feature) -> Columns:
    return Columns(features, feature_names)


def nowhere(index: tuple[int, ...]) -> str:
    return str(index)


@settings(deadline=None)  # of the machine, not of the code
@given(
    values=st.lists(NUMBERS, min_size=1, max_size=4),
    copies=st.integers(1, 40),
    dtype=st.sampled_from(["f2", "f4", "f8"]),
    is_mixed=st.booleans(),
)
def test_what_fits_at_a_glance_is_what_has_no_breach(
    values: list[float], copies: int, dtype: str, is_mixed: bool
) -> None:
    made = columns(SHARE, COUNT) if is_mixed else columns(SHARE, SHARE)
    with np.errstate(over="ignore"):
        array = np.array([[value, value] for value in values * copies]).astype(dtype)

    assert made.fit(array) is (made.breaches(array, nowhere) == [])


@pytest.mark.parametrize("dtype", ["i1", "u1", "i8", "u8", "f2", "f4"])
def test_numbers_of_any_numpy_dtype_fit(dtype: str) -> None:
    for rows in (1, 100):
        assert columns(SHARE, COUNT).fit(np.ones((rows, 2), dtype))
        assert columns(SHARE, SHARE).fit(np.ones((rows, 2), dtype))


@pytest.mark.parametrize(
    "array", [np.array([["a"]]), np.array([[None]]), np.array([[True]]), np.array([[1j]])]
)
def test_what_is_no_number_is_left_to_a_closer_look(array: Any) -> None:
    assert not columns(SHARE).fit(array)
    assert len(columns(SHARE).breaches(array, nowhere)) == 1


def test_only_the_features_with_wrong_values_are_told() -> None:
    features = [Feature(f"x{number}", low=0.0, high=float(number)) for number in range(100)]
    array = np.zeros((64, 100))
    array[5, 42] = 43

    [breach] = columns(*features).breaches(array, nowhere)

    assert (breach.feature, breach.where, breach.rows) == ("x42", "(5, 42)", (5,))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, 2.5, None], [1.0, 2.5, math.nan]), (["1"], None), ([True], None), ([10**400], None)],
)
def test_numbers_and_nulls_become_floats(values: Any, expected: Any) -> None:
    found = as_numbers(np.array(values, dtype=object))

    if expected is None:
        assert found is None
    else:
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("feature", "text", "value"),
    [
        (SHARE, "0.5", 0.5),
        (SHARE, "1e-05", 1e-05),
        (COUNT, "-3", -3),
        (COUNT, "9007199254740993", 2**53 + 1),
        (COUNT, "nan", "nan"),
        (COUNT, "", ""),
        (WORD, "12", "12"),
        (FLAG, "True", True),
        (FLAG, "true", "true"),
    ],
)
def test_text_among_text_is_read_as_what_was_written(
    feature: Feature, text: str, value: Any
) -> None:
    found = as_written(feature, text, is_text=True)

    assert (found, type(found)) == (value, type(value))
    assert as_written(feature, text, is_text=False) == text


def test_a_single_value_says_its_place() -> None:
    [breach] = single(WORD, "abc", "/strData")

    assert (str(breach), breach.check, breach.feature) == (
        "/strData: word must have at most 2 characters, got 'abc'",
        "length",
        "word",
    )
    assert single(WORD, "ab", "/strData") == []
    assert single(COUNT, "7", "/strData") == []
