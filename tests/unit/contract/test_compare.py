from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from charter.contract.compare import difference
from charter.contract.parse import parse
from charter.message import Form, Message

TARGETS = parse(
    {
        "features": [{"name": "x", "ftype": "continuous", "range": [0, 1]}],
        "targets": [
            {"name": "y", "ftype": "continuous", "tolerance": 0.1},
            {"name": "z", "ftype": "continuous"},
        ],
    }
).targets


def reply(value: Any, names: Any = ("y", "z"), form: Form = Form.NDARRAY) -> Message:
    is_array = form in (Form.NDARRAY, Form.TENSOR)
    return Message(form, np.array(value) if is_array else value, names, {"puid": str(value)})


def test_a_reply_is_no_different_from_itself_in_another_form() -> None:
    rows = [[1.0, 2.0]]

    assert difference(reply(rows), reply(rows, form=Form.TENSOR), TARGETS) == ""
    assert difference(reply(rows), reply([[1, 2]]), TARGETS) == ""


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ([[1.05, 2.00001]], ""),
        ([[1.2, 2.0]], "1.2 in place of 1.0 at data[0][0]"),
        ([[1.0, 2.0001]], "2.0001 in place of 2.0 at data[0][1]"),
        ([[float("nan"), 2.0]], "nan in place of 1.0 at data[0][0]"),
        ([[1.0, "2.0"]], "'1.0' in place of 1.0 at data[0][0]"),
        ([[1.0]], "shape [1, 1] in place of [1, 2]"),
    ],
)
def test_numbers_may_differ_by_the_tolerance_of_their_target(second: Any, said: str) -> None:
    assert difference(reply([[1.0, 2.0]]), reply(second), TARGETS) == said


def test_the_tolerance_is_relative_for_large_numbers_only() -> None:
    assert difference(reply([[0.0, 1e6]]), reply([[0.0, 1e6 + 5]]), TARGETS) == ""
    assert difference(reply([[0.0, 1e-6]]), reply([[0.0, 9e-6]]), TARGETS) == ""
    assert difference(reply([[0.0, 1e6]]), reply([[0.0, 1e6 + 50]]), TARGETS) != ""


def test_infinities_and_missing_values_are_equal_to_themselves() -> None:
    rows = np.array([[None, np.inf]], dtype=object)

    assert difference(reply(rows), reply([[np.nan, np.inf]]), TARGETS) == ""
    assert difference(reply([[0.0, -np.inf]]), reply([[0.0, np.inf]]), TARGETS) != ""


def test_mixed_values_are_compared_each_by_its_type() -> None:
    first = np.array([[1.0, "a"]], dtype=object)
    close = np.array([[1.05, "a"]], dtype=object)
    other = np.array([[1.0, "b"]], dtype=object)

    assert difference(reply(first), reply(close), TARGETS) == ""
    assert difference(reply(first), reply(other), TARGETS) == "'b' in place of 'a' at data[0][1]"


def test_names_count_where_both_have_some() -> None:
    rows = [[1.0, 2.0]]

    assert difference(reply(rows), reply(rows, ["z", "y"]), TARGETS).startswith("names ['z', 'y']")
    assert difference(reply(rows), reply(rows, []), TARGETS) == ""


def test_a_single_column_may_be_flat() -> None:
    assert difference(reply([1.0, 2.0]), reply([1.05, 2.0]), TARGETS[:1]) == ""
    assert difference(reply([1.0, 2.0]), reply([1.05, 2.0]), ()) != ""


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({"a": [1.0]}, {"a": [1.000001]}, ""),
        ({"a": [1.0]}, {"a": [1.1]}, "{'a': [1.1]} in place of {'a': [1.0]}"),
        ({"a": 1}, {"b": 1}, "{'b': 1} in place of {'a': 1}"),
        ([1, 2], [1], "[1] in place of [1, 2]"),
        ("a", "b", "'b' in place of 'a'"),
    ],
)
def test_documents_are_compared_value_by_value(first: Any, second: Any, said: str) -> None:
    one, other = (reply(value, form=Form.JSON) for value in (first, second))

    assert difference(one, other, ()) == said


def test_data_of_another_kind_are_another_answer() -> None:
    assert difference(reply([[1.0]]), reply("1", form=Form.TEXT), ()) == (
        "text data in place of ndarray data"
    )
