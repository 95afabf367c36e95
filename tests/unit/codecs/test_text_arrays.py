from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from charter.codecs import text_arrays
from hypothesis import given
from hypothesis import strategies as st

MANY = 70_000


@pytest.mark.parametrize(
    "leaves", [["a", "b"], ["a", 1, 2.5, True], ["a", None], [1.5, 2], [], ["x" * 100, "y"]]
)
def test_small_arrays_are_left_to_numpy(leaves: list[Any]) -> None:
    assert text_arrays.array(leaves, [len(leaves)]) is None


def test_many_texts_of_one_length_are_left_to_numpy() -> None:
    assert text_arrays.array(["text"] * MANY, [MANY]) is None


@given(leaf=st.floats(allow_nan=False) | st.integers(-(2**63), 2**64 - 1) | st.booleans())
def test_a_number_beside_many_texts_becomes_the_text_that_numpy_makes(leaf: Any) -> None:
    leaves = ["a", leaf, *[0.12345] * MANY]

    array = text_arrays.array(leaves, [2, len(leaves) // 2])

    assert array is not None
    assert array.dtype.kind == "U"
    assert array.shape == (2, len(leaves) // 2)
    assert array.ravel()[:3].tolist() == np.array(leaves[:3]).tolist()


def test_a_long_text_beside_many_short_ones_makes_objects() -> None:
    leaves = ["x" * 10_000, *["y"] * 10_000, 5]

    array = text_arrays.array(leaves, [10_002, 1])

    assert array is not None
    assert array.dtype == object
    assert array.shape == (10_002, 1)
    assert array.ravel().tolist() == leaves


def test_null_beside_many_texts_makes_objects_as_in_numpy() -> None:
    leaves = ["a", None, *[0] * MANY]

    array = text_arrays.array(leaves, [len(leaves)])

    assert array is not None
    assert array.tolist() == np.array(leaves).tolist() == leaves
