from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from charter.contract.columns import Columns, as_numbers, single
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


CLASS = Feature("class", Kind.CATEGORICAL, Dtype.INT, values=(2, "0", 1.0))
COLOUR = Feature("colour", Kind.CATEGORICAL, Dtype.STRING, values=("red", 7, 0.5))
SHARE_OR_NULL = Feature("maybe", low=0.0, high=1.0, nullable=True)
TEXTS = st.sampled_from(["red", "7", "7.0", "0.5", "True", "nan", "1e999", "1", "0", "", "abc"])
OBJECTS = st.one_of(
    NUMBERS, TEXTS, st.sampled_from([None, True, 1, 0, 7, 2**53 + 1, 10**400, b"1"])
)


@settings(deadline=None)  # of the machine, not of the code
@given(
    features=st.lists(
        st.sampled_from([SHARE, COUNT, WORD, FLAG, CLASS, COLOUR, SHARE_OR_NULL]),
        min_size=2,
        max_size=2,
    ),
    values=st.one_of(
        *(st.lists(each, min_size=2, max_size=2) for each in (NUMBERS, TEXTS, OBJECTS))
    ),
    dtype=st.sampled_from(["f4", "f8", "U", "O"]),
    copies=st.sampled_from([1, 40]),
)
def test_what_fits_at_a_glance_has_no_breach_whatever_it_is(
    features: list[Feature], values: list[Any], dtype: str, copies: int
) -> None:
    made = columns(*features)
    try:
        with np.errstate(over="ignore"):
            array = np.array([values] * copies, dtype=dtype)
    except (ValueError, TypeError, OverflowError):
        return

    if made.fit(array):
        assert made.breaches(array, nowhere) == []


@pytest.mark.parametrize(
    ("features", "row"),
    [
        ([SHARE, COLOUR, WORD, FLAG], np.array([["0.5", "red", "ab", "True"]])),
        ([SHARE, COLOUR, WORD, FLAG], np.array([[0.5, "red", "ab", True]], dtype=object)),
        ([SHARE_OR_NULL, CLASS], np.array([[math.nan, 2.0]])),
        ([SHARE_OR_NULL, CLASS], np.array([[None, 2]], dtype=object)),
        ([Feature("x", Kind.CATEGORICAL, values=(0, 1), repeat=784)], np.ones((64, 784))),
    ],
)
def test_a_good_row_of_any_types_fits_at_a_glance(features: list[Feature], row: Any) -> None:
    assert columns(*features).fit(row)


@pytest.mark.parametrize("number", [0.25, 3.0, math.inf, math.nan])
@pytest.mark.parametrize("values", [(0, 1, 2), (0.5, 7), ("0", "2", "red"), (0, 2**53 + 1)])
def test_numbers_that_are_no_category_are_found_among_many(
    values: tuple[Any, ...], number: float
) -> None:
    made = columns(Feature("x", Kind.CATEGORICAL, values=values, repeat=100))
    array = np.full((64, 100), float(values[0]))
    assert made.breaches(array, nowhere) == []
    array[5, 42] = number

    assert not made.fit(array)
    assert [breach.rows for breach in made.breaches(array, nowhere)] == [(5,)]


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


def test_a_single_value_says_its_place() -> None:
    [breach] = single(WORD, "abc", "/strData")

    assert (str(breach), breach.check, breach.feature) == (
        "/strData: word must have at most 2 characters, got 'abc'",
        "length",
        "word",
    )
    assert single(WORD, "ab", "/strData") == []
    assert single(COUNT, "7", "/strData") == []


LETTERS = Feature("letters", Kind.OPEN, Dtype.STRING, pattern="[a-c]+", max_length=3)
COLOUR = Feature("colour", Kind.CATEGORICAL, Dtype.STRING, values=("red", 1, "True"))
ANYTHING = st.sampled_from(
    [*("", "a", "abc", "abcd", "a\n", "d", "red", "1", "True", "0.5", "nan"), 0, 1, 1.0, 2.5],
) | st.sampled_from([True, None, math.nan, math.inf, -0.0, 2**60, b"a", b"red"])


@pytest.mark.parametrize("feature", [LETTERS, COLOUR, SHARE, FLAG, WORD, COUNT])
@given(values=st.lists(ANYTHING, min_size=1, max_size=2), is_text=st.booleans())
def test_what_is_no_array_of_numbers_fits_at_a_glance_where_it_has_no_breach(
    feature: Feature, values: list[Any], is_text: bool
) -> None:
    made = columns(feature)
    array = np.array(values, dtype="U" if is_text else object).reshape(-1, 1)

    breaches = made.breaches(array, nowhere)

    assert made.fit(array) == (not breaches)
