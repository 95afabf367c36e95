from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from charter.contract.check import Breach, check_reply, check_rows
from charter.contract.model import Dtype, Feature, Kind, target_names
from charter.contract.values import told
from charter.message import Form, Message

ABC = tuple(Feature(name, low=0.0, high=1.0) for name in "abc")
CLASSES = (Feature("class", low=0.0, high=1.0, repeat=3),)
COUNT = (Feature("count", dtype=Dtype.INT),)
LABEL = (Feature("label", Kind.CATEGORICAL, values=("0", "1", "many")),)
MIXED = (Feature("p", low=0.0, high=1.0), Feature("label", Kind.CATEGORICAL, values=("a", "b")))
GOOD = [[0.1, 0.2, 0.7], [1.0, 0.0, 0.0]]
DEFAULT = ("t:0", "t:1", "t:2")


def reply(values: Any, names: Sequence[str] | None = DEFAULT) -> Message:
    return Message(Form.NDARRAY, np.array(values), names)


def objects(values: Any, names: Sequence[str] | None = ("t:0", "t:1")) -> Message:
    return Message(Form.NDARRAY, np.array(values, dtype=object), names)


def sentences(targets: Sequence[Feature], message: Message, rows: int = 2) -> list[str]:
    found = check_reply(targets, message, rows)
    assert all(breach.check == check for check, each in found.items() for breach in each)
    return [str(breach) for breaches in found.values() for breach in breaches]


def one_column(value: Any) -> Message:
    return objects([[value], [value]], ("t:0",))


def test_a_right_reply_passes_every_check() -> None:
    found = check_reply(ABC, reply(GOOD), 2)

    assert found == {
        check: [] for check in ("payload", "rows", "shape", "names", "type", "finite", "range")
    }


def test_checks_that_say_nothing_are_not_made() -> None:
    found = check_reply(LABEL, one_column("1"), 2)

    assert list(found) == ["payload", "rows", "shape", "names", "category"]


def test_without_targets_only_the_rows_are_checked() -> None:
    assert list(check_reply((), reply(GOOD), 2)) == ["payload", "rows"]


def test_a_reply_without_an_array_is_a_breach() -> None:
    message = Message(Form.TEXT, "sorry")

    assert sentences(ABC, message) == ["body: must hold an array in data, got text data"]


@pytest.mark.parametrize("values", [GOOD[:1], [*GOOD, *GOOD], 0.5, [0.1, 0.2, 0.7]])
def test_wrong_rows_are_a_breach(values: Any) -> None:
    shape = list(np.shape(values))

    assert sentences(ABC, reply(values)) == [
        f"data: must have 2 rows as the request had, got shape {shape}"
    ]


def test_rows_alone_can_be_checked() -> None:
    assert check_rows(reply(GOOD), 2) == {"rows": []}
    assert check_rows(reply(GOOD), 3)["rows"]
    assert check_rows(Message(Form.TEXT, "sorry"), 2) == {}


@pytest.mark.parametrize("values", [[[0.1], [0.2]], [[0.1] * 4] * 2, [0.1, 0.2], [[[0.1] * 3]] * 2])
def test_wrong_columns_are_a_breach(values: Any) -> None:
    shape = list(np.shape(values))

    assert sentences(ABC, reply(values)) == [
        f"data: must have shape [2, 3] by the targets, got shape {shape}"
    ]


def test_one_column_may_come_flat() -> None:
    assert sentences(ABC[:1], reply([0.1, 0.2], ())) == []
    assert sentences(ABC[:1], reply([0.1, 7.0], ()))


def test_a_target_with_a_shape_is_checked_in_that_shape() -> None:
    image = (Feature("image", low=0.0, high=1.0, shape=(2, 2)),)
    values = np.zeros((3, 2, 2))
    names = ("t:0", "t:1")

    right = sentences(image, Message(Form.TENSOR, values, names), 3)
    values[2, 1, 0] = 5
    wrong = sentences(image, Message(Form.TENSOR, values, names), 3)
    flat = sentences(image, Message(Form.TENSOR, values.reshape(3, 4), names), 3)

    assert right == []
    assert wrong == [
        "targets[0].range: image[1, 0] must lie in [0, 1], got 5.0 in row 2 (1 of 3 rows)"
    ]
    assert flat == ["data: must have shape [3, 2, 2] by the targets, got shape [3, 4]"]


@pytest.mark.parametrize(
    ("targets", "names"),
    [
        (ABC, DEFAULT),
        (ABC, ("a", "b", "c")),
        (CLASSES, DEFAULT),
        (CLASSES, ("class:0", "class:1", "class:2")),
        (CLASSES, ("zero", "one", "two")),
        (CLASSES, ("0", "1", "2")),
        ((*ABC[:1], Feature("k", repeat=2)), ("a", "zero", "one")),
        ((*ABC[:1], Feature("k", repeat=2)), ("a", "k:0", "k:1")),
    ],
)
def test_right_names_pass(targets: Sequence[Feature], names: Sequence[str]) -> None:
    assert check_reply(targets, reply(GOOD, names), 2)["names"] == []


@pytest.mark.parametrize(
    ("targets", "names", "sentence"),
    [
        (ABC, (), "data.names: must name 3 columns, got 0 names"),
        (ABC, None, "data.names: must name 3 columns, got 0 names"),
        (ABC, ("a", "b"), "data.names: must name 3 columns, got 2 names"),
        (ABC, ("a", "b", "c", "d"), "data.names: must name 3 columns, got 4 names"),
        (ABC, ("a", "a", "c"), "data.names: must differ from each other, got 'a' twice"),
        (ABC, ("b", "a", "c"), "data.names: column 0 must be called 'a', got 'b'"),
        (ABC, ("a", "b", "x"), "data.names: column 2 must be called 'c', got 'x'"),
        (ABC, ("t:1", "t:0", "t:2"), "data.names: column 0 must be called 'a', got 't:1'"),
        (CLASSES, ("x", "x", "y"), "data.names: must differ from each other, got 'x' twice"),
        (
            CLASSES,
            ("class:1", "class:0", "class:2"),
            "data.names: column 0 must be called 'class:0', got 'class:1'",
        ),
        (
            CLASSES,
            ("class:0", "one", "two"),
            "data.names: column 1 must be called 'class:1', got 'one'",
        ),
        (
            (*ABC[:1], Feature("k", repeat=2)),
            ("x", "zero", "one"),
            "data.names: column 0 must be called 'a', got 'x'",
        ),
    ],
)
def test_wrong_names_are_a_breach(
    targets: Sequence[Feature], names: Sequence[str] | None, sentence: str
) -> None:
    assert sentences(targets, reply(GOOD, names)) == [sentence]


def test_a_range_is_reported_with_the_first_value_and_all_its_rows() -> None:
    values = np.full((64, 10), 0.5)
    values[5, 3], values[9, 0], values[9, 1], values[40, 2] = 1.7, -1, 2, 3
    ten = (Feature("class", low=0.0, high=1.0, repeat=10),)

    found = check_reply(ten, reply(values, target_names(ten)), 64)["range"]

    assert [str(breach) for breach in found] == [
        "targets[0].range: class:3 must lie in [0, 1], got 1.7 in row 5 (3 of 64 rows)"
    ]
    assert found[0].rows == (5, 9, 40)


@pytest.mark.parametrize(
    ("low", "high", "value", "interval"),
    [(None, 1.0, 2.0, "(-inf, 1]"), (0.25, None, -2.0, "[0.25, inf)")],
)
def test_a_range_with_one_end_is_held(
    low: float | None, high: float | None, value: float, interval: str
) -> None:
    targets = (Feature("y", low=low, high=high),)

    assert sentences(targets, one_column(value)) == [
        f"targets[0].range: y must lie in {interval}, got {value} in row 0 (2 of 2 rows)"
    ]


def test_a_range_forgives_the_rounding_of_float32_and_no_more() -> None:
    assert sentences(ABC[:1], one_column(1.0000001)) == []
    assert sentences(ABC[:1], one_column(1.00001))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), None])
def test_numbers_must_be_finite(value: Any) -> None:
    assert sentences(ABC[:1], one_column(value)) == [
        f"targets[0]: a must be finite, got {told(value)} in row 0 (2 of 2 rows)"
    ]


@pytest.mark.parametrize("value", ["0.5", True, [0.5], {"a": 1}])
def test_numbers_must_be_numbers(value: Any) -> None:
    array = np.empty((2, 1), dtype=object)
    array[0, 0] = array[1, 0] = value

    assert sentences(ABC[:1], Message(Form.NDARRAY, array, ("t:0",))) == [
        f"targets[0].dtype: a must be numbers, got {value!r} in row 0 (2 of 2 rows)"
    ]


@pytest.mark.parametrize("values", [[["a"], ["b"]], [[True], [False]]])
def test_an_array_of_another_type_is_no_numbers(values: Any) -> None:
    found = check_reply(ABC[:1], reply(values, ("t:0",)), 2)

    assert [check for check, breaches in found.items() if breaches] == ["type"]


@pytest.mark.parametrize("value", [np.float32(0.5), np.int64(1), 1, 0.5])
def test_numbers_of_numpy_in_objects_are_numbers(value: Any) -> None:
    assert sentences(ABC[:1], one_column(value)) == []


def test_whole_numbers_may_be_floats() -> None:
    assert sentences(COUNT, one_column(5.0)) == []
    assert sentences(COUNT, one_column(5)) == []
    assert sentences(COUNT, one_column(5.5)) == [
        "targets[0].dtype: count must be whole numbers, got 5.5 in row 0 (2 of 2 rows)"
    ]


@pytest.mark.parametrize("value", ["0", 0, 0.0, "0.0", "1", 1, "many", np.int64(1), np.str_("0")])
def test_categories_are_compared_by_what_they_mean(value: Any) -> None:
    assert sentences(LABEL, one_column(value)) == []


@pytest.mark.parametrize("value", ["2", 2, 0.5, "Many", "", "00", None, float("nan"), [0]])
def test_another_category_is_a_breach(value: Any) -> None:
    array = np.empty((2, 1), dtype=object)
    array[:, 0] = ["1", "1"]
    array[1, 0] = value

    assert sentences(LABEL, Message(Form.NDARRAY, array, ("t:0",))) == [
        f"targets[0].values: label must be one of ['0', '1', 'many'], got {told(value)} "
        "in row 1 (1 of 2 rows)"
    ]


def test_mixed_targets_are_checked_each_by_its_own() -> None:
    right = sentences(MIXED, objects([[0.5, "a"], [1.0, "b"]]))
    wrong = sentences(MIXED, objects([[1.5, "a"], [1.0, "c"]]))

    assert right == []
    assert wrong == [
        "targets[0].range: p must lie in [0, 1], got 1.5 in row 0 (1 of 2 rows)",
        "targets[1].values: label must be one of ['a', 'b'], got 'c' in row 1 (1 of 2 rows)",
    ]


def test_a_reply_of_no_rows_to_no_rows_passes() -> None:
    assert sentences(ABC, reply(np.zeros((0, 3))), 0) == []


def test_a_breach_without_rows_prints_as_one_sentence() -> None:
    assert (
        str(Breach("shape", "data", "must be flat", "a ball")) == "data: must be flat, got a ball"
    )


def found_in(target: Feature, *values: Any) -> list[str]:
    """Return the checks that one column of values fails."""
    column = objects([[value] for value in values], ("t:0",))
    found = check_reply((target,), column, len(values))
    return [check for check, breaches in found.items() if breaches]


TEXT = Feature("t", Kind.OPEN, Dtype.STRING, pattern="[a-z]+", max_length=3)
DAY = Feature("d", Kind.OPEN, Dtype.DATETIME, low=0.0, high=86400.0)
BYTES = Feature("b", Kind.OPEN, Dtype.BYTES, max_length=2)
PIXEL = Feature("p", dtype=Dtype.IMAGE)
FLAG = Feature("f", Kind.CATEGORICAL, Dtype.BOOL, values=(False, True))


@pytest.mark.parametrize(
    ("target", "value", "failed"),
    [
        (TEXT, "abc", []),
        (TEXT, "abcd", ["type"]),
        (TEXT, "A", ["type"]),
        (TEXT, 7, ["type"]),
        (DAY, "1970-01-01T12:00:00Z", []),
        (DAY, "1971-01-01", ["range"]),
        (DAY, "yesterday", ["type"]),
        (BYTES, "AAE=", []),
        (BYTES, "AAECAw==", ["type"]),
        (BYTES, "*", ["type"]),
        (PIXEL, 255.0, []),
        (PIXEL, 1.5, ["type"]),
        (PIXEL, 256, ["range"]),
        (FLAG, True, []),
        (FLAG, 1.0, []),
        (FLAG, "yes", ["category"]),
    ],
)
def test_every_dtype_is_held_to_what_it_is(target: Feature, value: Any, failed: list[str]) -> None:
    assert found_in(target, value) == failed


@pytest.mark.parametrize("target", [ABC[0], LABEL[0], TEXT, DAY, BYTES, FLAG])
@pytest.mark.parametrize("missing", [None, float("nan")])
def test_what_is_missing_passes_where_it_may(target: Feature, missing: Any) -> None:
    nullable = dataclasses.replace(target, nullable=True)

    if missing is None or target.is_numeric:
        assert found_in(nullable, missing) == []
    assert found_in(target, missing) != []


def test_each_different_category_is_looked_up_once_among_many() -> None:
    many = Message(Form.NDARRAY, np.tile(["a", "b", "c"], 1000)[:, None], ("label",))

    found = check_reply(MIXED[1:], many, 3000)

    assert str(found["category"][0]) == (
        "targets[0].values: label must be one of ['a', 'b'], got 'c' in row 2 (1000 of 3000 rows)"
    )


@pytest.mark.parametrize("payload", [Form.TEXT, Form.BINARY, Form.JSON])
def test_what_answers_no_array_may_be_none(payload: Form) -> None:
    one, two = Message(Form.TEXT, "abc"), Message(Form.JSON, {"p": 0.5, "label": "a", "more": 1})

    assert not any(check_reply((TEXT,), one, 1, payload).values())
    assert not any(check_reply(MIXED, two, 1, payload).values())
    assert check_reply((), one, 1, payload) == {"payload": []}


@pytest.mark.parametrize(
    ("targets", "message", "check"),
    [
        ((TEXT,), Message(Form.TEXT, "abcd"), "type"),
        (MIXED, Message(Form.TEXT, "a"), "payload"),
        (MIXED, Message(Form.JSON, {"p": 0.5}), "payload"),
        (MIXED, Message(Form.JSON, [{"p": 2.0, "label": "a"}]), "range"),
        (MIXED, Message(Form.JSON, [{"p": 1.0, "label": "a"}] * 2), "rows"),
        (MIXED, Message(Form.JSON, "a"), "payload"),
    ],
)
def test_a_document_is_held_to_the_targets(
    targets: Sequence[Feature], message: Message, check: str
) -> None:
    found = check_reply(targets, message, 1, Form.JSON)

    assert [name for name, breaches in found.items() if breaches] == [check]


def test_the_objects_that_answer_rows_are_as_many() -> None:
    rows = [{"p": 0.5, "label": "a"}, {"p": 0.25, "label": "b"}]

    found = check_reply(MIXED, Message(Form.JSON, rows), 2, Form.JSON)

    assert not any(found.values())
