"""Requests and replies of a client in protobuf. No gRPC here."""

from __future__ import annotations

from typing import Any

import numpy as np
from google.protobuf import json_format
from grpc_health.v1.health_pb2 import HealthCheckResponse

from charter._proto.messages import SeldonMessage, SeldonModelMetadata, Status
from charter.client.wire import described, may_be_mixed, nothing, refusal, retyped
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
        CallError: it has no payload, but a status that says FAILURE.
    """
    try:
        message = seldon_proto.decode(body)
    except BadPayload as error:
        return _sparse(seldon_proto.parsed(SeldonMessage, body), error)
    if not may_be_mixed(message):
        return message
    rows = SeldonMessage.FromString(body).data.ndarray.values
    return retyped(message, [protovalue.to_json(row) for row in rows])


def decode_acknowledgement(body: bytes) -> Message:
    """Return the reply to a feedback; see `Wire`."""
    try:
        return decode(body)
    except BadPayload:
        return nothing(meta_of(seldon_proto.parsed(SeldonMessage, body)))


def decode_health(body: bytes) -> Message:
    """Return the text SERVING, as gRPC's health protocol has it.

    Raises:
        CallError: the server says anything else.
    """
    status = seldon_proto.parsed(HealthCheckResponse, body).status
    name = HealthCheckResponse.ServingStatus.Name(status)
    if status != HealthCheckResponse.SERVING:
        raise CallError(f"the server is {name}", status=503, info=name)
    return Message(Form.TEXT, name, [])


def decode_metadata(body: bytes) -> dict[str, Json]:
    """Return what a model says of itself; see `Wire`."""
    document = json_format.MessageToDict(seldon_proto.parsed(SeldonModelMetadata, body))
    for item in (*document.get("inputs", ()), *document.get("outputs", ())):
        if "shape" in item:  # protobuf's JSON has strings for integers of 64 bits
            item["shape"] = [int(length) for length in item["shape"]]
    return described(document)


def _sparse(reply: Any, error: BadPayload) -> Message:
    """Return a reply without payload or with an empty tensor; raises the error, if it is none."""
    if reply.data.HasField("tensor") and not reply.data.tensor.ByteSize():
        return Message(Form.TENSOR, np.empty(0), list(reply.data.names), meta_of(reply))
    if reply.WhichOneof("data_oneof") is not None:
        raise error
    status = reply.status
    if status.status == Status.FAILURE:
        raise refusal(status.code, status.reason, status.info)
    return nothing(meta_of(reply))
