from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from charter.errors import StartError
from charter.infer import answers
from charter.infer.draft import Described
from charter.message import Form, Message

UNLIMITED = {"ftype": "continuous", "range": ["inf", "inf"]}


def found(value: Any, names: list[str] | None = None, classes: Any = ()) -> Described:
    reply = Message(Form.NDARRAY, np.array(value), names or [])
    return answers.targets(reply, len(value), classes)


def text(*values: str) -> Any:
    return np.array(values, dtype=object)


def test_rows_that_sum_to_one_are_probabilities() -> None:
    described = found([[0.25, 0.75], [1.0, 0.0]], ["no", "yes"])

    expected = {"dtype": "FLOAT", "ftype": "continuous", "range": [0, 1]}
    assert described.entries == ({"name": "no", **expected}, {"name": "yes", **expected})
    assert described.notes == ()


def test_numbered_names_are_one_target() -> None:
    (target,) = found([[0.25, 0.75], [1.0, 0.0]], ["class:0", "class:1"]).entries

    assert (target["name"], target["repeat"]) == ("class", 2)


def test_names_that_are_made_up_are_one_target() -> None:
    assert found([[0.25, 0.75]]).entries[0]["name"] == "t"
    assert found([[0.25, 0.75]]).entries[0]["repeat"] == 2


def test_a_float32_is_physical() -> None:
    values = np.array([[0.5, 0.5]], np.float32)

    assert found(values).entries[0]["physical"] == "float32"


@pytest.mark.parametrize("value", [[[1.5], [20.0]], [1.5, 20.0]])
def test_what_a_number_may_be_is_asked_for(value: Any) -> None:
    described = found(value, ["price"])

    assert described.entries == ({"name": "price", "dtype": "FLOAT", **UNLIMITED},)
    assert described.notes == (
        "targets[0].range: price has no limits (the model answered 1.5 to 20); "
        "write the range that you promise",
    )


def test_numbers_that_do_not_sum_to_one_are_no_probabilities() -> None:
    described = found([[1, 2], [3, 4]], ["a", "b"])

    assert described.entries[0] == {"name": "a", "dtype": "INT", **UNLIMITED}
    assert len(described.notes) == 2


def test_labels_that_the_model_knows_are_the_categories() -> None:
    assert found([1, 1], ["kind"], [0, 1, 2]).entries == (
        {"name": "kind", "ftype": "categorical", "values": [0, 1, 2]},
    )
    assert found(text("a", "b"), None, ["a", "b", "c"]).entries[0]["values"] == ["a", "b", "c"]


def test_labels_that_were_seen_may_not_be_all() -> None:
    described = found(text("b", "a"), ["kind"])

    assert described.entries[0] == {
        "name": "kind",
        "dtype": "STRING",
        "ftype": "categorical",
        "values": ["a", "b"],
    }
    assert described.notes == (
        "targets[0].values: kind was one of these; write the others it may be",
    )


def test_booleans_are_booleans() -> None:
    assert found([True, False]).entries == ({"name": "t", "dtype": "BOOL"},)


def test_columns_of_several_types_are_told_apart() -> None:
    rows = np.empty((2, 2), dtype=object)
    rows[:] = [["a", 0.5], ["b", 1.5]]

    described = found(rows, ["kind", "score"])

    assert [each["dtype"] for each in described.entries] == ["STRING", "FLOAT"]


def test_more_axes_are_a_shape() -> None:
    described = found(np.zeros((2, 3, 4)))

    assert described.entries == ({"name": "t", "dtype": "FLOAT", **UNLIMITED, "shape": [3, 4]},)


@pytest.mark.parametrize("value", [np.zeros((3, 2)), np.zeros(()), np.zeros((2, 0))])
def test_another_number_of_rows_or_no_columns_are_refused(value: Any) -> None:
    reply = Message(Form.NDARRAY, value)

    with pytest.raises(StartError, match=r"^the model's answer: expected 2 rows, got shape"):
        answers.targets(reply, 2)


def test_an_answer_is_kept_row_by_row() -> None:
    assert answers.rows(Message(Form.NDARRAY, np.array([1, 2])), 2) == [[1], [2]]
    assert answers.rows(Message(Form.NDARRAY, np.ones((1, 2, 1))), 1) == [[[1.0], [1.0]]]
    assert answers.rows(Message(Form.NDARRAY, np.array([1, 2])), 3) is None
    assert answers.rows(Message(Form.TEXT, "hello"), 1) is None


def test_numbers_from_0_to_1_that_do_not_sum_to_one_are_no_probabilities() -> None:
    assert len(found([[0.5, 0.4], [1.0, 0.0]], ["a", "b"]).notes) == 2
