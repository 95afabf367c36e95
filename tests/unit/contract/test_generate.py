from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from charter.contract.generate import generate
from charter.contract.model import Dtype, Feature, Kind
from numpy.typing import NDArray

COLOUR = Feature("colour", Kind.CATEGORICAL, values=("red", "green"))
UNIT = Feature("x", low=0.0, high=1.0)


def rows_of(*features: Feature, rows: int = 2000, seed: int = 1) -> NDArray[Any]:
    return generate(features, rows, np.random.default_rng(seed))


def test_the_same_seed_makes_the_same_rows() -> None:
    first, again, other = (rows_of(UNIT, COLOUR, seed=seed) for seed in (1, 1, 2))

    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_two_limits_are_filled_evenly() -> None:
    values = rows_of(Feature("x", low=-2.0, high=4.0))

    counts, _ = np.histogram(values, bins=4, range=(-2, 4))
    assert counts.min() > 400


def test_no_limit_is_a_standard_normal_distribution() -> None:
    values = rows_of(Feature("x"))

    assert abs(values.mean()) < 0.1
    assert abs(values.std() - 1) < 0.1


@pytest.mark.parametrize(
    ("feature", "sign"), [(Feature("x", low=5.0), 1), (Feature("x", high=5.0), -1)]
)
def test_one_limit_is_left_log_normally(feature: Feature, sign: int) -> None:
    distance = sign * (rows_of(feature) - 5)

    assert distance.min() >= 0
    assert abs(np.median(distance) - 1) < 0.1
    assert distance.max() > 5


def test_values_have_three_decimals() -> None:
    values = rows_of(Feature("x"))

    assert (values == np.round(values, 3)).all()
    assert (values != np.round(values, 2)).any()


def test_rounding_does_not_leave_a_narrow_range() -> None:
    values = rows_of(Feature("x", low=0.0005, high=0.0006))

    assert values.min() >= 0.0005
    assert values.max() <= 0.0006


def test_a_range_as_wide_as_floats_does_not_overflow() -> None:
    values = rows_of(Feature("x", low=-1.7e308, high=1.7e308))

    assert np.isfinite(values).all()
    assert len(np.unique(values)) > 1000


def test_whole_numbers_are_floats_within_the_range() -> None:
    values = rows_of(Feature("n", dtype=Dtype.INT, low=0.4, high=3.6))

    assert values.dtype == np.float64
    assert np.unique(values).tolist() == [1.0, 2.0, 3.0]


def test_categories_come_equally_often_in_their_own_type() -> None:
    texts = rows_of(COLOUR)
    numbers = rows_of(Feature("k", Kind.CATEGORICAL, values=(1, 2)))

    assert abs((texts == "red").mean() - 0.5) < 0.05
    assert texts.dtype.kind == "U"
    assert numbers.dtype.kind == "i"


def test_categories_of_several_types_stay_as_written() -> None:
    values = rows_of(Feature("k", Kind.CATEGORICAL, values=("1", 1, True)))

    assert {type(value) for value in values.ravel().tolist()} == {str, int, bool}


def test_mixed_features_are_objects_of_python() -> None:
    values = rows_of(UNIT, COLOUR, Feature("n", dtype=Dtype.INT, low=0.0, high=9.0))

    assert values.shape == (2000, 3)
    assert values.dtype == object
    assert [type(value) for value in values[0].tolist()] == [float, str, float]


def test_numeric_categories_beside_numbers_keep_their_type() -> None:
    values = rows_of(UNIT, Feature("k", Kind.CATEGORICAL, values=(1.5,)))
    whole = rows_of(UNIT, Feature("k", Kind.CATEGORICAL, values=(1,)))

    assert values.dtype == object
    assert [type(value) for value in whole[0].tolist()] == [float, int]


@pytest.mark.parametrize(
    ("features", "shape"),
    [
        ([UNIT, UNIT], (5, 2)),
        ([Feature("x", low=0.0, high=1.0, repeat=784)], (5, 784)),
        ([Feature("x", low=0.0, high=1.0, shape=(28, 28, 1))], (5, 28, 28, 1)),
        ([Feature("x", shape=(3,)), UNIT], (5, 4)),
    ],
)
def test_features_lie_side_by_side(features: list[Feature], shape: tuple[int, ...]) -> None:
    assert rows_of(*features, rows=5).shape == shape


def test_there_may_be_no_rows() -> None:
    assert rows_of(UNIT, COLOUR, rows=0).shape == (0, 2)
