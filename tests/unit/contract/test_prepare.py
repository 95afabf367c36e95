from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from charter.contract.parse import parse
from charter.contract.prepare import Preparation

A = {"name": "a", "dtype": "FLOAT", "ftype": "continuous", "range": ["-inf", "inf"]}
NULLABLE = {**A, "name": "n", "nullable": True}
WORD = {"name": "w", "dtype": "STRING", "nullable": True}
CHOICE = {"name": "c", "ftype": "categorical", "dtype": "INT", "values": [1, 2], "nullable": True}


def preparation(*features: Any, **more: Any) -> Preparation:
    return Preparation(
        parse({"features": [{**each, **more} for each in features], "targets": []}).features
    )


def objects(values: Any) -> Any:
    return np.array(values, dtype=object)


def test_null_becomes_nan_among_floats() -> None:
    filled = preparation(A, NULLABLE, CHOICE).filled(objects([[1, None, None], [2, 3.5, 1]]), None)

    assert filled.dtype == np.float64
    np.testing.assert_array_equal(filled, [[1, np.nan, np.nan], [2, 3.5, 1]])


def test_null_stays_where_it_is_not_allowed() -> None:
    array = objects([[None, None]])

    filled = preparation(A, NULLABLE).filled(array, None)

    assert filled.dtype == object
    assert filled[0, 0] is None
    assert np.isnan(filled[0, 1])
    assert array[0, 1] is None


def test_text_stays_beside_what_is_filled() -> None:
    filled = preparation(NULLABLE, WORD).filled(objects([[None, "x"], [1, None]]), None)

    assert filled.dtype == object
    assert np.isnan(filled[0, 0])
    assert filled[:, 1].tolist() == ["x", None]


def test_the_callers_order_is_minded() -> None:
    order = np.array([1, 0])

    filled = preparation(A, NULLABLE).filled(objects([[None, 1.0]]), order)

    np.testing.assert_array_equal(filled, [[np.nan, 1.0]])


@pytest.mark.parametrize(
    "array", [objects([[1, 2]]), objects([[None, None, None]]), np.array([[1.0, 2.0]]), objects([])]
)
def test_what_has_no_null_or_another_shape_is_returned_as_it_is(array: Any) -> None:
    assert preparation(A, NULLABLE).filled(array, None) is array


def test_an_integer_beyond_all_floats_stays() -> None:
    filled = preparation(A, NULLABLE).filled(objects([[10**400, None]]), None)

    assert filled[0, 0] == 10**400


def test_a_single_column_may_have_no_axis() -> None:
    filled = preparation(NULLABLE).filled(objects([1, None]), None)

    np.testing.assert_array_equal(filled, [1.0, np.nan])


def test_a_shape_is_kept() -> None:
    pixels = {**NULLABLE, "shape": [2, 2]}
    filled = preparation(pixels).filled(objects([[[1, None], [3, 4]]]), None)

    np.testing.assert_array_equal(filled, [[[1, np.nan], [3, 4]]])


@pytest.mark.parametrize(
    ("physical", "values", "dtype"),
    [
        ("float32", [[0.5, 2.0]], "float32"),
        ("float16", [[1e30, 2.0]], "float64"),
        ("int64", [[1.0, 2.0]], "int64"),
        ("int64", [[1.5, 2.0]], "float64"),
        ("uint8", [[1, 255]], "uint8"),
        ("uint8", [[1, 256]], "int64"),
        ("uint8", [[-1, 2]], "int64"),
        ("int8", [[1e300, 2.0]], "float64"),
        ("int64", [[np.nan, 2.0]], "float64"),
        ("float32", [[np.nan, 2.0]], "float32"),
        ("bool", [[0.0, 1.0]], "bool"),
        ("bool", [[0.0, 0.5]], "float64"),
        ("float32", [["a", "b"]], "<U1"),
    ],
)
def test_the_physical_dtype_is_given_where_all_values_have_it(
    physical: str, values: Any, dtype: str
) -> None:
    array = np.array(values)

    numbers = "FLOAT" if physical.startswith("float") else "INT"

    found = preparation(A, NULLABLE, dtype=numbers, physical=physical).physical(array)

    assert found.dtype == np.dtype(dtype)
    if array.dtype.kind == "f":
        np.testing.assert_array_equal(found.astype(float), array)


def test_no_dtype_is_given_where_features_differ() -> None:
    made = Preparation(
        parse(
            {"features": [{**A, "physical": "float32"}, {**A, "name": "b"}], "targets": []}
        ).features
    )
    array = np.array([[1.0, 2.0]])

    assert made.physical(array) is array


def test_arrays_among_objects_are_no_nulls() -> None:
    values = np.empty((1, 2), dtype=object)
    values[0, 0], values[0, 1] = None, np.ones(2)

    filled = preparation(NULLABLE, WORD).filled(values, None)

    assert np.isnan(filled[0, 0])
    assert filled[0, 1] is values[0, 1]
