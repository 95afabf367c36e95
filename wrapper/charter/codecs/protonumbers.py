"""Dense lists of numbers as the bytes of `google.protobuf.ListValue`, read and written by numpy.

A number in a list takes 11 bytes, always: `0a 09` (`ListValue.values`, 9 bytes), `11`
(`Value.number_value`) and a little-endian double. A row takes `0a <size> 32 <size>`
(`Value.list_value`) and its values. So an array of one shape has every head and every double at a
fixed stride.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.codecs.protowire import head, read_varint
from charter.errors import BadPayload

_CELL_HEAD = b"\x0a\x09\x11"
_CELL_SIZE = 11
_IN_LIST, _IS_LIST, _IS_NUMBER = 0x0A, 0x32, 0x11
_LAST_DIMENSION = 8
# Up to this size the heads of a shape are kept.
_MOST_KEPT = 1 << 14
# Up to so many cells a look at each is faster than numpy's at all.
_FEW_CELLS = 16

_DOUBLE = np.dtype("<f8")
_BYTE = np.dtype("u1")
# The three bytes of a cell's head, read as four with the first of the double.
_HEAD4 = np.dtype("<u4")
_HEAD4_VALUE = int.from_bytes(_CELL_HEAD, "little")
_HEAD4_MASK = 0xFF_FFFF


@dataclass(frozen=True, slots=True)
class _Layout:
    """Say where the heads and doubles of an array of one shape lie.

    Args:
        heads: the constant bytes before a row of each dimension but the last, outermost first.
        strides: bytes from one element to the next, of each dimension.
        size: bytes of the whole.
        first: where the first double lies.
    """

    heads: tuple[bytes, ...]
    strides: tuple[int, ...]
    size: int
    first: int


def read_numbers(body: bytes, start: int, end: int) -> NDArray[np.float64] | None:
    """Read a dense list of numbers.

    Returns:
        A float64 array of the list's shape (1 to 8 dimensions, none of size 0) in its own memory;
        `None` when the bytes are anything else, valid or not.
    """
    shape = _shape_by_first(body, start, end)
    if shape is None:
        return None
    layout = _layout(shape)
    if layout.size != end - start or not _has_heads(body, start, shape, layout):
        return None
    cells: NDArray[Any] = np.ndarray(shape, _DOUBLE, body, start + layout.first, layout.strides)
    return cells.astype(np.float64, order="C")


def write_numbers(array: NDArray[Any]) -> bytearray | memoryview:
    """Return an array of numbers, with 1 to 8 dimensions, as the bytes of a `ListValue`.

    A dimension of size 0 hides those inside it, as in any nested list.
    """
    layout = _layout(array.shape)
    is_small = layout.size <= _MOST_KEPT
    out = bytearray(_heads_alone(array.shape)) if is_small else _with_heads(array.shape)
    if array.size:
        cells: NDArray[Any]
        cells = np.ndarray(array.shape, _DOUBLE, out, layout.first, layout.strides)
        cells[...] = array
    return out


@lru_cache(maxsize=256)
def _heads_alone(shape: tuple[int, ...]) -> bytes:
    return bytes(_with_heads(shape))


def _with_heads(lengths: tuple[int, ...]) -> memoryview:
    """Return the bytes of an array of numbers but the numbers, which are undefined."""
    layout = _layout(lengths)
    out = np.empty(layout.size, _BYTE)
    if not layout.size:
        return out.data
    at = 0
    for depth, row_head in enumerate(layout.heads):
        shape = (*lengths[: depth + 1], len(row_head))
        strides = (*layout.strides[: depth + 1], 1)
        np.ndarray(shape, _BYTE, out, at, strides)[...] = np.frombuffer(row_head, _BYTE)
        at += len(row_head)
    if math.prod(lengths):
        np.ndarray(lengths, _HEAD4, out, at, layout.strides)[...] = _HEAD4_VALUE
    return out.data


def has_dense_form(array: NDArray[Any]) -> bool:
    """Say whether `write_numbers` takes an array of this number of dimensions."""
    return 1 <= array.ndim <= _LAST_DIMENSION


@lru_cache(maxsize=256)
def _layout(shape: tuple[int, ...]) -> _Layout:
    heads: list[bytes] = []
    strides = [_CELL_SIZE]
    size = _CELL_SIZE * shape[-1]
    for count in reversed(shape[:-1]):
        inner = head(6, size)
        heads.append(head(1, len(inner) + size) + inner)
        strides.append(len(heads[-1]) + size)
        size = strides[-1] * count
    first = sum(map(len, heads)) + len(_CELL_HEAD)
    return _Layout(tuple(reversed(heads)), tuple(reversed(strides)), size, first)


def _shape_by_first(body: bytes, start: int, end: int) -> tuple[int, ...] | None:
    """Return the shape the list has if all rows are like the first; `None` when it has none."""
    shape: list[int] = []
    try:
        while len(shape) < _LAST_DIMENSION and start < end and body[start] == _IN_LIST:
            size, at = read_varint(body, start + 1, end)
            stop = at + size
            shape.append((end - start) // (stop - start))
            if at >= end:
                return None
            if body[at] == _IS_NUMBER:
                return tuple(shape)
            if body[at] != _IS_LIST or stop > end:
                return None
            start, end = read_varint(body, at + 1, stop)[1], stop
    except BadPayload:
        return None
    return None


def _has_heads(body: bytes, start: int, shape: tuple[int, ...], layout: _Layout) -> bool:
    at = start
    for depth, row_head in enumerate(layout.heads):
        if not _has_head(body, at, row_head, shape[: depth + 1], layout):
            return False
        at += len(row_head)
    count = shape[-1]
    if count <= _FEW_CELLS and math.prod(shape) == count:
        stop = at + count * _CELL_SIZE
        return all(body.startswith(_CELL_HEAD, cell) for cell in range(at, stop, _CELL_SIZE))
    cells = np.ndarray(shape, _HEAD4, body, at, layout.strides)
    return bool(((cells & _HEAD4_MASK) == _HEAD4_VALUE).all())


def _has_head(
    body: bytes, at: int, row_head: bytes, shape: tuple[int, ...], layout: _Layout
) -> bool:
    # One row is the common request, and numpy takes microseconds to look at it.
    if math.prod(shape) == 1:
        return body.startswith(row_head, at)
    strides = (*layout.strides[: len(shape)], 1)
    found = np.ndarray((*shape, len(row_head)), _BYTE, body, at, strides)
    return bool((found == np.frombuffer(row_head, _BYTE)).all())
