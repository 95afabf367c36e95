"""Requests and replies of a client in JSON. No HTTP here."""

from __future__ import annotations

from charter.client.wire import may_be_mixed, nothing, retyped
from charter.codecs import json_text, seldon_json
from charter.errors import BadPayload
from charter.message import Feedback, Json, Message, Messages, Request

_PAYLOADS = frozenset({"data", "jsonData", "strData", "binData"})


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
    """
    try:
        message = seldon_json.decode(body, allow_nan=True)
    except BadPayload:
        return _decode_sparse(body)
    if not may_be_mixed(message):
        return message
    data: Json = json_text.loads(body, allow_nan=True)["data"]
    return retyped(message, data["ndarray"] if "tensor" not in data else data["tensor"]["values"])


def decode_acknowledgement(body: bytes) -> Message:
    """Return the reply to a feedback, an empty array where it carries nothing that can be read.

    The feedback was taken: who thought that it was not would send it again.
    """
    document = json_text.loads(body) if body.strip() else {}
    if isinstance(document, dict) and not document.keys() & _PAYLOADS:
        return nothing(document.get("meta"))
    try:
        return decode(body)
    except BadPayload:
        return nothing(None)


def _decode_sparse(body: bytes) -> Message:
    """Return a reply that leaves out what is empty, as protobuf's JSON does."""
    document = json_text.loads_exact(body, allow_nan=True)
    data = document.get("data") if isinstance(document, dict) else None
    tensor = data.get("tensor") if isinstance(data, dict) else None
    if isinstance(tensor, dict):
        tensor.setdefault("values", [])
        tensor.setdefault("shape", [] if tensor["values"] else [0])
    return seldon_json.read(document)


decode_health = decode


def decode_metadata(body: bytes) -> dict[str, Json]:
    """Return what a model says of itself."""
    document = json_text.loads_exact(body)
    if not isinstance(document, dict):
        raise BadPayload(f"metadata: expected an object, got {json_text.kind(document)}")
    return document
