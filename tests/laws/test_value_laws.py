"""Laws of single values: times there and back, categories, and the schema's word for a misfit."""

from __future__ import annotations

import base64
import datetime
import json
import math

import pytest
from charter.contract.model import Dtype, Feature, Kind
from charter.contract.rows import answer_misfit
from charter.contract.values import category, interval, misfit, moment, seconds
from charter.message import Json
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

UTC = datetime.timezone.utc
finite = st.floats(allow_nan=False, allow_infinity=False)
times = st.datetimes(timezones=st.just(UTC))
offsets = st.integers(-23 * 60, 23 * 60).map(
    lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes))
)
# As json.loads returns them, with what is not JSON but is read by it.
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)
numbers = st.integers(-(10**400), 10**400) | finite
scalars = st.text() | st.booleans() | finite | st.integers() | st.sampled_from(["1", "a", 0])
ends = st.none() | st.floats(-1e12, 1e12)


@st.composite
def ranged(draw: st.DrawFn, dtype: Dtype) -> Feature:
    low, high = draw(ends), draw(ends)
    if low is not None and high is not None:
        low, high = sorted((low, high))
    return Feature("x", dtype=dtype, low=low, high=high, nullable=draw(st.booleans()))


@given(times)
def test_a_time_to_the_millisecond_comes_back_as_it_was_written(time: datetime.datetime) -> None:
    text = moment(time.timestamp())

    at = seconds(text)

    assert at is not None
    assert moment(at) == text
    assert abs(at - time.timestamp()) <= 0.0006


@given(times, offsets)
def test_a_time_is_the_same_wherever_it_is_told(
    time: datetime.datetime, offset: datetime.timezone
) -> None:
    try:
        elsewhere = time.astimezone(offset)
    except OverflowError:  # at the ends of the calendar
        return

    assert seconds(elsewhere.isoformat()) == seconds(time.isoformat()) == time.timestamp()


@given(times, times)
def test_earlier_is_less(one: datetime.datetime, other: datetime.datetime) -> None:
    first, second = seconds(one.isoformat()), seconds(other.isoformat())

    assert first is not None
    assert second is not None
    assert (one < other) <= (first <= second)


@given(st.text() | st.from_regex(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?)?"))
def test_any_text_is_a_time_or_none(text: str) -> None:
    at = seconds(text)

    assert at is None or seconds(moment(at)) == pytest.approx(at, abs=0.0006)


@given(numbers)
def test_a_number_and_its_digits_are_one_category(number: float) -> None:
    written = json.dumps(number)

    assert len(written) > 100 or category(written) == category(number)


@given(st.lists(scalars, min_size=1, max_size=3), any_json | st.sampled_from(["1", 1, True, "a"]))
def test_a_value_fits_categories_where_it_is_one_of_them(values: list[Json], value: Json) -> None:
    feature = Feature("c", Kind.CATEGORICAL, values=tuple(values))

    assert [misfit(feature, each) for each in values] == [""] * len(values)
    is_one = any(category(each) == category(value) for each in values)
    assert (misfit(feature, value) == "") == is_one


@pytest.mark.parametrize(
    ("dtype", "schema"), [(Dtype.FLOAT, {"type": "number"}), (Dtype.INT, {"type": "integer"})]
)
@given(data=st.data())
def test_a_number_fits_where_json_schema_says_so(
    dtype: Dtype, schema: dict[str, Json], data: st.DataObject
) -> None:
    feature = data.draw(ranged(dtype))
    value = data.draw(st.floats(-1e300, 1e300) | st.integers(-(10**15), 10**15) | any_json)
    said = dict(schema)
    if feature.low is not None:
        said["minimum"] = feature.low
    if feature.high is not None:
        said["maximum"] = feature.high

    is_null = feature.nullable and value is None
    is_number = not isinstance(value, float) or math.isfinite(value)
    is_right = is_null or (is_number and Draft202012Validator(said).is_valid(value))
    assert (misfit(feature, value) == "") == is_right


@given(any_json, st.none() | st.integers(1, 5), st.sampled_from([None, "[a-c]*", ".+"]))
def test_a_text_fits_where_json_schema_says_so(
    value: Json, most: int | None, pattern: str | None
) -> None:
    feature = Feature("t", Kind.OPEN, Dtype.STRING, pattern=pattern, max_length=most)
    said: dict[str, Json] = {"type": "string"}
    if most is not None:
        said["maxLength"] = most
    if pattern is not None:
        said["pattern"] = rf"\A(?:{pattern})\Z"

    assert (misfit(feature, value) == "") == Draft202012Validator(said).is_valid(value)


@given(st.binary(max_size=9), st.integers(1, 9))
def test_bytes_fit_by_their_length_and_not_by_that_of_their_text(content: bytes, most: int) -> None:
    feature = Feature("f", Kind.OPEN, Dtype.BYTES, max_length=most)

    text = base64.b64encode(content).decode()

    assert (misfit(feature, text) == "") == (len(content) <= most)
    assert misfit(feature, text) == misfit(feature, content)


@given(ranged(Dtype.FLOAT) | ranged(Dtype.INT), any_json)
def test_an_answer_fits_if_its_value_does(target: Feature, value: Json) -> None:
    assert misfit(target, value) or not answer_misfit(target, value)


@given(ranged(Dtype.DATETIME) | ranged(Dtype.FLOAT))
def test_every_range_can_be_written(feature: Feature) -> None:
    assert interval(feature)[0] in "[("
    assert interval(feature)[-1] in "])"
