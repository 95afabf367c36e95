"""The Seldon protocol in protobuf: bytes ↔ `Message`. No gRPC here.

Source: prediction.proto of Seldon Core 1.17. Arrays of numbers are written to the bytes, and read
by `seldon_proto_fast` where it can; all else goes through protobuf's parser, which alone decides
what is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from google.protobuf import any_pb2
from google.protobuf.message import DecodeError, EncodeError
from google.protobuf.message import Message as ProtoMessage
from numpy.typing import NDArray

from charter._proto import messages as proto
from charter.codecs import (
    protonumbers,
    protovalue,
    seldon_proto_fast,
    shapes,
    tensorproto,
    weight,
)
from charter.codecs.protometa import meta_of, shortest, write_meta
from charter.codecs.protowire import head, varint
from charter.errors import BadPayload, ComponentError, shown
from charter.message import Feedback, Form, Json, Message, Messages

_Part: TypeAlias = "bytes | bytearray | memoryview"

_DATA = proto.SeldonMessage.DATA_FIELD_NUMBER
_TENSOR = proto.DefaultData.TENSOR_FIELD_NUMBER
_NDARRAY = proto.DefaultData.NDARRAY_FIELD_NUMBER
_TFTENSOR = proto.DefaultData.TFTENSOR_FIELD_NUMBER
_SHAPE = proto.Tensor.SHAPE_FIELD_NUMBER
_VALUES = proto.Tensor.VALUES_FIELD_NUMBER

_NO_META = head(proto.SeldonMessage.META_FIELD_NUMBER, 0)
_FEW_NAMES = 1000
# What holds values inside values.
_NESTED = frozenset({"data", "jsonData"})

_DOUBLE = np.dtype("<f8")
_NUMERIC = frozenset("iuf")
_PARTS = ("request", "response", "truth")


def decode(body: bytes) -> Message:
    """Return the message of a SeldonMessage in wire bytes.

    Args:
        body: the bytes.

    Returns:
        A message whose numbers are float64, in memory of its own; `names` is a list where the
        caller sent some; `meta` is empty where the caller sent none.

    Raises:
        BadPayload: it is not a SeldonMessage, or its rows or shape do not fit; the message starts
            with the path.
    """
    message = seldon_proto_fast.decode(body)
    if message is not None:
        return message
    found = parsed(proto.SeldonMessage, body)
    if found.WhichOneof("data_oneof") in _NESTED:
        weight.check_wire(body)
    return decode_message(found)


def decode_message(message: proto.SeldonMessage) -> Message:
    """Return the message of a SeldonMessage; the general way of `decode`, and raises as it."""
    payload = message.WhichOneof("data_oneof")
    if payload is None:
        raise BadPayload(
            "data: expected one of data, binData, strData, jsonData, customData, "
            "got an empty message"
        )
    form, value = _READERS[payload](message)
    names = list(message.data.names) if payload == "data" else []
    return Message(form, value, names, meta_of(message))


def encode(message: Message) -> bytes:
    """Return a message as SeldonMessage wire bytes.

    Args:
        message: any form. Arrays of numbers are sent as their form says; a tensor of anything else
            is sent as ndarray, and a number without dimensions as tensor.

    Raises:
        ComponentError: the payload, names or meta have no form in the protocol; the component is
            at fault.
    """
    if message.form is Form.RAW:
        return _raw(message.value)
    write_array = _ARRAY_WRITERS.get(message.form)
    if write_array is None:
        envelope = _envelope(message)
        _PAYLOAD_WRITERS[message.form](envelope, message.value)
        return _serialized(envelope)
    around = _serialized(_envelope(message)) if message.meta else _NO_META
    names, data = _names(message), write_array(np.asarray(message.value))
    size = len(names) + sum(
        [part.nbytes if type(part) is memoryview else len(part) for part in data]
    )
    return b"".join((around, head(_DATA, size), names, *data))


def encode_message(message: Message) -> proto.SeldonMessage:
    """Return a message as a SeldonMessage; raises as `encode`."""
    body = encode(message)
    try:
        return proto.SeldonMessage.FromString(body)
    except DecodeError as error:
        raise ComponentError(f"expected a SeldonMessage that protobuf reads: {error}") from error


def decode_feedback(body: bytes) -> Feedback:
    """Return the feedback of a Feedback in wire bytes; see `feedback_of`."""
    weight.check_wire(body)
    return feedback_of(parsed(proto.Feedback, body))


def feedback_of(feedback: proto.Feedback) -> Feedback:
    """Return the feedback of a Feedback.

    Returns:
        A feedback; a part that was not sent is `None`, one sent without payload has an empty
        array, of `response` there is the meta only, and `reward` has the digits it was sent with
        (0.7, though the wire has 32 bits).

    Raises:
        BadPayload: as `decode`; the path starts with the part.
    """
    answered = None
    if feedback.HasField("response"):  # of which only the way that the request took is of use
        answered = Message(Form.NDARRAY, np.empty(0), [], meta_of(feedback.response))
    asked, truth = _read_part(feedback, "request"), _read_part(feedback, "truth")
    return Feedback(asked, answered, truth, shortest(feedback.reward), feedback)


def raw_feedback(feedback: proto.Feedback) -> Feedback:
    """Return a feedback for `send_feedback_raw`, which reads the Feedback itself."""
    return Feedback(reward=shortest(feedback.reward), wire=feedback)


def decode_messages(body: bytes) -> Messages:
    """Return the messages of a SeldonMessageList in wire bytes; see `messages_of`."""
    weight.check_wire(body)
    return messages_of(parsed(proto.SeldonMessageList, body))


def messages_of(messages: proto.SeldonMessageList) -> Messages:
    """Return the messages of a SeldonMessageList.

    Raises:
        BadPayload: it is empty, or as `decode`; the path starts with the number of the message.
    """
    if not messages.seldonMessages:
        raise BadPayload("seldonMessages: expected at least one message, got none")
    parts = enumerate(messages.seldonMessages)
    return Messages([_placed(decode_message, part, f"seldonMessages[{n}]") for n, part in parts])


def encode_messages(messages: Messages) -> bytes:
    """Return messages as SeldonMessageList wire bytes; raises as `encode`."""
    parts = [encode_message(item) for item in messages.items]
    return _serialized(proto.SeldonMessageList(seldonMessages=parts))


def encode_metadata(message: Message) -> bytes:
    """Return a component's metadata as SeldonModelMetadata wire bytes; raises as `encode`."""
    from google.protobuf import json_format  # asked for rarely

    metadata = proto.SeldonModelMetadata()
    try:
        json_format.ParseDict(message.value, metadata, ignore_unknown_fields=True)
    except (json_format.ParseError, OverflowError) as error:  # an enum of infinity
        raise ComponentError(f"metadata: {error}") from error
    return _serialized(metadata)


def encode_feedback(feedback: Feedback) -> bytes:
    """Return a feedback as Feedback wire bytes; raises as `encode`."""
    message = proto.Feedback(reward=feedback.reward)
    for key in _PARTS:
        part: Message | None = getattr(feedback, key)
        if part is not None:
            getattr(message, key).CopyFrom(encode_message(part))
    return _serialized(message)


def parsed(kind: type[Any], body: bytes) -> Any:
    """Return the protobuf message in wire bytes, unread.

    Raises:
        BadPayload: the bytes are no such message.
    """
    try:
        return kind.FromString(body)
    except DecodeError as error:
        raise BadPayload(f"body: not a {kind.DESCRIPTOR.name}: {error}") from error


def _read_part(feedback: proto.Feedback, key: str) -> Message | None:
    if not feedback.HasField(key):
        return None
    message: proto.SeldonMessage = getattr(feedback, key)
    if message.WhichOneof("data_oneof") is None:
        return Message(Form.NDARRAY, np.empty(0), [], meta_of(message))
    return _placed(decode_message, message, key)


def _placed(
    decode: Callable[[proto.SeldonMessage], Message], message: proto.SeldonMessage, place: str
) -> Message:
    """Return the message, with its place at the head of what is wrong in it."""
    try:
        return decode(message)
    except BadPayload as error:
        raise type(error)(f"{place}.{error.message}") from error


def _read_data(message: proto.SeldonMessage) -> tuple[Form, NDArray[Any]]:
    data = message.data
    form = data.WhichOneof("data_oneof")
    if form == "tensor":
        return Form.TENSOR, _read_tensor(data.tensor)
    if form == "tftensor":
        return Form.TFTENSOR, tensorproto.to_array(data.tftensor, "data.tftensor")
    # The original answers `data {}` as an empty array.
    return Form.NDARRAY, protovalue.to_array(data.ndarray, "data.ndarray")


def _read_tensor(tensor: proto.Tensor) -> NDArray[np.float64]:
    values = np.array(tensor.values, np.float64)
    return values.reshape(shapes.fit(list(tensor.shape), len(values), "data.tensor.shape"))


def _read_custom(message: proto.SeldonMessage) -> tuple[Form, any_pb2.Any]:
    # User code knows the Any of protobuf's default pool, which ours is not.
    return Form.CUSTOM, any_pb2.Any.FromString(message.customData.SerializeToString())


_READERS: dict[str, Callable[[proto.SeldonMessage], tuple[Form, Any]]] = {
    "data": _read_data,
    "binData": lambda message: (Form.BINARY, message.binData),
    "strData": lambda message: (Form.TEXT, message.strData),
    "jsonData": lambda message: (Form.JSON, protovalue.to_json(message.jsonData)),
    "customData": _read_custom,
}


# Writing. An array becomes the parts of one field of DefaultData, to be joined once.


def _envelope(message: Message) -> proto.SeldonMessage:
    envelope = proto.SeldonMessage()
    envelope.meta.SetInParent()  # as the original, which always writes one
    if message.meta:
        envelope.meta.CopyFrom(write_meta(message.meta))
    return envelope


def _serialized(message: ProtoMessage) -> bytes:
    try:
        return message.SerializeToString()
    except (EncodeError, ValueError) as error:
        raise ComponentError(f"protobuf cannot write the reply: {error}") from error


def _names(message: Message) -> bytes:
    names = message.names
    if names is None or not len(names):
        return b""
    # A model without names of its own answers with one tuple for each number of columns.
    is_kept = type(names) is tuple and len(names) <= _FEW_NAMES
    try:
        return _kept_names(names) if is_kept else _written_names(names)
    except (TypeError, ValueError) as error:
        raise ComponentError(f"data.names: expected a list of str, got {shown(names)}") from error


def _written_names(names: Sequence[str]) -> bytes:
    return _serialized(proto.DefaultData(names=names))


_kept_names = lru_cache(maxsize=64)(_written_names)


def _write_tensor(array: NDArray[Any]) -> list[_Part]:
    if array.dtype.kind not in _NUMERIC:
        return _write_ndarray(array)
    values = np.ascontiguousarray(array, _DOUBLE)
    return [_tensor_head(array.shape, values.nbytes), values.data]


@lru_cache(maxsize=256)
def _tensor_head(lengths: tuple[int, ...], size: int) -> bytes:
    """Return what comes before the values, which take so many bytes."""
    packed = b"".join(map(varint, lengths))
    shape = head(_SHAPE, len(packed)) + packed if packed else b""
    start = shape + (head(_VALUES, size) if size else b"")
    return head(_TENSOR, len(start) + size) + start


def _write_ndarray(array: NDArray[Any]) -> list[_Part]:
    if array.dtype.kind in _NUMERIC and not array.ndim:
        # A ListValue is always a list.
        return _write_tensor(array)
    if array.dtype.kind in _NUMERIC and protonumbers.has_dense_form(array):
        cells = protonumbers.write_numbers(array)
        return [head(_NDARRAY, len(cells)), cells]
    if not array.ndim:
        raise ComponentError(f"data.ndarray: expected a list, got {shown(array[()])}")
    values = proto.ListValue()
    protovalue.write_list(values, protovalue.plain_rows(array), "data.ndarray")
    body = _serialized(values)
    return [head(_NDARRAY, len(body)), body]


def _write_tftensor(array: NDArray[Any]) -> list[_Part]:
    if not tensorproto.has_tensor_type(array):
        return _write_ndarray(array)
    body = _serialized(tensorproto.from_array(array, "data.tftensor"))
    return [head(_TFTENSOR, len(body)), body]


def _write_text(message: proto.SeldonMessage, value: str) -> None:
    try:
        message.strData = value
    except (TypeError, ValueError) as error:
        raise ComponentError(f"strData: expected text, got {shown(value)}") from error


def _write_binary(message: proto.SeldonMessage, value: bytes) -> None:
    message.binData = bytes(value)


def _write_json(message: proto.SeldonMessage, value: Json) -> None:
    try:
        protovalue.write_value(message.jsonData, value, "jsonData")
    except RecursionError as error:
        raise ComponentError("jsonData: nested too deeply") from error


def _write_custom(message: proto.SeldonMessage, value: ProtoMessage) -> None:
    message.customData.ParseFromString(value.SerializeToString())
    message.customData.SetInParent()


def _raw(value: object) -> bytes:
    if isinstance(value, ProtoMessage):
        return _serialized(value)
    if not isinstance(value, dict):
        raise ComponentError(
            f"raw reply: expected a SeldonMessage or a dict, got {type(value).__name__}"
        )
    from google.protobuf import json_format  # only raw models need it

    try:
        return _serialized(json_format.ParseDict(value, proto.SeldonMessage()))
    except (json_format.ParseError, OverflowError) as error:  # an enum of infinity
        raise ComponentError(f"raw reply: {error}") from error


_ARRAY_WRITERS: dict[Form, Callable[[NDArray[Any]], list[_Part]]] = {
    Form.NDARRAY: _write_ndarray,
    Form.TENSOR: _write_tensor,
    Form.TFTENSOR: _write_tftensor,
}
_PAYLOAD_WRITERS: dict[Form, Callable[[proto.SeldonMessage, Any], None]] = {
    Form.TEXT: _write_text,
    Form.BINARY: _write_binary,
    Form.JSON: _write_json,
    Form.CUSTOM: _write_custom,
}
