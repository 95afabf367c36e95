from __future__ import annotations

from typing import Any

import pytest
from charter.contract.feature import parse_feature
from charter.contract.model import Dtype, Feature, ImageRule, Kind
from charter.errors import StartError
from charter.message import Json
from contract_cases import COLOUR, DAY, FILE, FLAG, GREY, PHOTO, TEXT, WRONG_FEATURES, Wrong, X


def read(feature: Json, **changes: Any) -> Feature:
    return parse_feature({**feature, **changes}, "features[0]", is_input=True)


def test_a_continuous_feature_has_its_numbers_and_range() -> None:
    feature = read(X, dtype="INT", range=[-1, 2.5])

    assert feature == Feature("x", Kind.CONTINUOUS, Dtype.INT, low=-1.0, high=2.5)


def test_a_categorical_feature_has_its_values_as_written() -> None:
    feature = read(COLOUR, values=["red", 1, 0.5, True])

    assert feature == Feature("colour", Kind.CATEGORICAL, values=("red", 1, 0.5, True))


@pytest.mark.parametrize("ftype", ["CONTINUOUS", "continuous", "Continuous"])
@pytest.mark.parametrize("dtype", ["INTEGER", "INT", "int"])
def test_words_are_taken_in_either_case(ftype: str, dtype: str) -> None:
    feature = read(X, ftype=ftype, dtype=dtype)

    assert (feature.kind, feature.dtype) == (Kind.CONTINUOUS, Dtype.INT)


@pytest.mark.parametrize(
    ("found", "ends"),
    [
        (["inf", "inf"], (None, None)),
        (["-inf", "+inf"], (None, None)),
        (["INF", 3], (None, 3.0)),
        ([0, "inf"], (0.0, None)),
        ([float("-inf"), float("inf")], (None, None)),
        ([2, 2], (2.0, 2.0)),
        (None, (None, None)),
    ],
)
def test_inf_on_either_side_is_no_limit(found: Any, ends: Any) -> None:
    feature = read(X, range=found)

    assert (feature.low, feature.high) == ends


def test_a_continuous_feature_without_a_range_has_no_limit() -> None:
    feature = read({"name": "x", "ftype": "continuous", "dtype": "FLOAT"})

    assert feature == Feature("x")


@pytest.mark.parametrize(
    ("feature", "kind", "dtype"),
    [
        (TEXT, Kind.OPEN, Dtype.STRING),
        (FILE, Kind.OPEN, Dtype.BYTES),
        (DAY, Kind.OPEN, Dtype.DATETIME),
        ({**DAY, "ftype": "continuous"}, Kind.OPEN, Dtype.DATETIME),
        (FLAG, Kind.CATEGORICAL, Dtype.BOOL),
        (PHOTO, Kind.CONTINUOUS, Dtype.IMAGE),
        ({"name": "x", "range": [0, 1]}, Kind.CONTINUOUS, Dtype.FLOAT),
        ({"name": "x", "values": [0, 1]}, Kind.CATEGORICAL, Dtype.FLOAT),
        ({"name": "x", "values": [0], "range": [0, 1]}, Kind.CONTINUOUS, Dtype.FLOAT),
        ({**TEXT, "values": ["a"]}, Kind.CATEGORICAL, Dtype.STRING),
        ({**DAY, "values": ["2020-01-01"]}, Kind.CATEGORICAL, Dtype.DATETIME),
    ],
)
def test_a_dtype_a_range_or_values_say_what_a_feature_is(
    feature: Json, kind: Kind, dtype: Dtype
) -> None:
    found = read(feature)

    assert (found.kind, found.dtype) == (kind, dtype)


def test_a_boolean_has_two_categories() -> None:
    assert read(FLAG).values == (False, True)
    assert read(FLAG, ftype="categorical").values == (False, True)
    assert read(FLAG, values=[True]).values == (True,)


def test_a_range_of_times_is_in_seconds() -> None:
    feature = read(DAY, range=["1970-01-02", "inf"])

    assert (feature.low, feature.high) == (86400.0, None)


def test_pixels_are_0_to_255_and_have_a_rule_by_their_shape() -> None:
    feature = read(PHOTO, range=["inf", 9])

    assert (feature.low, feature.high) == (0.0, 9.0)
    assert feature.shape == (2, 3, 1)
    assert feature.image == ImageRule("L", (3, 2))
    assert read(PHOTO, image={**GREY, "invert": True}).image == ImageRule("L", (3, 2), invert=True)


@pytest.mark.parametrize(
    ("physical", "ends"),
    [
        ("uint8", (0.0, 255.0)),
        ("int16", (-32768.0, 32767.0)),
        # The next float is 2^63, which an int64 does not hold.
        ("int64", (-(2.0**63), 2.0**63 - 1024)),
        ("bool", (0.0, 1.0)),
        ("float32", (None, None)),
    ],
)
def test_whole_numbers_without_a_limit_are_what_their_numpy_dtype_holds(
    physical: str, ends: Any
) -> None:
    feature = read({"name": "x", "ftype": "continuous", "dtype": "INT"}, physical=physical)

    assert (feature.low, feature.high, feature.physical) == (*ends, physical)


def test_categories_may_have_a_numpy_dtype_that_holds_them() -> None:
    assert read(COLOUR, values=["0", 1, True], physical="uint8").physical == "uint8"
    assert read(COLOUR, values=[0.5, "1e3"], physical="float16").physical == "float16"


def test_every_other_key_is_read() -> None:
    feature = read(
        TEXT,
        nullable=True,
        default="a",
        pattern="[a-z]+",
        maxLength=3,
        unit="words",
        description="what is said",
        example="abc",
        pii=True,
        tolerance=0,
        repeat=2,
        shape=[],
    )

    assert feature == Feature(
        "text",
        Kind.OPEN,
        Dtype.STRING,
        repeat=2,
        nullable=True,
        default="a",
        pattern="[a-z]+",
        max_length=3,
        unit="words",
        description="what is said",
        example="abc",
        is_pii=True,
        tolerance=0.0,
    )


def test_unknown_keys_are_kept() -> None:
    assert read(X, origin={"lab": 3}, team=None).extra == {"origin": {"lab": 3}, "team": None}


def test_notes_that_are_no_text_are_kept_and_not_read() -> None:
    feature = read(X, unit=5, description=["a", "b"])

    assert (feature.unit, feature.description) == ("", "")
    assert feature.extra == {"unit": 5, "description": ["a", "b"]}


def test_null_says_as_much_as_no_key() -> None:
    keys = ["repeat", "shape", "values", "physical", "nullable", "pattern", "maxLength", "unit"]

    assert read(X, **dict.fromkeys([*keys, "pii", "tolerance", "image", "example"])) == read(X)


@pytest.mark.parametrize("dtype", ["nan", "CATEGORY", 5, "BOOL", "DATETIME", "image"])
def test_a_dtype_that_categories_are_not_of_is_kept_and_not_read(dtype: Any) -> None:
    feature = read(COLOUR, dtype=dtype)

    assert feature.dtype is Dtype.FLOAT
    assert feature.values == ("red", "green")
    assert feature.extra == {"dtype": dtype}


def test_null_among_categories_says_that_a_value_may_be_missing() -> None:
    feature = read(COLOUR, values=["red", None])

    assert (feature.values, feature.nullable) == (("red",), True)


def test_a_range_of_categories_and_values_of_numbers_are_not_read() -> None:
    assert read(COLOUR, range="none") == read(COLOUR)
    assert read(X, values="none") == read(X)


def test_an_output_needs_no_more_than_a_name() -> None:
    assert parse_feature({"name": "y"}, "targets[0]", is_input=False) == Feature("y")
    assert parse_feature({"name": "y", "ftype": None}, "", is_input=False) == Feature("y")


@pytest.mark.parametrize("wrong", WRONG_FEATURES, ids=lambda wrong: wrong.message)
def test_a_wrong_feature_is_refused_with_the_place(wrong: Wrong) -> None:
    with pytest.raises(StartError) as refusal:
        parse_feature(wrong.found, "features[0]", is_input=True)

    assert refusal.value.message == f"features[0].{wrong.message}"
