from __future__ import annotations

from typing import Any

import pytest
from charter.contract.feature import parse_feature
from charter.contract.loss import losses
from charter.contract.values import misfit
from hypothesis import given
from hypothesis import strategies as st

DTYPES = st.sampled_from(["FLOAT", "INT"])
ENDS = st.integers(-3, 3)


@st.composite
def features(draw: st.DrawFn) -> Any:
    low, high = sorted((draw(ENDS), draw(ENDS)))
    nullable = {"nullable": draw(st.booleans())}
    if draw(st.booleans()):
        values = draw(st.lists(ENDS | st.just("a"), min_size=1, max_size=4))
        found = {"name": "x", "ftype": "categorical", "values": values, **nullable}
    else:
        found = {"name": "x", "dtype": draw(DTYPES), "ftype": "continuous", **nullable}
        found["range"] = [low, high]
    return parse_feature(found, "f", is_input=True)


VALUES = st.none() | st.just("a") | st.integers(-4, 4) | st.floats(-4, 4)


@given(features(), features(), VALUES)
def test_what_one_takes_and_the_other_does_not_is_a_loss(one: Any, other: Any, value: Any) -> None:
    if not misfit(one, value) and misfit(other, value):
        assert list(losses(one, other))


@given(features())
def test_nothing_is_lost_from_a_feature_to_itself(feature: Any) -> None:
    assert list(losses(feature, feature)) == []


@pytest.mark.parametrize(
    ("dtype", "other"), [("STRING", "BYTES"), ("DATETIME", "STRING"), ("STRING", "FLOAT")]
)
def test_another_type_loses_all(dtype: str, other: str) -> None:
    ranged = {"ftype": "continuous", "range": [0, 1]}
    one = parse_feature({"name": "x", "dtype": dtype}, "f", is_input=True)
    two = {"name": "x", "dtype": other, **(ranged if other == "FLOAT" else {})}

    (lost,) = losses(one, parse_feature(two, "f", is_input=True))

    assert (lost.key, lost.what, lost.values) == (
        ".dtype",
        f"was {dtype}, is {other}",
        f"as {dtype}",
    )
    assert lost.reversed == f"was {other}, is {dtype}"
