"""The Seldon protocol in JSON: bytes ↔ `Message`. No HTTP here.

Source: prediction.proto of Seldon Core 1.17 in its JSON mapping, as its Python wrapper reads it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

from charter.codecs import json_numbers, json_text, shapes, tensor_json, text_arrays
from charter.codecs.json_text import kind
from charter.codecs.weight import count
from charter.errors import BadPayload, ComponentError, NotAMessage, shown
from charter.message import Feedback, Form, Json, Message, Messages

ReadArray: TypeAlias = Callable[[Json, str], NDArray[Any]]
"""Makes an array of nested lists; the second argument is their path, for messages."""
Sendable: TypeAlias = Callable[[NDArray[Any]], Json]
"""Makes what a document holds of an array."""

# Up to this size a scan of the text for long integers is cheaper than a look at the array's values.
_SCANNED_BYTES = 1024
# Up to this size strings cannot make an array of more than 8 MiB.
_HARMLESS_BYTES = 2048
_INT64_END = 2.0**63


def decode(
    body: bytes,
    *,
    allow_nan: bool = False,
    is_lenient: bool = False,
    fast_from: int = json_numbers.LEAST_BYTES,
) -> Message:
    """Return the message of a JSON text.

    Args:
        body: a SeldonMessage as UTF-8 JSON.
        allow_nan: take the tokens NaN, Infinity and -Infinity in it.
        is_lenient: take what the original took without a word: `data` of no known form as an empty
            array, text that is nearly base64.
        fast_from: from so many bytes on, arrays of numbers are read with simdjson where that is
            installed; what comes of them is the same.

    Returns:
        A message whose array keeps integers as int64 (uint64 or Python's own beyond), mixed rows
        as strings, and rows with null as `object`, as `numpy.array` of the nested lists does.

    Raises:
        BadPayload: it is not JSON, or not a SeldonMessage; the message starts with the path.
    """
    message = None
    if len(body) >= fast_from and json_numbers.is_installed():
        message = _read_numbers(body)
    if message is None:
        document = json_text.loads(body, allow_nan=allow_nan)
        is_plain = len(body) <= _HARMLESS_BYTES or not _holds_text(body, document)
        message = read(document, _array if is_plain else _bounded_array, is_lenient=is_lenient)
    if not _is_inexact(body, message):
        return message
    document = message = None  # both ways at once would take twice the memory
    return read(json_text.exact(body), _exact_array, is_lenient=is_lenient)


def _holds_text(body: bytes, document: Json) -> bool:
    """Return whether there may be a string in the array of a message: it has more quotes."""
    data = document.get("data") if type(document) is dict else None
    if type(data) is not dict:
        return False
    tensor = data.get("tensor")
    keys = [*data, *(tensor if type(tensor) is dict else ())]
    around = [{**document, "data": None}, data.get("names"), keys]
    try:
        known = orjson.dumps(around).count(b'"')
    except orjson.JSONEncodeError:  # deeper than it writes
        return True
    return count(np.frombuffer(body, np.uint8), '"') > known or b"\\" in body


def read(
    document: Json, read_array: ReadArray | None = None, *, is_lenient: bool = False
) -> Message:
    """Return the message of a parsed SeldonMessage; see `decode`."""
    if type(document) is not dict:
        raise not_a_message(document, f"an object with one of {_KEYS}", kind(document))
    meta = document.get("meta")
    if "meta" in document:
        _check_meta(meta)
    if "data" in document:
        data = document["data"]
        if is_lenient and _is_formless(data):
            return Message(Form.NDARRAY, np.array([]), [], meta)
        return _read_data(data, meta, read_array or _exact_array)
    for key, reader in (_LENIENT_PAYLOADS if is_lenient else _PAYLOADS).items():
        if key in document:
            form, value = reader(document[key])
            return Message(form, value, [], meta)
    keys = ", ".join(sorted(map(str, document))) or "none"
    raise not_a_message(document, f"one of {_KEYS}", f"the keys: {keys[:80]}")


def _read_numbers(body: bytes) -> Message | None:
    """Return the message of a text that is an array of numbers for the most part."""
    found = json_numbers.read(body)
    if found is None:
        return None
    document, read_path, array = found
    return read(document, lambda values, path: array if path == read_path else _array(values, path))


def read_messages(document: Json, *, is_lenient: bool = False) -> Messages:
    """Return the messages of a list of parsed SeldonMessages, or of a SeldonMessageList.

    Raises:
        BadPayload: it is no such list, or empty, or as `decode`; the path starts with the number.
    """
    items = document.get("seldonMessages") if type(document) is dict else document
    if type(items) is not list:
        raise not_a_message(document, "a list of messages", kind(document))
    if not items:
        raise BadPayload("body: expected at least one message, got an empty list")
    return Messages([_read_item(item, n, is_lenient=is_lenient) for n, item in enumerate(items)])


def not_a_message(document: Json, expected: str, got: str) -> NotAMessage:
    """Return the refusal of a document without payload."""
    text = document if type(document) is str else shown(document)
    invalid = f"Invalid request data type: {text[:80]}"
    seldon = json_text.NO_JSON if document is None else invalid
    return NotAMessage(f"body: expected {expected}, got {got}", seldon=seldon)


def _read_item(item: Json, number: int, *, is_lenient: bool) -> Message:
    try:
        return read(item, is_lenient=is_lenient)
    except NotAMessage:
        raise  # in the original's words, which have no number
    except BadPayload as error:
        what = error.message.removeprefix("body: ")
        raise type(error)(f"[{number}]: {what}") from error


def _check_meta(meta: Json) -> None:
    if type(meta) is not dict:
        raise BadPayload(f"meta: expected an object, got {kind(meta)}")
    for key, expected in _META.items():
        value = meta.get(key)
        if value is not None and type(value) is not type(expected):
            raise BadPayload(f"meta.{key}: expected {kind(expected)}, got {kind(value)}")


def _is_formless(data: Json) -> bool:
    return type(data) is list or (type(data) is dict and not data.keys() & _ARRAYS.keys())


def encode(message: Message) -> bytes:
    """Return a message as JSON text; NaN becomes null.

    Raises:
        ComponentError: the payload has no JSON form (complex numbers, arbitrary objects; arrays
            inside JSON data, as in the original).
    """
    return json_text.dumps(write(message), takes_arrays=message.form is not Form.JSON)


def encode_as_seldon(message: Message) -> bytes:
    """Return a message as the original writes it, byte for byte; raises as `encode`."""
    return json_text.dumps_as_flask(write(message, _listed))


def encode_messages(messages: Messages) -> bytes:
    """Return messages as a JSON list, as Seldon's executor sends it; raises as `encode`."""
    return json_text.dumps([write(item) for item in messages.items])


def write(message: Message, sendable: Callable[[NDArray[Any]], Json] | None = None) -> Json:
    """Return a message as a document for `json_text.dumps`.

    Args:
        message: any form but CUSTOM.
        sendable: makes what the document holds of an array; `None` leaves arrays of numbers arrays.
    """
    if message.form is Form.RAW:
        return _raw(message.value)
    document = _WRITERS[message.form](message, sendable or _sendable)
    document["meta"] = message.meta or {}
    return document


def encode_feedback(feedback: Feedback) -> bytes:
    """Return a feedback as JSON text."""
    parts = {
        "request": feedback.request,
        "response": feedback.response,
        "truth": feedback.truth,
    }
    document: dict[str, Json] = {key: write(part) for key, part in parts.items() if part}
    return json_text.dumps({**document, "reward": feedback.reward})


def _is_inexact(body: bytes, message: Message) -> bool:
    """Return whether an integer of the text may have become a float that is not equal to it."""
    value = message.value
    is_numbers = type(value) is np.ndarray and value.dtype.kind in "fiub"
    if len(body) <= _SCANNED_BYTES or not is_numbers:
        return json_text.has_long_integer(body)
    is_huge = (
        value.dtype.kind == "f"
        and value.size
        and max(float(value.max()), -float(value.min())) >= _INT64_END
    )
    return bool(is_huge or _holds_huge(message.meta)) and json_text.has_long_integer(body)


def _holds_huge(value: Json) -> bool:
    if isinstance(value, float):
        return abs(value) >= _INT64_END
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_holds_huge, items))


def _read_data(data: Json, meta: dict[str, Json] | None, read_array: ReadArray) -> Message:
    if type(data) is not dict:
        raise BadPayload(f"data: expected an object, got {kind(data)}")
    names = data.get("names", [])
    if names is not None and names != []:
        _check_names(names)
    for key, (form, reader) in _ARRAYS.items():
        if key in data:
            return Message(form, reader(data[key], read_array), names, meta)
    if data.keys() <= {"names"}:
        return Message(Form.NDARRAY, np.array([]), names, meta)
    keys = ", ".join(sorted(map(str, data)))
    raise BadPayload(f"data: expected one of ndarray, tensor, tftensor, got the keys: {keys[:80]}")


def _check_names(names: Json) -> None:
    # Numbers too: a DataFrame's columns may be.
    if type(names) is not list or not _NAME_TYPES.issuperset(map(type, names)):
        raise BadPayload(f"data.names: expected a list of strings, got {shown(names)}")


def _read_ndarray(values: Json, read_array: ReadArray) -> NDArray[Any]:
    return read_array(values, "data.ndarray")


def _read_tensor(tensor: Json, read_array: ReadArray) -> NDArray[Any]:
    if type(tensor) is not dict:
        raise BadPayload(f"data.tensor: expected an object, got {kind(tensor)}")
    for key in ("shape", "values"):
        if type(tensor.get(key)) is not list:
            found = f"got {kind(tensor[key])}" if key in tensor else "it is missing"
            raise BadPayload(f"data.tensor.{key}: expected a list, {found}")
    values = read_array(tensor["values"], "data.tensor.values")
    return values.reshape(shapes.fit(tensor["shape"], values.size, "data.tensor.shape"))


def _read_tftensor(tensor: Json, _: ReadArray) -> NDArray[Any]:
    return tensor_json.read(tensor, "data.tftensor")


def _array(values: Json, path: str) -> NDArray[Any]:
    """Return the array of nested lists that hold no long strings."""
    if type(values) is dict or type(values) is str or values is None:
        raise BadPayload(f"{path}: expected a list, got {kind(values)}")
    try:
        array: NDArray[Any] = np.array(values)
    except (ValueError, OverflowError) as error:
        raise BadPayload(_ragged(values, path) or f"{path}: {error}") from error
    if array.ndim > shapes.MOST_DIMENSIONS:
        most = shapes.MOST_DIMENSIONS
        raise BadPayload(f"{path}: expected lists at most {most} deep, got {array.ndim} or more")
    return array


def _bounded_array(values: Json, path: str) -> NDArray[Any]:
    """Return the array; as `object` where one long string would make every element as long."""
    if type(values) is not list:
        return _array(values, path)
    shape: list[int] = []
    first: Json = values
    while type(first) is list:
        shape.append(len(first))
        first = first[0] if first else None
    found = text_arrays.array(_leaves(values, path), shape)
    return _array(values, path) if found is None else found


def _exact_array(values: Json, path: str) -> NDArray[Any]:
    """Return the array; as `object` where numpy would make floats of long integers."""
    array = _bounded_array(values, path)
    if array.dtype.kind != "f":
        return array
    leaves = _leaves(values, path) if type(values) is list else [values]
    is_exact = all(float(leaf) == leaf for leaf in leaves if type(leaf) is int)
    return array if is_exact else np.array(values, dtype=object)


def _leaves(values: list[Json], path: str) -> list[Json]:
    """Return what nested lists of one shape hold, row by row.

    Raises:
        BadPayload: their lengths or depths differ.
    """
    ragged = _ragged(values, path)
    if ragged:
        raise BadPayload(ragged)
    level: list[Json] = values
    while level and type(level[0]) is list:
        level = [item for row in level for item in row]
    return level


def _ragged(values: Json, path: str) -> str | None:
    """Return what breaks the rectangle of nested lists first, or `None`; a level at a time."""
    level: list[Json] = [values]
    lengths: list[int] = []
    while level and type(level[0]) is list:
        for number, row in enumerate(level):
            if type(row) is not list or len(row) != len(level[0]):
                return f"{_place(path, number, lengths)}: {_difference(level[0], row)}"
        lengths.append(len(level[0]))
        level = [item for row in level for item in row]
    for number, item in enumerate(level):
        if type(item) is list:
            return f"{_place(path, number, lengths)}: expected no list as before, got a list"
    return None


def _place(path: str, number: int, lengths: list[int]) -> str:
    """Return the path of an element, from its number among all of its level."""
    indices: list[int] = []
    for length in reversed(lengths):
        number, index = divmod(number, length)
        indices.insert(0, index)
    return path + "".join(f"[{index}]" for index in indices)


def _difference(first: list[Json], row: Json) -> str:
    if type(row) is not list:
        return f"expected a list as before, got {kind(row)}"
    return f"expected {len(first)} values as before, got {len(row)}"


def _listed(array: NDArray[Any]) -> Json:
    # Of times in nanoseconds `tolist` would make bare integers.
    return (array.astype("M8[us]") if array.dtype.kind == "M" else array).tolist()


def _read_json(value: Json) -> tuple[Form, Json]:
    return Form.JSON, value


def _read_text(value: Json) -> tuple[Form, Json]:
    # What is no string is passed on as it is, as the original does.
    return (Form.TEXT if type(value) is str else Form.JSON), value


def _read_binary(value: Json) -> tuple[Form, bytes]:
    if type(value) is bytes:  # a file in a multipart form
        return Form.BINARY, value
    if type(value) is not str:
        raise BadPayload(f"binData: expected a base64 string, got {kind(value)}")
    try:
        # Line breaks are common in base64 and harmless; anything else foreign is not.
        return Form.BINARY, base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadPayload(f"binData: not base64: {error}") from error


def _nearly_base64(value: Json) -> bytes:
    if type(value) is bytes:
        return value
    try:
        return base64.b64decode(value)
    except (binascii.Error, ValueError, TypeError) as error:
        raise BadPayload(f"binData: not base64: {error}") from error


def _write_ndarray(message: Message, sendable: Sendable) -> dict[str, Json]:
    return {"data": {"names": message.names, "ndarray": sendable(message.value)}}


def _write_tensor(message: Message, sendable: Sendable) -> dict[str, Json]:
    array = message.value
    tensor = {"shape": array.shape, "values": sendable(array.ravel())}
    return {"data": {"names": message.names, "tensor": tensor}}


def _write_tftensor(message: Message, _: Sendable) -> dict[str, Json]:
    tensor = tensor_json.write(message.value)
    return {"data": {"names": message.names, "tftensor": tensor}}


def _names(message: Message) -> list[str] | None:
    return None if message.names is None else list(message.names)


def _sendable(array: NDArray[Any]) -> Json:
    """Return what orjson writes as the array: the array itself where it can."""
    kind = array.dtype.kind
    if kind not in "fiub" or not array.ndim:
        return _listed(array)
    # A float32 is sent as the double it is, over REST as over gRPC.
    return np.ascontiguousarray(array, dtype="f8" if kind == "f" else array.dtype.newbyteorder("="))


def _write_json(message: Message, _: Sendable) -> dict[str, Json]:
    return {"jsonData": message.value}


def _write_text(message: Message, _: Sendable) -> dict[str, Json]:
    return {"strData": message.value}


def _write_binary(message: Message, _: Sendable) -> dict[str, Json]:
    return {"binData": base64.b64encode(message.value).decode("ascii")}


def _write_custom(message: Message, _: Sendable) -> dict[str, Json]:
    raise ComponentError("customData cannot be sent over REST; ask over gRPC")


def _raw(value: Any) -> Json:
    """Return what `predict_raw` returned as a document; a protobuf message by its JSON mapping."""
    if not hasattr(value, "DESCRIPTOR"):
        return value
    from google.protobuf import json_format  # only raw models over REST need it

    return json_format.MessageToDict(value)


_PAYLOADS: dict[str, Callable[[Json], tuple[Form, Any]]] = {
    "jsonData": _read_json,
    "strData": _read_text,
    "binData": _read_binary,
}
_LENIENT_PAYLOADS: dict[str, Callable[[Json], tuple[Form, Any]]] = {
    **_PAYLOADS,
    "binData": lambda value: (Form.BINARY, _nearly_base64(value)),
}
_ARRAYS: dict[str, tuple[Form, Callable[[Json, ReadArray], NDArray[Any]]]] = {
    "tensor": (Form.TENSOR, _read_tensor),
    "ndarray": (Form.NDARRAY, _read_ndarray),
    "tftensor": (Form.TFTENSOR, _read_tftensor),
}
_NAME_TYPES = frozenset({str, int, float})
_KEYS = ", ".join(("data", *_PAYLOADS))
_META: dict[str, Json] = {"tags": {}, "routing": {}, "requestPath": {}, "metrics": []}
_WRITERS: dict[Form, Callable[[Message, Sendable], dict[str, Json]]] = {
    Form.NDARRAY: _write_ndarray,
    Form.TENSOR: _write_tensor,
    Form.TFTENSOR: _write_tftensor,
    Form.TEXT: _write_text,
    Form.BINARY: _write_binary,
    Form.JSON: _write_json,
    Form.CUSTOM: _write_custom,
}
