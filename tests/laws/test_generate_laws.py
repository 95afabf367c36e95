"""Laws of the contract: what it generates it accepts, and nothing generated leaves its range."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from charter.contract.check import check_reply
from charter.contract.generate import generate
from charter.contract.model import (
    Contract,
    Dtype,
    Feature,
    Kind,
    feature_names,
    row_shape,
    target_names,
)
from charter.contract.parse import parse
from charter.contract.requests import edges
from charter.contract.values import misfit, moment, seconds
from charter.message import Form, Message
from hypothesis import assume, given, settings
from hypothesis import strategies as st

finite = st.floats(-1e12, 1e12, allow_nan=False)
repeats = st.none() | st.integers(1, 4)

# The first text by a pattern imports and compiles; a busy machine takes longer.
in_any_time = settings(deadline=None)


@st.composite
def continuous(draw: st.DrawFn) -> Feature:
    low, high = sorted((draw(finite), draw(finite)))
    dtype = draw(st.sampled_from([Dtype.FLOAT, Dtype.INT]))
    if dtype is Dtype.INT and math.ceil(low) > math.floor(high):
        low = float(math.floor(low))
    ends = draw(st.tuples(st.booleans(), st.booleans()))
    return Feature(
        draw(st.text(min_size=1)),
        dtype=dtype,
        low=low if ends[0] else None,
        high=high if ends[1] else None,
        repeat=draw(repeats),
    )


DTYPES = {"float16": 11, "float32": 24, "int8": 7, "uint8": 8, "int64": 53, "uint64": 53}
PATTERNS = (r"[A-Z]{2}\d{3}", r"(a|bc)+", r"[^x\W]*", r"", r"\w+@\w+\.(org|com)")
TIMES = st.floats(-62e9, 253e9)


@st.composite
def held(draw: st.DrawFn) -> Feature:
    """Return a feature that the model computes with in a dtype of numpy, as parsed."""
    physical = draw(st.sampled_from(sorted(DTYPES)))
    most = 2 ** DTYPES[physical]
    least = 0 if physical.startswith("u") else -most
    low, high = sorted(draw(st.tuples(*[st.integers(least, most - 1)] * 2)))
    dtype = Dtype.FLOAT if physical.startswith("f") else Dtype.INT
    fraction = draw(st.floats(0, 0.5)) if dtype is Dtype.FLOAT else 0.0
    document = {"name": "x", "dtype": dtype.value, "physical": physical}
    ends = [low, high + fraction] if draw(st.booleans()) else ["inf", high]
    parsed = parse({"features": [{**document, "range": ends}], "targets": []})
    return parsed.features[0]


@st.composite
def times(draw: st.DrawFn) -> Feature:
    found = [seconds(moment(at)) or 0.0 for at in draw(st.tuples(TIMES, TIMES))]
    ends = draw(st.tuples(st.booleans(), st.booleans()))
    low, high = (min(found) if ends[0] else None), (max(found) if ends[1] else None)
    return Feature("t", Kind.OPEN, Dtype.DATETIME, low, high)


def opened(dtype: Dtype, **changes: st.SearchStrategy[Any]) -> st.SearchStrategy[Feature]:
    return st.builds(Feature, st.just("x"), st.just(Kind.OPEN), st.just(dtype), **changes)


lengths = st.none() | st.integers(7, 40)  # "a@b.org" has 7
every_dtype = st.one_of(
    continuous(),
    held(),
    times(),
    opened(Dtype.STRING, max_length=st.none() | st.integers(1, 40)),
    opened(Dtype.STRING, max_length=lengths, pattern=st.sampled_from(PATTERNS)),
    opened(Dtype.BYTES, max_length=lengths),
    st.just(Feature("b", Kind.CATEGORICAL, Dtype.BOOL, values=(False, True))),
    st.just(Feature("p", dtype=Dtype.IMAGE, low=0.0, high=255.0)),
).flatmap(
    lambda feature: st.booleans().map(lambda is_so: dataclasses.replace(feature, nullable=is_so))
)

scalars = st.one_of(st.text(max_size=5), st.integers(-9, 9), st.booleans(), finite)
categorical = st.builds(
    Feature,
    st.text(min_size=1),
    st.just(Kind.CATEGORICAL),
    values=st.lists(scalars, min_size=1, max_size=4).map(tuple),
    repeat=repeats,
)
feature_lists = st.lists(continuous() | categorical, min_size=1, max_size=4)
seeds = st.integers(0, 2**32)
counts = st.integers(0, 20)


@given(feature_lists, counts, seeds)
def test_what_a_contract_generates_it_accepts(
    features: list[Feature], rows: int, seed: int
) -> None:
    values = generate(features, rows, np.random.default_rng(seed))
    columns = row_shape(features)[0]
    names = [f"t:{column}" for column in range(columns)]

    findings = check_reply(features, Message(Form.NDARRAY, values, names), rows)

    assert values.shape == (rows, columns)
    assert not any(findings.values())


@in_any_time
@given(st.lists(every_dtype, min_size=1, max_size=4), st.integers(1, 5), seeds)
def test_every_value_fits_its_feature(features: list[Feature], rows: int, seed: int) -> None:
    values = generate(features, rows, np.random.default_rng(seed))
    columns = [feature for feature in features for _ in range(feature.block[0])]
    names = [f"t:{column}" for column in range(len(columns))]

    found = check_reply(features, Message(Form.NDARRAY, values, names), rows)

    assert not any(found.values())
    for row in values.tolist():
        assert [misfit(feature, value) for feature, value in zip(columns, row, strict=True)] == [
            ""
        ] * len(columns)


@in_any_time
@given(held(), seeds)
def test_the_dtype_of_the_model_holds_every_value_in_its_range(feature: Feature, seed: int) -> None:
    values = generate([feature], 50, np.random.default_rng(seed))

    with np.errstate(all="raise"):
        as_held = values.astype(feature.physical)
    assert np.isfinite(as_held).all()
    assert feature.low is None or float(as_held.min()) >= feature.low
    assert feature.high is None or float(as_held.max()) <= feature.high


@in_any_time
@given(st.lists(every_dtype, min_size=1, max_size=4), seeds)
def test_every_edge_fits(features: list[Feature], seed: int) -> None:
    contract = Contract(tuple(features), ())

    for edge in edges(contract, np.random.default_rng(seed)):
        rows = edge.request.value
        names = [f"t:{column}" for column in range(rows.shape[1])]
        found = check_reply(features, Message(Form.NDARRAY, rows, names), len(rows))
        assert not any(found.values()), edge.name


@given(continuous(), seeds)
def test_no_value_leaves_its_range(feature: Feature, seed: int) -> None:
    values = generate([feature], 50, np.random.default_rng(seed))

    assert values.min() >= (-math.inf if feature.low is None else feature.low)
    assert values.max() <= (math.inf if feature.high is None else feature.high)
    assert feature.dtype is Dtype.FLOAT or (values == np.floor(values)).all()


@given(feature_lists, seeds)
def test_a_seed_says_all(features: list[Feature], seed: int) -> None:
    first, again = (generate(features, 3, np.random.default_rng(seed)) for _ in range(2))

    assert first.tolist() == again.tolist()
    assert first.dtype == again.dtype


@given(continuous(), st.integers(0, 9), seeds)
def test_one_value_out_of_range_is_found_where_it_is(feature: Feature, row: int, seed: int) -> None:
    limited = Feature(feature.name, low=-1.0, high=1.0, repeat=feature.repeat)
    values = generate([limited], 10, np.random.default_rng(seed))
    values[row, -1] = 1.5

    found = check_reply([limited], Message(Form.NDARRAY, values, target_names([limited])), 10)

    assert [breach.rows for breach in found["range"]] == [(row,)]


@given(st.lists(continuous() | categorical, min_size=1, max_size=4))
def test_a_contract_written_as_json_is_read_as_itself(features: list[Feature]) -> None:
    names = feature_names(features)
    assume(len(names) == len(set(names)))
    document = {"features": [_written(each) for each in features], "targets": []}

    assert parse(document).features == tuple(features)


def _written(feature: Feature) -> dict[str, object]:
    document: dict[str, object] = {"name": feature.name, "ftype": feature.kind.value}
    if feature.repeat is not None:
        document["repeat"] = feature.repeat
    if feature.kind is Kind.CATEGORICAL:
        return {**document, "values": list(feature.values)}
    ends = ["inf" if end is None else end for end in (feature.low, feature.high)]
    return {**document, "dtype": feature.dtype.value, "range": ends}
