"""The Seldon protocol in JSON: bytes ↔ `Message`. No HTTP here.

Source: prediction.proto of Seldon Core 1.17 in its JSON mapping, as its Python wrapper reads it.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.codecs import json_text, tensor_json
from charter.errors import BadPayload, ComponentError, shown
from charter.message import Feedback, Form, Json, Message

# Up to this size a scan of the text for long integers is cheaper than a look at the array's values.
_SCANNED_BYTES = 1024
_INT64_END = 2.0**63


def decode(body: bytes, *, allow_nan: bool = False) -> Message:
    """Return the message of a JSON text.

    Args:
        body: a SeldonMessage as UTF-8 JSON.
        allow_nan: take the tokens NaN, Infinity and -Infinity in it.

    Returns:
        A message whose array keeps integers as int64 (uint64 or Python's own beyond), mixed rows
        as strings, and rows with null as `object`, as `numpy.array` of the nested lists does.

    Raises:
        BadPayload: it is not JSON, or not a SeldonMessage; the message starts with the path.
    """
    message = read(json_text.loads(body, allow_nan=allow_nan))
    if _is_inexact(body, message):
        return read(json_text.loads_exact(body))
    return message


def read(document: Json) -> Message:
    """Return the message of a parsed SeldonMessage; see `decode`."""
    if type(document) is not dict:
        raise BadPayload(
            f"body: expected an object with one of data, jsonData, strData, binData, "
            f"got {_kind(document)}"
        )
    meta = document.get("meta")
    if type(meta) is not dict and "meta" in document:
        raise BadPayload(f"meta: expected an object, got {_kind(meta)}")
    for key, reader in _PAYLOADS.items():
        if key in document:
            return reader(document[key], meta)
    keys = ", ".join(sorted(map(str, document))) or "none"
    raise BadPayload(
        f"body: expected one of data, jsonData, strData, binData, got the keys: {keys[:80]}"
    )


def encode(message: Message) -> bytes:
    """Return a message as JSON text; NaN becomes null.

    Raises:
        ComponentError: the payload has no JSON form (complex numbers, arbitrary objects).
    """
    return json_text.dumps(write(message))


def write(message: Message) -> Json:
    """Return a message as a document for `json_text.dumps`; arrays stay arrays inside it."""
    if message.form is Form.RAW:
        return _raw(message.value)
    document = _WRITERS[message.form](message)
    document["meta"] = message.meta or {}
    return document


def read_feedback(document: Json) -> Feedback:
    """Return the feedback of a parsed Feedback message; its messages are `None` where absent."""
    if type(document) is not dict:
        raise BadPayload(f"body: expected an object, got {_kind(document)}")
    reward = document.get("reward", 0.0)
    if type(reward) not in (int, float):
        raise BadPayload(f"reward: expected a number, got {_kind(reward)}")
    return Feedback(
        request=_part(document, "request"),
        response=_part(document, "response"),
        truth=_part(document, "truth"),
        reward=float(reward),
    )


def encode_feedback(feedback: Feedback) -> bytes:
    """Return a feedback as JSON text."""
    parts = {
        "request": feedback.request,
        "response": feedback.response,
        "truth": feedback.truth,
    }
    document: dict[str, Json] = {key: write(part) for key, part in parts.items() if part}
    return json_text.dumps({**document, "reward": feedback.reward})


def _part(document: dict[str, Json], key: str) -> Message | None:
    return read(document[key]) if document.get(key) else None


def _is_inexact(body: bytes, message: Message) -> bool:
    value = message.value
    if len(body) <= _SCANNED_BYTES or type(value) is not np.ndarray:
        return json_text.has_long_integer(body)
    if value.dtype.kind != "f" or not value.size:
        return False
    return bool(np.abs(value).max() >= _INT64_END) and json_text.has_long_integer(body)


def _read_data(data: Json, meta: dict[str, Json] | None) -> Message:
    if not data:
        return Message(Form.NDARRAY, np.array([]), [], meta)
    if type(data) is not dict:
        raise BadPayload(f"data: expected an object, got {_kind(data)}")
    names = data.get("names", [])
    if names:
        _check_names(names)
    for key, (form, reader) in _ARRAYS.items():
        if key in data:
            return Message(form, reader(data[key]), names, meta)
    if data.keys() <= {"names"}:
        return Message(Form.NDARRAY, np.array([]), names, meta)
    keys = ", ".join(sorted(map(str, data)))
    raise BadPayload(f"data: expected one of ndarray, tensor, tftensor, got the keys: {keys[:80]}")


def _check_names(names: Json) -> None:
    if type(names) is not list or not all(type(name) is str for name in names):
        raise BadPayload(f"data.names: expected a list of strings, got {shown(names)}")


def _read_ndarray(values: Json) -> NDArray[Any]:
    return _array(values, "data.ndarray")


def _read_tensor(tensor: Json) -> NDArray[Any]:
    if type(tensor) is not dict:
        raise BadPayload(f"data.tensor: expected an object, got {_kind(tensor)}")
    for key in ("shape", "values"):
        if type(tensor.get(key)) is not list:
            found = f"got {_kind(tensor[key])}" if key in tensor else "it is missing"
            raise BadPayload(f"data.tensor.{key}: expected a list, {found}")
    values = _array(tensor["values"], "data.tensor.values")
    return values.reshape(_shape(tensor["shape"], values.size))


def _shape(shape: list[Json], size: int) -> list[int]:
    if not all(type(length) is int and length >= -1 for length in shape) or shape.count(-1) > 1:
        raise BadPayload(
            f"data.tensor.shape: expected lengths of 0 or more and at most one -1, "
            f"got {shown(shape)}"
        )
    known = math.prod(length for length in shape if length != -1)
    fits = known == size if -1 not in shape else known > 0 and size % known == 0
    if not fits:
        raise BadPayload(f"data.tensor.shape: {shown(shape)} needs {known} values, got {size}")
    return shape


def _array(values: Json, path: str) -> NDArray[Any]:
    if type(values) is dict or type(values) is str or values is None:
        raise BadPayload(f"{path}: expected a list, got {_kind(values)}")
    try:
        return np.array(values)
    except (ValueError, OverflowError) as error:
        raise BadPayload(_ragged(values, path) or f"{path}: {error}") from error


def _ragged(values: Sequence[Json], path: str) -> str | None:
    """Return what breaks the rectangle of nested lists first, or `None`."""
    lists = [type(value) is list for value in values]
    if not any(lists):
        return None
    length = len(values[0]) if lists[0] else -1
    for index, value in enumerate(values):
        if lists[index] != lists[0]:
            expected = "a list" if lists[0] else "no list"
            return f"{path}[{index}]: expected {expected} as before, got {_kind(value)}"
        if len(value) != length:
            return f"{path}[{index}]: expected {length} values as before, got {len(value)}"
    # All rows are as long; the break is deeper, and may only show between two rows.
    deeper = (_ragged(value, f"{path}[{index}]") for index, value in enumerate(values))
    flat = [item for value in values for item in value]
    return next((found for found in deeper if found), None) or _ragged(flat, f"{path}[…]")


def _read_tftensor(tensor: Json) -> NDArray[Any]:
    return tensor_json.read(tensor, "data.tftensor")


def _read_json(value: Json, meta: dict[str, Json] | None) -> Message:
    return Message(Form.JSON, value, [], meta)


def _read_text(value: Json, meta: dict[str, Json] | None) -> Message:
    if type(value) is not str:
        raise BadPayload(f"strData: expected a string, got {_kind(value)}")
    return Message(Form.TEXT, value, [], meta)


def _read_binary(value: Json, meta: dict[str, Json] | None) -> Message:
    if type(value) is not str:
        raise BadPayload(f"binData: expected a base64 string, got {_kind(value)}")
    try:
        # Line breaks are common in base64 and harmless; anything else foreign is not.
        payload = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadPayload(f"binData: not base64: {error}") from error
    return Message(Form.BINARY, payload, [], meta)


def _kind(value: Json) -> str:
    return _KINDS.get(type(value)) or shown(value)


def _write_ndarray(message: Message) -> dict[str, Json]:
    return {"data": {"names": message.names, "ndarray": _sendable(message.value)}}


def _write_tensor(message: Message) -> dict[str, Json]:
    array = message.value
    tensor = {"shape": array.shape, "values": _sendable(array.ravel())}
    return {"data": {"names": message.names, "tensor": tensor}}


def _write_tftensor(message: Message) -> dict[str, Json]:
    tensor = tensor_json.write(message.value)
    return {"data": {"names": message.names, "tftensor": tensor}}


def _names(message: Message) -> list[str] | None:
    return None if message.names is None else list(message.names)


def _sendable(array: NDArray[Any]) -> Json:
    """Return what orjson writes as the array: the array itself where it can."""
    kind = array.dtype.kind
    if kind not in "fiub" or not array.ndim:
        return array.tolist()
    # A float32 is sent as the double it is, over REST as over gRPC.
    return np.ascontiguousarray(array, dtype="f8" if kind == "f" else array.dtype.newbyteorder("="))


def _write_json(message: Message) -> dict[str, Json]:
    return {"jsonData": message.value}


def _write_text(message: Message) -> dict[str, Json]:
    return {"strData": message.value}


def _write_binary(message: Message) -> dict[str, Json]:
    return {"binData": base64.b64encode(message.value).decode("ascii")}


def _write_custom(message: Message) -> dict[str, Json]:
    raise ComponentError("customData cannot be sent over REST; ask over gRPC")


def _raw(value: Any) -> Json:
    """Return what `predict_raw` returned as a document; a protobuf message by its JSON mapping."""
    if not hasattr(value, "DESCRIPTOR"):
        return value
    from google.protobuf import json_format  # only raw models over REST need it

    return json_format.MessageToDict(value)


_KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "a string", type(None): "null"}
_PAYLOADS: dict[str, Callable[[Json, dict[str, Json] | None], Message]] = {
    "data": _read_data,
    "jsonData": _read_json,
    "strData": _read_text,
    "binData": _read_binary,
}
_ARRAYS: dict[str, tuple[Form, Callable[[Json], NDArray[Any]]]] = {
    "tensor": (Form.TENSOR, _read_tensor),
    "ndarray": (Form.NDARRAY, _read_ndarray),
    "tftensor": (Form.TFTENSOR, _read_tftensor),
}
_WRITERS: dict[Form, Callable[[Message], dict[str, Json]]] = {
    Form.NDARRAY: _write_ndarray,
    Form.TENSOR: _write_tensor,
    Form.TFTENSOR: _write_tftensor,
    Form.TEXT: _write_text,
    Form.BINARY: _write_binary,
    Form.JSON: _write_json,
    Form.CUSTOM: _write_custom,
}
