"""Requests and replies of a client in JSON. No HTTP here.

The original answers feedback in protobuf's JSON mapping, as gateways may answer anything: fields
that are empty are left out. So a reply without `values`, `shape` or payload is read as empty.
"""

from __future__ import annotations

from typing import Any

from charter.client.wire import described, may_be_mixed, nothing, refusal, retyped
from charter.codecs import json_text, seldon_json
from charter.errors import BadPayload
from charter.message import Feedback, Json, Message, Messages, Request

_NO_PAYLOADS = frozenset({"meta", "status"})
_FAILURES = ("FAILURE", 1)


def encode(request: Request) -> bytes:
    """Return the body of a request; see `Wire`."""
    if isinstance(request, Messages):
        return seldon_json.encode_messages(request)
    if isinstance(request, Feedback):
        return seldon_json.encode_feedback(request)
    return seldon_json.encode(request)


def decode(body: bytes) -> Message:
    """Return a reply in which each value keeps the type it was written in.

    NaN tokens, which some servers write, are read.

    Raises:
        BadPayload: it is not JSON, or not a SeldonMessage.
        CallError: it has no payload, but a status that says FAILURE.
    """
    try:
        message = seldon_json.decode(body, allow_nan=True)
    except BadPayload as error:
        return _sparse(body, error)
    if not may_be_mixed(message):
        return message
    data: Json = json_text.loads(body, allow_nan=True)["data"]
    values = data["ndarray"] if "tensor" not in data else data["tensor"]["values"]
    return retyped(message, values)


def decode_acknowledgement(body: bytes) -> Message:
    """Return the reply to a feedback; see `Wire`."""
    if not body.strip():
        return nothing(None)
    try:
        return decode(body)
    except BadPayload:
        return nothing(_mapping(_object(body).get("meta")))


decode_health = decode


def decode_metadata(body: bytes) -> dict[str, Json]:
    """Return what a model says of itself; see `Wire`."""
    document = json_text.loads_exact(body)
    if not isinstance(document, dict):
        raise BadPayload(f"metadata: expected an object, got {json_text.kind(document)}")
    return described(document)


def _object(body: bytes) -> dict[str, Json]:
    document = json_text.loads_exact(body, allow_nan=True)
    if not isinstance(document, dict):
        raise BadPayload(f"body: expected an object, got {json_text.kind(document)}")
    return document


def _mapping(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _sparse(body: bytes, error: BadPayload) -> Message:
    """Return a reply of which the empty fields were left out; raises the error, if it is none."""
    document = _object(body)
    data = _mapping(document.get("data"))
    if isinstance(data.get("tensor"), dict):
        whole = {**data, "tensor": _whole_tensor(data["tensor"])}
        return seldon_json.read({**document, "data": whole})
    if "customData" in document:
        raise BadPayload("customData: JSON has no form for it; ask over gRPC") from error
    if not document.keys() <= _NO_PAYLOADS:
        raise error
    return _without_payload(document)


def _whole_tensor(tensor: dict[str, Json]) -> dict[str, Json]:
    shape: Json = [] if tensor.get("values") else [0]
    return {"shape": shape, "values": [], **tensor}


def _without_payload(document: dict[str, Json]) -> Message:
    status = _mapping(document.get("status"))
    if status.get("status") in _FAILURES:
        raise refusal(status.get("code"), status.get("reason"), status.get("info"))
    return nothing(_mapping(document.get("meta")))
