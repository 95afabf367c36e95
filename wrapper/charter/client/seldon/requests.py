"""What the original's SeldonClient sends, from its arguments, in both wire forms. Pure.

Integers stay integers in JSON; over gRPC the protocol makes doubles of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from google.protobuf import any_pb2, descriptor_pool, json_format
from google.protobuf.message import Message as ProtoMessage
from numpy.typing import NDArray

from charter._proto import messages as proto
from charter.client.seldon.types import SeldonClientException
from charter.codecs import seldon_json, seldon_proto
from charter.errors import ComponentError
from charter.message import Form, Json, Message


@dataclass(frozen=True, slots=True)
class Sent:
    """Hold a request in both wire forms; `document` is `None` where JSON has no form for it."""

    document: Json
    proto: Any


def request(chosen: Mapping[str, Any]) -> Sent:
    """Return the message that `raw_data` is, or that the data arguments make.

    Raises:
        SeldonClientException: they cannot be sent.
    """
    raw = chosen.get("raw_data")
    return _sent(_message(chosen)) if raw is None else _read(raw, proto.SeldonMessage)


def several(chosen: Mapping[str, Any]) -> Sent:
    """Return the list of messages for a combiner: `datas`, or `ndatas` random arrays."""
    datas = chosen.get("datas")
    if datas is None:
        datas = [_random(chosen) for _ in range(chosen.get("ndatas") or 0)]
    items = [_sent(_item(data, chosen)) for data in datas]
    has_custom = any(item.document is None for item in items)
    document = {"seldonMessages": [item.document for item in items]}
    return Sent(
        None if has_custom else document,
        proto.SeldonMessageList(seldonMessages=[item.proto for item in items]),
    )


def feedback(request: Any, response: Any, truth: Any, reward: float, raw: Any = None) -> Sent:
    """Return the feedback that `raw` is, or one about messages: protos, dicts, `None` if absent.

    Raises:
        SeldonClientException: they cannot be sent.
    """
    if raw is not None:
        return _read(raw, proto.Feedback)
    whole = proto.Feedback(reward=reward)
    document: dict[str, Json] = {"reward": reward}
    for key, part in (("request", request), ("response", response), ("truth", truth)):
        if part is not None:
            sent = _read(part, proto.SeldonMessage)
            document[key] = sent.document
            getattr(whole, key).CopyFrom(sent.proto)
    return Sent(document, whole)


def as_dict(message: ProtoMessage) -> dict[str, Json]:
    """Return a message by protobuf's JSON mapping.

    Raises:
        SeldonClientException: it holds an `Any` of a type that this process does not know.
    """
    try:
        # The types inside of `customData` are the user's, who has them in the default pool.
        document: dict[str, Json] = json_format.MessageToDict(
            message, descriptor_pool=descriptor_pool.Default()
        )
    except TypeError as error:
        raise SeldonClientException(f"customData has no dict form: {error}") from error
    return document


def _read(raw: Any, kind: type[Any]) -> Sent:
    """Return a message that the caller made, as a dict or a proto, of whichever pool."""
    if hasattr(raw, "DESCRIPTOR"):
        return Sent(as_dict(raw), kind.FromString(raw.SerializeToString()))
    try:
        return Sent(raw, json_format.ParseDict(raw, kind(), ignore_unknown_fields=True))
    except json_format.ParseError as error:
        raise SeldonClientException(f"Invalid JSON: {error}") from error


def _sent(message: Message) -> Sent:
    try:
        document = None if message.form is Form.CUSTOM else seldon_json.write(message)
        return Sent(document, seldon_proto.encode_message(message))
    except ComponentError as error:
        raise SeldonClientException(error.message) from error


def _message(chosen: Mapping[str, Any]) -> Message:
    tags = chosen.get("meta")
    meta = {"tags": dict(tags)} if tags else None
    for key, form in _PAYLOADS:
        if chosen.get(key) is not None:
            return Message(form, chosen[key], (), meta)
    data = chosen.get("data")
    return _array(_random(chosen) if data is None else data, chosen, meta)


def _item(data: Any, chosen: Mapping[str, Any]) -> Message:
    for types, form in _ITEMS:
        if isinstance(data, types):
            return Message(form, data)
    return _array(data, chosen, None)


def _array(data: Any, chosen: Mapping[str, Any], meta: dict[str, Json] | None) -> Message:
    form = _ARRAYS.get(chosen["payload_type"], Form.NDARRAY)
    names = chosen.get("names")
    columns = [] if names is None else [str(name) for name in names]
    return Message(form, np.asarray(data), columns, meta)


def _random(chosen: Mapping[str, Any]) -> NDArray[Any]:
    array: NDArray[Any] = np.random.default_rng().random(chosen["shape"])
    return array


_PAYLOADS = (
    ("bin_data", Form.BINARY),
    ("str_data", Form.TEXT),
    ("json_data", Form.JSON),
    ("custom_data", Form.CUSTOM),
)
_ITEMS: tuple[tuple[Any, Form], ...] = (
    ((bytes, bytearray), Form.BINARY),
    (str, Form.TEXT),
    ((any_pb2.Any, proto.Any), Form.CUSTOM),
)
_ARRAYS = {"tensor": Form.TENSOR, "ndarray": Form.NDARRAY, "tftensor": Form.TFTENSOR}
