from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from charter.codecs import feedback_json
from charter.errors import BadPayload, ComponentError, NotAMessage, TooLarge
from charter.message import Form, Message


def test_a_feedback_is_read_with_its_messages() -> None:
    feedback = feedback_json.read(
        {
            "request": {"data": {"names": ["a"], "ndarray": [[1]]}},
            "response": {"meta": {"routing": {"router": 1}}},
            "reward": 0.5,
        }
    )

    assert (feedback.reward, feedback.truth) == (0.5, None)
    assert feedback.request is not None
    assert feedback.request.value.tolist() == [[1.0]]
    assert feedback.response is not None
    assert feedback.response.meta == {"routing": {"router": 1}}
    assert feedback.wire.request.data.names == ["a"]


@pytest.mark.parametrize("document", [{"foo": 1}, {"reward": "many"}, {"truth": [1]}, [1], "s", 5])
def test_what_is_no_feedback_is_refused_in_seldons_words(document: Any) -> None:
    with pytest.raises(NotAMessage) as raised:
        feedback_json.read(document)

    assert raised.value.seldon.startswith("Invalid JSON: ")


def test_rows_that_do_not_fit_are_refused_with_their_path() -> None:
    with pytest.raises(BadPayload, match=r"^request\.data\.ndarray\[1\]: "):
        feedback_json.read({"request": {"data": {"ndarray": [[1], [1, 2]]}}})


def test_feedback_for_a_raw_method_is_not_read() -> None:
    feedback = feedback_json.read({"request": {"data": {"ndarray": [[1], [1, 2]]}}}, is_raw=True)

    assert (feedback.request, len(feedback.wire.request.data.ndarray.values)) == (None, 2)


ENCODERS = [feedback_json.encode, feedback_json.encode_as_seldon]


@pytest.mark.parametrize("encode", ENCODERS)
def test_a_reply_leaves_out_names_that_are_empty(encode: Callable[[Message], bytes]) -> None:
    reply = encode(Message(Form.NDARRAY, np.array([]), []))

    assert json.loads(reply) == {"data": {"ndarray": []}, "meta": {}}


@pytest.mark.parametrize(
    "message",
    [
        Message(Form.NDARRAY, np.array([np.nan]), []),
        Message(Form.TENSOR, np.array([np.inf]), []),
        Message(Form.JSON, [float("nan")]),
    ],
)
def test_nan_is_null(message: Message) -> None:
    assert b"[null]" in feedback_json.encode(message)


def test_strict_writes_the_numbers_of_protobuf() -> None:
    reply = Message(Form.JSON, {"a": 1})

    assert json.loads(feedback_json.encode(reply)) == {"jsonData": {"a": 1}, "meta": {}}
    assert feedback_json.encode_as_seldon(reply) == b'{"jsonData":{"a":1.0},"meta":{}}\n'


@pytest.mark.parametrize("encode", ENCODERS)
@pytest.mark.parametrize("value", [{"a": object()}, {"a": 1j}])
def test_what_cannot_be_sent_is_the_components_fault(
    encode: Callable[[Message], bytes], value: Any
) -> None:
    with pytest.raises(ComponentError):
        encode(Message(Form.JSON, value))


def test_nan_inside_json_has_no_form_in_protobuf() -> None:
    with pytest.raises(ComponentError, match="cannot be sent as JSON"):
        feedback_json.encode_as_seldon(Message(Form.JSON, {"a": float("nan")}))


@pytest.mark.parametrize("encode", ENCODERS)
def test_a_raw_reply_is_sent_as_it_is(encode: Callable[[Message], bytes]) -> None:
    assert json.loads(encode(Message(Form.RAW, {"strData": "s"}))) == {"strData": "s"}


def test_feedback_of_more_values_than_are_read_in_a_second_is_refused() -> None:
    values = [1.5] * (1 << 18)

    with pytest.raises(TooLarge, match=r"^feedback: expected at most 262144 values and lists"):
        feedback_json.read({"request": {"data": {"ndarray": values}}})
