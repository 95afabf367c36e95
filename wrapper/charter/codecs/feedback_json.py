"""Feedback in JSON. The original reads and answers it through protobuf, and so it is done here.

So unknown fields are refused, numbers are doubles, and empty fields are left out of the reply.
"""

from __future__ import annotations

from google.protobuf import json_format

from charter._proto import messages as proto
from charter.codecs import seldon_proto
from charter.errors import NotAMessage
from charter.message import Feedback, Form, Json, Message


def read(document: Json) -> Feedback:
    """Return the feedback of a parsed Feedback.

    Raises:
        NotAMessage: it is no Feedback.
        BadPayload: the rows or the shape of an array in it do not fit.
    """
    try:
        return seldon_proto.feedback_of(json_format.ParseDict(document, proto.Feedback()))
    except (json_format.ParseError, AttributeError, TypeError) as error:
        raise NotAMessage(f"feedback: {error}", seldon=f"Invalid JSON: {error}") from error


def reply(message: Message) -> Message:
    """Return the reply to a feedback as the JSON document that protobuf makes of it.

    Raises:
        ComponentError: the payload has no form in protobuf.
    """
    if message.form is Form.RAW:
        return message
    document = json_format.MessageToDict(seldon_proto.encode_message(message))
    return Message(Form.RAW, document)
