"""Feedback in JSON. The original reads it through protobuf, and so it is done here.

So unknown fields are refused, numbers are doubles, and empty names are left out of the reply.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from google.protobuf import json_format

from charter._proto import messages as proto
from charter.codecs import json_text, seldon_json, seldon_proto
from charter.errors import ComponentError, NotAMessage, TooLarge
from charter.message import Feedback, Form, Json, Message

# Each takes 100 bytes and 2.5 µs.
_MOST_VALUES = 1 << 18


def read(document: Json, *, is_raw: bool = False) -> Feedback:
    """Return the feedback of a parsed Feedback.

    Args:
        document: the JSON document.
        is_raw: leave its messages to `send_feedback_raw`.

    Raises:
        NotAMessage: it is no Feedback.
        TooLarge: it has more values than protobuf's mapping reads in seconds.
        BadPayload: the rows or the shape of an array in it do not fit.
    """
    if type(document) is not dict:
        raise _no_feedback(f"expected an object, got {json_text.kind(document)}")
    _check_size(document)
    try:
        feedback = json_format.ParseDict(document, proto.Feedback())
    except (json_format.ParseError, AttributeError, TypeError, OverflowError) as error:
        raise _no_feedback(str(error)) from error
    return seldon_proto.raw_feedback(feedback) if is_raw else seldon_proto.feedback_of(feedback)


def encode(message: Message) -> bytes:
    """Return the reply to a feedback as JSON text, in protobuf's form; NaN becomes null.

    Raises:
        ComponentError: the payload has no form in protobuf or JSON.
    """
    if message.form is Form.RAW or not _is_finite(message.value):
        return seldon_json.encode(message)
    try:
        return json_text.dumps(_document(message))
    except json_format.SerializeToJsonError:  # NaN somewhere inside JSON data
        return seldon_json.encode(message)


def encode_as_seldon(message: Message) -> bytes:
    """Return the reply to a feedback as the original writes it, byte for byte.

    Raises:
        ComponentError: the payload has no form in protobuf or its JSON mapping.
    """
    if message.form is Form.RAW:
        return seldon_json.encode_as_seldon(message)
    try:
        return json_text.dumps_as_flask(_document(message))
    except json_format.SerializeToJsonError as error:
        raise ComponentError(f"the reply cannot be sent as JSON: {error}") from error


def _check_size(document: Json) -> None:
    level, total = [document], 0
    while level:
        total += len(level)
        if total > _MOST_VALUES:
            raise TooLarge(
                f"feedback: expected at most {_MOST_VALUES} values and lists, got more; send it "
                f"over gRPC"
            )
        level = [
            item
            for each in level
            if isinstance(each, dict | list)
            for item in (each.values() if isinstance(each, dict) else each)
        ]


def _document(message: Message) -> Json:
    return json_format.MessageToDict(seldon_proto.encode_message(message))


def _is_finite(value: Any) -> bool:
    is_numbers = isinstance(value, np.ndarray) and value.dtype.kind == "f"
    return not is_numbers or bool(np.isfinite(value).all())


def _no_feedback(why: str) -> NotAMessage:
    return NotAMessage(f"feedback: {why}", seldon=f"Invalid JSON: {why}")
