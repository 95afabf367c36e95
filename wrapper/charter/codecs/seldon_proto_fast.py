"""SeldonMessages with an array of numbers, read straight from the bytes.

It reads what protobuf's writers write and gives up on anything else, valid or not: the parser of
protobuf reads that. It must never read a message otherwise than the parser would.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from charter._proto.messages import DefaultData, SeldonMessage, Tensor
from charter.codecs.protometa import meta_of
from charter.codecs.protonumbers import read_numbers
from charter.codecs.protowire import LENGTH, Field, fields, head, read_varints
from charter.codecs.shapes import MOST_DIMENSIONS
from charter.errors import BadPayload
from charter.message import Form, Message

_Numbers: TypeAlias = "NDArray[np.float64]"

_DATA = SeldonMessage.DATA_FIELD_NUMBER
_OTHER_PAYLOADS = frozenset((4, 5, 6, 7))
_NAMES = DefaultData.NAMES_FIELD_NUMBER
_SHAPE_TAG = Tensor.SHAPE_FIELD_NUMBER << 3 | LENGTH
_DOUBLE = np.dtype("<f8")
_LAST_SIZE = 1 << 31
# Of a message without meta, and with an empty one, as most have it.
_NO_META = (b"", head(SeldonMessage.META_FIELD_NUMBER, 0))


def decode(body: bytes) -> Message | None:
    """Return the message of a SeldonMessage with an array of numbers; `None` for any other body."""
    try:
        return _read_message(body)
    except (BadPayload, DecodeError, UnicodeDecodeError):
        return None


def _read_message(body: bytes) -> Message | None:
    """Read a message with one `data` and no other payload; protobuf reads what is around it."""
    data: Field | None = None
    before = stop = 0
    for field in fields(body, 0, len(body)):
        if field[0] == _DATA:
            if data is not None or field[1] != LENGTH:
                return None
            data, before = field, stop
        elif field[0] in _OTHER_PAYLOADS:
            return None
        stop = field[3]
    if data is None:
        return None
    around = body[:before] + body[data[3] :]
    meta = {} if around in _NO_META else meta_of(SeldonMessage.FromString(around))
    return _read_data(body, data[2], data[3], meta)


def _read_data(body: bytes, start: int, end: int, meta: dict[str, Any]) -> Message | None:
    names: list[str] = []
    payload: Field | None = None
    for field in fields(body, start, end):
        if field[0] == _NAMES and field[1] == LENGTH:
            names.append(body[field[2] : field[3]].decode())
        elif payload is None:
            payload = field
        else:
            return None
    if payload is None or payload[:2] not in _ARRAYS:
        return None
    form, read = _ARRAYS[payload[:2]]
    array = read(body, payload[2], payload[3])
    return None if array is None else Message(form, array, names, meta)


def _read_tensor(body: bytes, start: int, end: int) -> _Numbers | None:
    if end - start < 2:
        return None
    values = start + 2 + body[start + 1]
    found = _tensor_by_shape(body[start:values])
    if found is None:
        return None
    shape, values_head, size = found
    at = values + len(values_head)
    if at + size != end or not body.startswith(values_head, values):
        return None
    array: NDArray[Any] = np.ndarray(shape, _DOUBLE, body, at)
    return array.astype(np.float64)


@lru_cache(maxsize=256)
def _tensor_by_shape(field: bytes) -> tuple[tuple[int, ...], bytes, int] | None:
    """Return the shape in the bytes of the field `shape`, and the head and size of the values."""
    size = len(field) - 2
    if field[0] != _SHAPE_TAG or field[1] != size or size >= 0x80:
        return None
    shape = tuple(read_varints(field, 2, len(field)))
    # A size of 2^31 or more is a negative one, or one that protobuf cuts to 32 bits.
    if not shape or not 0 < min(shape) <= max(shape) < _LAST_SIZE or len(shape) > MOST_DIMENSIONS:
        return None
    count = math.prod(shape) * _DOUBLE.itemsize
    return (shape, head(Tensor.VALUES_FIELD_NUMBER, count), count) if count < _LAST_SIZE else None


_ARRAYS: dict[tuple[int, int], tuple[Form, Callable[[bytes, int, int], _Numbers | None]]] = {
    (DefaultData.TENSOR_FIELD_NUMBER, LENGTH): (Form.TENSOR, _read_tensor),
    (DefaultData.NDARRAY_FIELD_NUMBER, LENGTH): (Form.NDARRAY, read_numbers),
}
