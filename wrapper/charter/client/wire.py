"""What both wire forms offer a client; `json_wire` and `proto_wire` are the two."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import numpy as np

from charter.client.server import Server
from charter.errors import BadPayload, CallError, ComponentError
from charter.message import Form, Json, Message, Request

T = TypeVar("T")

_HTTP_ERRORS = range(400, 600)
# The codecs are written for servers, of which the component's reply is what cannot be sent.
_WORDS = {
    "the reply cannot": "the value cannot",
    "protobuf cannot write the reply": "the value cannot be sent in protobuf",
    "raw reply": "raw",
}


class Wire(Protocol):
    """Turn requests into bytes, and bytes into replies."""

    def encode(self, request: Request) -> bytes:
        """Return the body of a request.

        Raises:
            ComponentError: it holds what the wire cannot carry.
        """

    def decode(self, body: bytes) -> Message:
        """Return a reply in which each value keeps the type it was written in.

        Raises:
            BadPayload: it is no SeldonMessage.
            CallError: it has no payload, but a status that says FAILURE.
        """

    def decode_acknowledgement(self, body: bytes) -> Message:
        """Return the reply to a feedback, an empty array where it has no payload that can be read.

        Raises:
            BadPayload: it is no SeldonMessage at all.
            CallError: it says FAILURE.
        """

    def decode_health(self, body: bytes) -> Message:
        """Return what the server says of its health."""

    def decode_metadata(self, body: bytes) -> dict[str, Json]:
        """Return what a model says of itself, as `described` completes it."""


def wire_of(server: Server) -> Wire:
    """Return the form that a server takes; only the library for it is loaded."""
    if server.is_grpc:
        from charter.client import proto_wire

        return proto_wire
    from charter.client import json_wire

    return json_wire


def encoded(wire: Wire, request: Request | None) -> bytes:
    """Return the body of a request, which is empty where the method takes none.

    Raises:
        BadPayload: it holds what the wire cannot carry.
    """
    try:
        return b"" if request is None else wire.encode(request)
    except ComponentError as error:
        raise BadPayload(of_request(error)) from error


def of_request(error: ComponentError) -> str:
    """Return what a codec says of a reply, as it is said of a request: in one line."""
    message = " ".join(error.message.split())
    for of_reply, of_value in _WORDS.items():
        if message.startswith(of_reply):
            return of_value + message.removeprefix(of_reply)
    return message


def decoded(read: Callable[[bytes], T], body: bytes) -> T:
    """Return what a reply says.

    Raises:
        CallError: it cannot be read.
    """
    try:
        return read(body)
    except BadPayload as error:
        raise CallError(f"the reply cannot be read: {error.message}") from error


def nothing(meta: dict[str, Json] | None) -> Message:
    """Return the message that stands for a reply without payload."""
    return Message(Form.NDARRAY, np.empty(0), [], meta)


def described(metadata: dict[str, Json]) -> dict[str, Json]:
    """Return a model's metadata with the fields that were empty and left out on the way."""
    empty = {"name": "", "versions": [], "platform": "", "inputs": [], "outputs": [], "custom": {}}
    return {**empty, **metadata}


def refusal(code: Json, reason: Json, info: Json) -> CallError:
    """Return the error for a reply that holds the status FAILURE in place of a payload.

    Args:
        code: of the status; where it is none of HTTP, 500 stands for it.
        reason: of the status; "" and `None` mean none.
        info: of the status; "" and `None` mean none.
    """
    why = str(info or reason or "no details")
    status = code if isinstance(code, int) and code in _HTTP_ERRORS else 500
    return CallError(
        f"the server answered FAILURE: {why}",
        status=status,
        reason=str(reason) if reason else None,
        info=why,
    )


def retyped(message: Message, values: Json) -> Message:
    """Return a message of text with the values as they were written, numbers and all."""
    array = np.array(values, dtype=object).reshape(message.value.shape)
    return Message(message.form, array, message.names, message.meta)


def may_be_mixed(message: Message) -> bool:
    """Return whether the codec may have made strings of numbers, as numpy does beside strings."""
    is_nested = message.form in (Form.NDARRAY, Form.TENSOR)
    return is_nested and message.value.dtype.kind == "U"
