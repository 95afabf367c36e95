from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
from charter.contract import fields
from charter.contract.fields import Given, message
from charter.contract.model import Feature
from charter.contract.parse import parse
from charter.errors import BadPayload
from charter.message import Form, Message
from hypothesis import given
from hypothesis import strategies as st


def features(*entries: dict[str, Any]) -> tuple[Feature, ...]:
    ranged = [{"ftype": "continuous", "range": ["-inf", "inf"], **entry} for entry in entries]
    plain = [
        entry if "values" in entry or entry.get("dtype") in OWN_KIND else made
        for entry, made in zip(entries, ranged, strict=True)
    ]
    return parse({"features": plain, "targets": []}).features


OWN_KIND = ("BOOL", "STRING", "BYTES", "DATETIME", "IMAGE")


def read(known: tuple[Feature, ...], query: str) -> Message:
    pairs = parse_qsl(query, keep_blank_values=True)
    return message(known, [Given(*pair) for pair in pairs], "query")


def one(entry: dict[str, Any], text: str) -> Any:
    """Return the value of a single field."""
    found = message(features({"name": "a", **entry}), [Given("a", text)], "query")
    return found.value.tolist()[0][0]


def refusal(known: tuple[Feature, ...], query: str) -> str:
    with pytest.raises(BadPayload) as raised:
        read(known, query)
    return raised.value.message


IRIS = features(*({"name": name} for name in ("sepal_length", "sepal_width", "petal_length")))
COLUMNS = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3)


@given(st.lists(COLUMNS, min_size=1, max_size=4))
def test_numbers_are_read_back_as_they_were_written(rows: list[list[float]]) -> None:
    names = [feature.name for feature in IRIS]
    query = "&".join(urlencode(dict(zip(names, map(repr, row), strict=True))) for row in rows)

    found = read(IRIS, query)

    assert (found.form, list(found.names or ())) == (Form.NDARRAY, names)
    assert found.value.dtype == np.float64
    np.testing.assert_array_equal(found.value, rows)


@given(st.text() | st.floats().map(str))
def test_any_text_is_a_number_or_refused_with_its_place(text: str) -> None:
    told = ""
    value = 0.0
    try:
        value = one({}, text)
    except BadPayload as error:
        told = error.message

    assert told.startswith("query.a: expected a ") or not told
    assert math.isfinite(value)


@given(st.text())
def test_any_text_is_itself_for_a_feature_of_text(text: str) -> None:
    assert one({"dtype": "STRING"}, text) == text


@pytest.mark.parametrize(
    ("entry", "text", "value"),
    [
        ({}, " 5 ", 5.0),
        ({}, "+.5e1", 5.0),
        ({"dtype": "INT"}, "9007199254740993", 2**53 + 1),
        ({"dtype": "INT"}, "-3.0", -3),
        ({"dtype": "BOOL"}, "TRUE", True),
        ({"dtype": "BOOL"}, "0", False),
        ({"dtype": "DATETIME"}, "2026-11-25T14:30:00Z", "2026-11-25T14:30:00Z"),
        ({"dtype": "BYTES"}, "AQI=", "AQI="),
        ({"ftype": "categorical", "values": [1, 2]}, "1.0", 1),
        ({"ftype": "categorical", "values": ["1", "2"]}, "1.0", "1"),
        ({"ftype": "categorical", "values": ["red", "blue"]}, "red", "red"),
        ({"ftype": "categorical", "values": ["red", True]}, "true", True),
    ],
)
def test_a_text_is_the_value_that_its_type_says(
    entry: dict[str, Any], text: str, value: Any
) -> None:
    found = one(entry, text)

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"ftype": "categorical", "values": ["red", "blue"]}, "green"),
        ({"dtype": "STRING", "maxLength": 3}, "longer"),
        ({"range": [0, 1]}, "7"),
    ],
)
def test_whether_a_value_fits_is_not_asked_here(entry: dict[str, Any], text: str) -> None:
    assert str(one(entry, text)) in (text, f"{text}.0")


@pytest.mark.parametrize(
    ("entry", "text", "expected"),
    [
        ({}, "x", "a number, got 'x'"),
        ({}, "", "a number, got ''"),
        ({}, "nan", "a number, got 'nan'"),
        ({}, "1_0", "a number, got '1_0'"),
        ({}, "٣", "a number, got '٣'"),
        ({}, "1e999", "a finite number, got '1e999'"),
        ({}, "1" * 401, "a number, got '111"),
        ({"dtype": "INT"}, "1.5", "a whole number, got '1.5'"),
        ({"dtype": "BOOL"}, "yes", "true or false, got 'yes'"),
        ({"dtype": "DATETIME"}, "noon", "a time such as 2026-11-25T14:30:00Z, got 'noon'"),
        ({"dtype": "BYTES"}, "?", "base64, got '?'"),
        ({"ftype": "categorical", "values": [1, 2]}, "x", "a number, got 'x'"),
        ({"shape": [2]}, "[1]", "a JSON list of shape [2], of numbers, got '[1]'"),
        ({"shape": [2]}, "[1, NaN]", "a JSON list of shape [2], got '[1, NaN]'"),
        ({"shape": [2]}, "[" * 100_000, "a JSON list of shape [2], got '[[["),
        ({"pii": True}, "secret", "a number"),
    ],
)
def test_a_text_that_is_no_such_value_is_refused(
    entry: dict[str, Any], text: str, expected: str
) -> None:
    with pytest.raises(BadPayload) as raised:
        one(entry, text)

    message = raised.value.message
    assert message.startswith(f"query.a: expected {expected}")
    assert "secret" not in message


def test_null_is_nan_among_numbers_and_none_elsewhere_where_it_is_allowed() -> None:
    assert math.isnan(one({"nullable": True}, ""))
    assert math.isnan(one({"nullable": True}, "null"))
    assert one({"nullable": True, "dtype": "STRING"}, "null") is None
    assert one({"dtype": "STRING"}, "null") == "null"


def test_a_default_stands_in_for_what_is_left_out_or_left_empty() -> None:
    known = features({"name": "a", "default": 7}, {"name": "b"})

    assert read(known, "b=1").value.tolist() == [[7, 1]]
    assert read(known, "a=&b=1").value.tolist() == [[7, 1]]
    assert one({"default": [1, 2], "shape": [2]}, "") == 1


def test_fields_that_come_again_are_further_rows() -> None:
    assert read(
        IRIS[:2], "sepal_length=1&sepal_width=2&sepal_width=4&sepal_length=3"
    ).value.tolist() == [[1, 2], [3, 4]]


def test_repeated_columns_have_the_numbered_names() -> None:
    found = read(features({"name": "x", "repeat": 3}), "x3=3&x1=1&x2=2")

    assert found.value.tolist() == [[1, 2, 3]]
    assert found.names == ["x1", "x2", "x3"]


def test_whole_numbers_stay_so_and_with_others_all_are_objects() -> None:
    whole = read(features({"name": "a", "dtype": "INT"}), "a=1")
    mixed = read(features({"name": "a"}, {"name": "b", "dtype": "STRING"}), "a=1&b=x")

    assert whole.value.dtype == np.int64
    assert mixed.value.dtype == object
    assert mixed.value.tolist() == [[1.0, "x"]]


def test_features_with_shapes_lie_side_by_side() -> None:
    found = read(features({"name": "a", "shape": [2]}, {"name": "b"}), "a=[1,2]&b=3&b=6&a=[4,5]")

    assert found.value.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert found.names == ()


def test_all_that_is_wrong_is_told_at_once() -> None:
    told = refusal(IRIS, "sepal_length=x&sepl_width=3&zzz=1")

    assert told.split("; ") == [
        "query.sepl_width: no such column",
        "did you mean sepal_width",
        "query.zzz: no such column",
        "query.sepal_length: expected a number, got 'x'",
        "query.sepal_width: missing",
        "query.petal_length: missing",
    ]


def test_of_many_mistakes_ten_are_told() -> None:
    told = refusal(features({"name": "x", "repeat": 784}), "x1=1").split("; ")

    assert told[0] == "query.x2: missing"
    assert (len(told), told[-1]) == (11, "and 773 more")


def test_columns_of_different_numbers_of_rows_are_refused() -> None:
    told = refusal(IRIS[:2], "sepal_length=1&sepal_length=2&sepal_width=3")

    assert told == "query.sepal_width: expected 2 values as sepal_length has, got 1"


def test_a_wrong_value_among_several_rows_has_its_row() -> None:
    assert refusal(IRIS[:1], "sepal_length=1&sepal_length=x").startswith("query.sepal_length[1]: ")


def test_what_is_no_text_stays_in_its_cell() -> None:
    thing = object()

    found = message(IRIS[:2], [Given("sepal_width", thing), Given("sepal_length", "1")], "form")

    assert found.value.tolist() == [[1.0, thing]]


def test_a_default_that_has_not_the_shape_is_refused() -> None:
    first, second = features({"name": "a", "shape": [2]}, {"name": "b"})
    wrong = replace(first, default=[1, 2, 3])  # parse() refuses it

    with pytest.raises(BadPayload, match=r"^query\.a: expected a default of shape \[2\]"):
        read((wrong, second), "b=1")


def test_a_table_is_made_of_rows_with_arrays() -> None:
    known = features({"name": "a", "shape": [2, 1], "repeat": 2})

    made = fields.table(known, [[np.array([[1], [2]]), np.array([[3], [4]])]])

    assert made.value.tolist() == [[[1], [2], [3], [4]]]


def test_what_was_meant_is_looked_for_only_where_it_is_told() -> None:
    pixels = features({"name": "x", "repeat": 784})
    unknown = [Given(f"y{at}", "1") for at in range(20_000)]
    started = time.thread_time()

    with pytest.raises(BadPayload) as raised:
        message(pixels, unknown, "form")

    assert time.thread_time() - started < 2  # 70 s where each name is compared with each column
    assert raised.value.message.count("no such column") == 10
    assert "and 20774 more" in raised.value.message
