from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from charter.codecs import feedback_json
from charter.errors import BadPayload, NotAMessage
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


def test_a_reply_leaves_out_what_is_empty_as_protobuf_does() -> None:
    reply = feedback_json.reply(Message(Form.NDARRAY, np.array([]), []))

    assert reply == Message(Form.RAW, {"data": {"ndarray": []}, "meta": {}})


def test_a_raw_reply_is_sent_as_it_is() -> None:
    raw = Message(Form.RAW, {"strData": "s"})

    assert feedback_json.reply(raw) is raw
