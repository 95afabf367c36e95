from __future__ import annotations

import base64
import dataclasses
import re
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest
from charter.contract.generate import ends, generate
from charter.contract.model import Dtype, Feature, Kind
from charter.contract.values import seconds
from charter.errors import StartError
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


def test_old_contracts_have_the_numbers_they_had() -> None:
    values = rows_of(
        UNIT, Feature("n", dtype=Dtype.INT, low=0.0, high=99.0), COLOUR, rows=2, seed=7
    )

    assert values.tolist() == [[0.625, 77.0, "red"], [0.897, 22.0, "red"]]


def test_pixels_are_whole_numbers_in_their_shape() -> None:
    values = rows_of(Feature("p", dtype=Dtype.IMAGE, shape=(8, 6, 3)), rows=9)

    assert values.shape == (9, 8, 6, 3)
    assert (values == np.floor(values)).all()
    assert 0 <= values.min() <= 5
    assert 250 <= values.max() <= 255


def test_text_without_a_pattern_is_short_words() -> None:
    values = rows_of(Feature("s", Kind.OPEN, Dtype.STRING), rows=50).ravel().tolist()

    assert all(re.fullmatch(r"[a-z]+( [a-z]+){0,2}", value) for value in values)
    assert len(set(values)) > 20


def test_text_keeps_to_its_length() -> None:
    values = rows_of(Feature("s", Kind.OPEN, Dtype.STRING, max_length=5), rows=50)

    lengths = {len(value) for value in values.ravel().tolist()}
    assert min(lengths) >= 1
    assert max(lengths) <= 5


def test_text_matches_its_pattern_within_its_length() -> None:
    feature = Feature("s", Kind.OPEN, Dtype.STRING, pattern=r"[A-Z]+-\d*", max_length=6)

    values = rows_of(feature, rows=100).ravel().tolist()

    assert all(re.fullmatch(r"[A-Z]+-\d*", value) and len(value) <= 6 for value in values)
    assert len(set(values)) > 50


def test_a_pattern_that_nothing_is_found_for_is_named() -> None:
    feature = Feature("code", Kind.OPEN, Dtype.STRING, pattern="a{9}", max_length=4)

    with pytest.raises(StartError, match=r"^code\.pattern: .* of at most 4 characters .* 'a\{9\}'"):
        rows_of(feature, rows=1)


def test_a_set_of_characters_is_drawn_from_alike_in_every_process() -> None:
    program = (
        "import numpy\n"
        "from charter.contract.generate import generate\n"
        "from charter.contract.model import *\n"
        r"feature = Feature('s', Kind.OPEN, Dtype.STRING, pattern='[^a]{9}\W{9}')"
        "\nprint(generate([feature], 3, numpy.random.default_rng(1)).tolist())"
    )

    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(said) == 1


def test_bytes_are_base64_of_their_length() -> None:
    values = rows_of(Feature("b", Kind.OPEN, Dtype.BYTES, max_length=3), rows=50)

    lengths = {len(base64.b64decode(value, validate=True)) for value in values.ravel().tolist()}
    assert lengths == {0, 1, 2, 3}


def test_times_fill_their_range() -> None:
    low, high = 1.7e9, 1.7e9 + 86400
    feature = Feature("t", Kind.OPEN, Dtype.DATETIME, low=low, high=high)

    found = [seconds(value) or 0.0 for value in rows_of(feature).ravel().tolist()]

    assert low <= min(found) < low + 3600
    assert high - 3600 < max(found) <= high


@pytest.mark.parametrize("moments", [(1e9 + 0.25, 1e9 + 0.5), (1e9 + 0.25, 1e9 + 0.250002)])
def test_times_are_as_fine_as_their_range_asks_for(moments: tuple[float, float]) -> None:
    low, high = moments
    feature = Feature("t", Kind.OPEN, Dtype.DATETIME, low=low, high=high)

    found = [seconds(value) or 0.0 for value in rows_of(feature, rows=20).ravel().tolist()]

    assert low <= min(found)
    assert max(found) <= high


@pytest.mark.parametrize(
    "feature", [UNIT, COLOUR, Feature("s", Kind.OPEN, Dtype.STRING)], ids=lambda each: each.name
)
def test_one_in_ten_is_null_where_that_may_be(feature: Feature) -> None:
    values = rows_of(dataclasses.replace(feature, nullable=True))

    assert values.dtype == object
    assert 0.07 < sum(value is None for value in values.ravel()) / 2000 < 0.13


def test_booleans_are_booleans_and_so_beside_others() -> None:
    boolean = Feature("b", Kind.CATEGORICAL, Dtype.BOOL, values=(False, True))

    assert rows_of(boolean).dtype == bool
    assert [type(value) for value in rows_of(UNIT, boolean)[0]] == [float, bool]


def test_ends_are_those_that_the_dtype_of_the_model_holds() -> None:
    narrow = Feature("x", low=0.1, high=0.3, physical="float32")
    wide = Feature("n", dtype=Dtype.INT, low=-(2.0**63), high=2.0**63, physical="int64")
    half = Feature("h", low=0.0, physical="float16")

    assert 0.1 <= ends(narrow)[0] == float(np.float32(ends(narrow)[0]))
    assert 0.3 >= ends(narrow)[1] == float(np.float32(ends(narrow)[1]))
    assert int(ends(wide)[1]) <= np.iinfo(np.int64).max
    assert ends(half) == (0, 65504)


def test_a_range_between_two_neighbours_of_the_dtype_is_kept_to_all_the_same() -> None:
    values = rows_of(Feature("x", low=0.30001, high=0.30002, physical="float16"))

    assert 0.30001 <= values.min() <= values.max() <= 0.30002


def test_a_category_with_a_zero_at_its_end_keeps_it() -> None:
    values = rows_of(Feature("k", Kind.CATEGORICAL, values=("a\0",)), rows=1)

    assert values.tolist() == [["a\0"]]


def test_many_numbers_are_made_at_once() -> None:
    feature = Feature("x", low=0.0, high=1.0, repeat=784)
    rng = np.random.default_rng(0)
    begun = time.process_time()

    generate([feature], 1000, rng)

    # About 10 ms; a loop over the values takes seconds.
    assert time.process_time() - begun < 0.3
