"""What the original's SeldonClient sends, from its arguments, in both wire forms. Pure.

Integers stay integers in JSON; over gRPC the protocol makes doubles of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from google.protobuf import any_pb2, descriptor_pool, json_format
from google.protobuf.message import Message as ProtoMessage
from numpy.typing import NDArray

from charter._proto import messages as proto
from charter.client.seldon.types import SeldonClientException
from charter.client.wire import of_request
from charter.codecs import seldon_json, seldon_proto
from charter.errors import ComponentError
from charter.message import Form, Json, Message


@dataclass(frozen=True, slots=True)
class Sent:
    """Make a request in either wire form, when it is asked for.

    Args:
        document: makes its JSON document.
        proto: makes its protobuf message; both raise `SeldonClientException` for what has no form.
    """

    document: Callable[[], Json]
    proto: Callable[[], Any]


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
    return Sent(
        lambda: {"seldonMessages": [item.document() for item in items]},
        lambda: proto.SeldonMessageList(seldonMessages=[item.proto() for item in items]),
    )


def feedback(chosen: Mapping[str, Any]) -> Sent:
    """Return the feedback that `raw_request` is, or one about messages: protos, dicts, or `None`.

    Raises:
        SeldonClientException: they cannot be sent.
    """
    raw = chosen.get("raw_request")
    if raw is not None:
        return _read(raw, proto.Feedback)
    reward = chosen.get("reward", 0)
    given = {key: chosen.get(f"prediction_{key}") for key in ("request", "response", "truth")}
    parts = {
        key: _read(part, proto.SeldonMessage) for key, part in given.items() if part is not None
    }
    return Sent(
        lambda: {"reward": reward, **{key: part.document() for key, part in parts.items()}},
        lambda: proto.Feedback(reward=reward, **{key: part.proto() for key, part in parts.items()}),
    )


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
        return Sent(lambda: as_dict(raw), lambda: kind.FromString(raw.SerializeToString()))
    try:
        read = json_format.ParseDict(raw, kind(), ignore_unknown_fields=True)
    except json_format.ParseError as error:
        raise SeldonClientException(f"Invalid JSON: {error}") from error
    return Sent(lambda: raw, lambda: read)


def _sent(message: Message) -> Sent:
    return Sent(lambda: _document(message), lambda: _proto(message))


def _document(message: Message) -> Json:
    if message.form is Form.CUSTOM:
        raise SeldonClientException("custom_data: JSON has no form for it; use transport grpc")
    try:
        return seldon_json.write(message)
    except ComponentError as error:
        raise SeldonClientException(of_request(error)) from error


def _proto(message: Message) -> Any:
    try:
        return seldon_proto.encode_message(message)
    except ComponentError as error:
        raise SeldonClientException(of_request(error)) from error


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
    array = np.asarray(data)
    if form is Form.TENSOR and array.dtype.kind == "b":
        array = array.astype(np.float64)  # as the original: a tensor holds numbers
    if form is Form.TENSOR and array.dtype.kind not in "iuf":
        form = Form.NDARRAY
    names = chosen.get("names")
    columns = [] if names is None else [str(name) for name in names]
    return Message(form, array, columns, meta)


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
