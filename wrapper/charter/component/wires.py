"""The wire message itself, for user methods that take and return it: `predict_raw` and its kin."""

from __future__ import annotations

from typing import Any

from charter.codecs import seldon_json
from charter.component.arguments import Arguments
from charter.message import Feedback, Form, Message, Messages, Request
from charter.methods import Method, Takes, Wire


def given(method: Method) -> Arguments:
    """Return how a request becomes the argument of a raw method: the message as it came."""
    if method.takes is Takes.NOTHING:
        return lambda request: ((), {})
    return lambda request: ((_wire(request),), {})


def deprecated(method: Method, wire: Wire) -> Arguments:
    """Return the same for the deprecated forms, of which one takes JSON as text."""
    if method.takes is Takes.FEEDBACK and wire is Wire.REST:
        return lambda request: ((_feedback_text(request),), {})
    return given(method)


def decoded(method: Method, request: Any) -> Request:
    """Return a raw request as the method's own form takes it.

    Raises:
        BadPayload: it is no message.
    """
    if isinstance(request, Feedback):
        from charter.codecs import seldon_proto  # raw models over gRPC only

        return seldon_proto.feedback_of(request.wire) if request.wire else request
    if not isinstance(request, Message) or request.form is not Form.RAW:
        found: Request = request
        return found
    if isinstance(request.value, bytes):  # a payload that passed as it came
        return seldon_json.decode(request.value)
    if hasattr(request.value, "DESCRIPTOR"):
        from charter.codecs import seldon_proto  # raw models over gRPC only

        if method.takes is Takes.MESSAGES:
            return seldon_proto.messages_of(request.value)
        return seldon_proto.decode_message(request.value)
    if method.takes is Takes.MESSAGES:
        return seldon_json.read_messages(request.value)
    return seldon_json.read(request.value)


def _wire(request: Request) -> Any:
    if isinstance(request, Feedback):
        return request.wire
    if isinstance(request, Messages):
        return [seldon_json.write(item) for item in request.items]
    return request.value if request.form is Form.RAW else seldon_json.write(request)


def _feedback_text(request: Feedback) -> str:
    from google.protobuf import json_format

    return json_format.MessageToJson(request.wire)
