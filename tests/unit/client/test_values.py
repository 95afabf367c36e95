from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from charter.client.values import feedback, message, messages
from charter.errors import BadPayload
from charter.message import Form, Message
from google.protobuf import any_pb2
from hypothesis import given
from hypothesis import strategies as st

INTEGERS = st.integers(min_value=-(2**70), max_value=2**70)
TEXT = Message(Form.TEXT, "x")
CELLS = INTEGERS | st.floats(allow_nan=False) | st.text(max_size=3) | st.none()


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (np.ones((2, 2)), Form.TENSOR),
        ([[1, 2]], Form.TENSOR),
        ((1, 2), Form.TENSOR),
        (3, Form.TENSOR),
        (np.float32(3), Form.TENSOR),
        ([], Form.TENSOR),
        (np.array([["a"]]), Form.NDARRAY),
        ([True], Form.NDARRAY),
        ([None], Form.NDARRAY),
        ("text", Form.TEXT),
        (b"bytes", Form.BINARY),
        (bytearray(b"bytes"), Form.BINARY),
        (memoryview(b"bytes"), Form.BINARY),
        ({"a": 1}, Form.JSON),
        (any_pb2.Any(), Form.CUSTOM),
    ],
)
def test_a_value_has_a_form_of_its_own(value: Any, form: Form) -> None:
    assert message(value).form is form


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=4))
def test_what_is_in_lists_is_sent_as_it_is(rows: list[list[Any]]) -> None:
    sent = message(rows).value.tolist()

    assert sent == rows
    assert all(
        isinstance(was, str) == isinstance(now, str)
        for row, other in zip(rows, sent, strict=True)
        for was, now in zip(row, other, strict=True)
    )


@given(st.lists(INTEGERS | st.floats(allow_nan=False), max_size=4))
def test_integers_beside_floats_stay_exact(numbers: list[float]) -> None:
    assert message(numbers).value.tolist() == numbers


def test_a_data_frame_brings_its_names() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": [1, 2], "who": ["a", "b"]})

    sent = message(frame)

    assert (sent.form, sent.names) == (Form.NDARRAY, ["x", "who"])
    assert sent.value.tolist() == [[1, "a"], [2, "b"]]
    assert message(frame, ["p", "q"]).names == ["p", "q"]
    assert message(frame["x"]).value.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ([[1]], "ndarray"),
        ([[1]], Form.TFTENSOR),
        (None, "json"),
        ([1, "a"], "json"),
        ("text", "json"),
        ({"strData": "x"}, "raw"),
    ],
)
def test_a_form_can_be_chosen(value: Any, form: Form | str) -> None:
    assert message(value, form=form).form is Form(form)


def test_meta_goes_along() -> None:
    meta = {"puid": "p", "tags": {"a": 1}}

    assert message([1], meta=meta).meta == meta
    assert message("text", meta=meta).meta == meta


def test_a_message_is_sent_as_it_is_but_for_what_is_said() -> None:
    original = Message(Form.NDARRAY, np.ones((1, 1)), ["a"], {"puid": "p"})

    assert message(original) == original
    changed = message(original, ["b"], {}, "tensor")
    assert (changed.form, changed.names, changed.meta) == (Form.TENSOR, ["b"], {})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"value": [[1, 2], [3]]}, "value: the rows differ in length or depth: "),
        ({"value": object}, "value: expected an array, list, number, DataFrame, str, bytes or"),
        ({"value": None}, "value: expected an array"),
        ({"value": [1], "form": "matrix"}, "form: expected one of ndarray, tensor, tftensor, "),
        ({"value": 3, "form": "text"}, "text: got int: 3"),
        ({"value": "x", "form": "binary"}, "binary: got str: 'x'"),
        ({"value": "x", "names": ["a"]}, "names: only arrays have them, not text"),
        ({"value": [1], "names": "a"}, "names: expected a list of strings, got 'a'"),
        ({"value": [1], "names": 3}, "names: expected a list of strings, got 3"),
        ({"value": [1], "names": ["a", None]}, "names: expected strings, got None among them"),
        ({"value": [1], "meta": [1]}, "meta: expected a dict, got [1]"),
        ({"value": True}, "value: expected a list of it, got True"),
        ({"value": np.array("x")}, "value: expected a list of it, got 'x'"),
        ({"value": True, "form": "tensor"}, "value: expected a list of it, got True"),
        ({"value": 3, "form": "custom"}, "custom: got int: 3"),
        ({"value": TEXT, "form": "tensor"}, "value: expected an array, list, number"),
        ({"value": TEXT, "form": "binary"}, "binary: got str: 'x'"),
        ({"value": Message(Form.TENSOR, "x")}, "value: expected an array, list, number"),
        ({"value": Message(Form.TEXT, 3)}, "text: got int: 3"),
        ({"value": TEXT, "meta": 3}, "meta: expected a dict, got 3"),
        ({"value": TEXT, "names": ["a"]}, "names: only arrays have them, not text"),
    ],
)
def test_what_cannot_be_sent_is_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(BadPayload) as failure:
        message(**arguments)

    assert failure.value.message.startswith(said)


def test_names_that_are_numbers_are_sent_as_strings() -> None:
    names: Any = [1, np.int64(2), 0.5, "d"]

    assert message([[1, 2, 3, 4]], names).names == ["1", "2", "0.5", "d"]


def test_a_message_may_change_from_array_to_json() -> None:
    original = Message(Form.NDARRAY, np.ones((1, 1)), ["a"], {"puid": "p"}, [{"key": "k"}])

    changed = message(original, form="json")

    assert (changed.form, changed.names, changed.meta) == (Form.JSON, [], {"puid": "p"})
    assert changed.reported == [{"key": "k"}]


def test_a_message_without_names_stays_without() -> None:
    assert message(Message(Form.NDARRAY, np.ones((1, 1)), None)).names is None


def test_a_number_alone_is_a_tensor_in_each_form_of_lists() -> None:
    assert message(3, form="ndarray").form is Form.TENSOR
    assert message(3, form="tftensor").form is Form.TFTENSOR


@pytest.mark.parametrize("values", ["ab", b"ab", {"a": 1}, 3, None])
def test_what_is_no_list_is_not_aggregated(values: Any) -> None:
    with pytest.raises(BadPayload, match=r"^values: expected a list of values, got "):
        messages(values)


@pytest.mark.parametrize("reward", ["a", None, [1], float("nan"), float("inf"), 10**400, 1e300])
def test_a_reward_is_a_finite_number(reward: Any) -> None:
    with pytest.raises(BadPayload, match=r"^reward: expected a finite number, got "):
        feedback([1], None, reward, None)


@pytest.mark.parametrize("reward", [1, 0.5, True, np.float32(0.5), np.int8(1)])
def test_a_reward_may_be_of_any_numeric_type(reward: Any) -> None:
    assert feedback([1], None, reward, None).reward == float(reward)


def test_a_combiner_is_given_several() -> None:
    sent = messages([[1], "a"])

    assert [item.form for item in sent.items] == [Form.TENSOR, Form.TEXT]


def test_a_feedback_leaves_out_what_is_not_said() -> None:
    report = feedback([1], None, 0.5, None)

    assert report.request is not None
    assert (report.response, report.truth, report.reward) == (None, None, 0.5)
