"""Requests and replies of a client in protobuf. No gRPC here."""

from __future__ import annotations

from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from grpc_health.v1.health_pb2 import HealthCheckResponse

from charter._proto.messages import SeldonMessage, SeldonModelMetadata
from charter.client.wire import may_be_mixed, nothing, retyped
from charter.codecs import protovalue, seldon_proto
from charter.codecs.protometa import meta_of
from charter.errors import BadPayload, CallError
from charter.message import Feedback, Form, Json, Message, Messages, Request


def encode(request: Request) -> bytes:
    """Return the body of a request; see `Wire`."""
    if isinstance(request, Messages):
        return seldon_proto.encode_messages(request)
    if isinstance(request, Feedback):
        return seldon_proto.encode_feedback(request)
    return seldon_proto.encode(request)


def decode(body: bytes) -> Message:
    """Return a reply in which each value keeps the type it was written in.

    Raises:
        BadPayload: it is not a SeldonMessage.
    """
    message = seldon_proto.decode(body)
    if not may_be_mixed(message):
        return message
    rows = SeldonMessage.FromString(body).data.ndarray.values
    return retyped(message, [protovalue.to_json(row) for row in rows])


def decode_acknowledgement(body: bytes) -> Message:
    """Return the reply to a feedback, an empty array where it carries nothing."""
    message = _parsed(SeldonMessage, body)
    if message.WhichOneof("data_oneof") is None:
        return nothing(meta_of(message))
    return decode(body)


def decode_health(body: bytes) -> Message:
    """Return the text SERVING, as gRPC's health protocol has it.

    Raises:
        CallError: the server says anything else.
    """
    status = _parsed(HealthCheckResponse, body).status
    name = HealthCheckResponse.ServingStatus.Name(status)
    if status != HealthCheckResponse.SERVING:
        raise CallError(f"the server is {name}", status=503, info=name)
    return Message(Form.TEXT, name, [])


def decode_metadata(body: bytes) -> dict[str, Json]:
    """Return what a model says of itself."""
    return json_format.MessageToDict(_parsed(SeldonModelMetadata, body))


def _parsed(kind: Any, body: bytes) -> Any:
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise BadPayload(f"body: not a {kind.DESCRIPTOR.name}: {error}") from error
