from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from charter.contract.model import Dtype, Feature, Kind
from charter.contract.values import (
    category,
    interval,
    is_finite,
    is_number,
    misfit,
    moment,
    seconds,
    slack,
)

FLOAT = Feature("x", low=0.0, high=1.0)
INT = Feature("n", dtype=Dtype.INT, low=0.0)
TEXT = Feature("t", Kind.OPEN, Dtype.STRING, pattern="[a-z]+", max_length=3)
FILE = Feature("f", Kind.OPEN, Dtype.BYTES, max_length=2)
DAY = Feature("d", Kind.OPEN, Dtype.DATETIME, low=0.0, high=86400.0)
COLOUR = Feature("c", Kind.CATEGORICAL, values=("red", 1))
FLAG = Feature("b", Kind.CATEGORICAL, Dtype.BOOL, values=(False, True))
PIXEL = Feature("p", dtype=Dtype.IMAGE, low=0.0, high=255.0, shape=(1, 1, 1))
DAYS = "[1970-01-01T00:00:00Z, 1970-01-02T00:00:00Z]"


@pytest.mark.parametrize(
    ("feature", "value"),
    [
        *((FLOAT, value) for value in (0, 1, 0.5, np.float32(0.5), np.int8(1))),
        *((INT, value) for value in (0, 3.0, 10**20, np.uint64(2**63))),
        *((TEXT, value) for value in ("a", "abc", np.str_("a"))),
        *((FILE, value) for value in ("", "YQ==", "YWI=", b"ab")),
        *((DAY, value) for value in ("1970-01-01", "1970-01-01T23:00:00-01:00")),
        *((COLOUR, value) for value in ("red", 1, 1.0, "1", "1.0", True)),
        *((FLAG, value) for value in (True, False, 0, 1.0, np.bool_(1))),
        *((PIXEL, value) for value in (0, 255, 7.0)),
        (Feature("x", nullable=True), None),
        (Feature("x", Kind.OPEN, Dtype.BOOL), True),
    ],
)
def test_a_value_that_fits_is_no_misfit(feature: Feature, value: Any) -> None:
    assert misfit(feature, value) == ""


@pytest.mark.parametrize(
    ("feature", "value", "clause"),
    [
        (FLOAT, None, "must not be null"),
        (FLOAT, "0.5", "must be a number"),
        (FLOAT, True, "must be a number"),
        (FLOAT, [0.5], "must be a number"),
        (FLOAT, math.nan, "must be finite"),
        (FLOAT, -math.inf, "must be finite"),
        (Feature("x"), 10**400, "must be finite"),
        (FLOAT, 1.5, "must lie in [0, 1]"),
        (FLOAT, -1, "must lie in [0, 1]"),
        (INT, 0.5, "must be a whole number"),
        (INT, -1, "must lie in [0, inf)"),
        (TEXT, 5, "must be a string"),
        (TEXT, "abcd", "must have at most 3 characters"),
        (TEXT, "a1", "must match '[a-z]+'"),
        (TEXT, "a\n", "must match '[a-z]+'"),
        (FILE, 5, "must be base64"),
        (FILE, "YQ", "must be base64"),
        (FILE, "Y Q==", "must be base64"),
        (FILE, "ä", "must be base64"),
        (FILE, "YWJj", "must have at most 2 bytes"),
        (DAY, "today", "must be a time such as 2026-11-25T14:30:00Z"),
        (DAY, 0, "must be a time such as 2026-11-25T14:30:00Z"),
        (DAY, "1970-01-02T00:00:01Z", f"must lie in {DAYS}"),
        (COLOUR, "blue", "must be one of ['red', 1]"),
        (COLOUR, "Red", "must be one of ['red', 1]"),
        (COLOUR, math.nan, "must be one of ['red', 1]"),
        (COLOUR, ["red"], "must be one of ['red', 1]"),
        (FLAG, "true", "must be one of [False, True]"),
        (FLAG, 2, "must be one of [False, True]"),
        (PIXEL, 256, "must lie in [0, 255]"),
        (PIXEL, 0.5, "must be a whole number"),
        (Feature("x", Kind.OPEN, Dtype.BOOL), 1, "must be true or false"),
    ],
)
def test_a_value_that_does_not_fit_is_told_what_it_must_be(
    feature: Feature, value: Any, clause: str
) -> None:
    assert misfit(feature, value) == clause


@pytest.mark.parametrize("value", ["1", "1.0", "1e0", "10e-1", 1, 1.0, np.int64(1), True])
def test_a_category_may_be_written_in_several_ways(value: Any) -> None:
    assert category(value) == 1


@pytest.mark.parametrize("value", ["01", "+1", " 1", "1.", ".5", "0x1", "１", "nan", "inf", "1_0"])
def test_what_json_does_not_write_as_a_number_is_a_text(value: str) -> None:
    assert category(value) == value


def test_neighbours_among_large_whole_numbers_are_two_categories() -> None:
    assert category("9007199254740993") == category(9007199254740993)
    assert category("9007199254740993") != category("9007199254740992")


def test_digits_without_end_are_a_text() -> None:
    assert category("1" * 5000) == "1" * 5000


@pytest.mark.parametrize("value", [None, [], {}, ["a"]])
def test_null_and_nested_values_are_no_category(value: Any) -> None:
    assert category(value) is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:01Z", 1.0),
        ("1970-01-01t00:00:01z", 1.0),
        ("1970-01-01 00:00:01", 1.0),
        ("1970-01-01T00:01", 60.0),
        ("1970-01-02", 86400.0),
        ("1970-01-01T01:00:00+01:00", 0.0),
        ("1970-01-01T00:00:00.5Z", 0.5),
        ("1970-01-01T00:00:00.123456789Z", 0.123456),
        ("1969-12-31T23:59:59Z", -1.0),
    ],
)
def test_a_time_is_counted_in_seconds_since_1970(text: str, at: float) -> None:
    assert seconds(text) == at


@pytest.mark.parametrize(
    "value",
    [
        *("", "today", "19700101", "1970-W01-1", "1970-1-1", "1970-02-30", "1970-01-01T"),
        *("1970-01-01T25:00:00Z", "1970-01-01T00:00.5Z", "1970-01-01T00:00:00+25:00"),
        *("１970-01-01", "1970-01-01Z", "1970-01-01\n", 0, None, b"1970-01-01"),
    ],
)
def test_what_is_no_time_by_rfc_3339_is_none(value: Any) -> None:
    assert seconds(value) is None


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0.0, "1970-01-01T00:00:00Z"),
        (0.5, "1970-01-01T00:00:00.500Z"),
        (-1.0, "1969-12-31T23:59:59Z"),
        (0.0001, "1970-01-01T00:00:00Z"),
        (-1e300, "0001-01-01T00:00:00Z"),
        (1e300, "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_time_is_written_in_utc(at: float, text: str) -> None:
    assert moment(at) == text


@pytest.mark.parametrize(
    ("feature", "text"),
    [
        (FLOAT, "[0, 1]"),
        (INT, "[0, inf)"),
        (Feature("x"), "(-inf, inf)"),
        (Feature("x", low=-1e20, high=0.1), "[-1e+20, 0.1]"),
        (DAY, DAYS),
    ],
)
def test_a_range_is_written_as_an_interval(feature: Feature, text: str) -> None:
    assert interval(feature) == text


@pytest.mark.parametrize("value", [0, -1.5, np.float16(1), np.uint8(3)])
def test_a_number_of_python_or_numpy_is_one(value: Any) -> None:
    assert is_number(value)
    assert is_finite(value)


@pytest.mark.parametrize("value", [True, np.bool_(1), "1", None, 1j])
def test_what_is_no_number_is_none(value: Any) -> None:
    assert not is_number(value)
    assert not is_finite(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, np.float32("inf"), 10**400])
def test_a_number_that_is_no_finite_float_is_not_finite(value: Any) -> None:
    assert is_number(value)
    assert not is_finite(value)


def test_an_end_of_a_range_may_be_missed_by_rounding() -> None:
    assert slack(0.5) == 1e-6
    assert slack(-1000.0) == pytest.approx(1e-3)
    assert slack(math.inf) == 0.0
