"""The large array of numbers in a message's JSON text, read by simdjson; the rest by orjson.

simdjson makes no Python object for each number, so it takes a third of the time. It is an extra,
and what it reads must be what orjson and numpy make of the same text. So it is given arrays alone,
no strings and no keys; anything else, right or wrong, is left to the general way.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

from charter.codecs.weight import count
from charter.message import Json

LEAST_BYTES = 4096
"""Of less text orjson and one call of numpy are as fast."""
NDARRAY, TENSOR = "data.ndarray", "data.tensor.values"
"""The paths of what is read here."""

# Quotes of keys, of short meta and of few names; an array of strings has more.
_MOST_QUOTES = 64
_MOST_AROUND = 4096
# A list costs as much as a few numbers: of rows shorter than this orjson is faster.
_LEAST_ROW_BYTES = 24
_MOST_DIMENSIONS = 8
_PLACEHOLDER = b"[]"
_KEYS = {b'"ndarray"': NDARRAY, b'"values"': TENSOR}

_Span: TypeAlias = "tuple[bytes, int, int]"


@functools.cache
def is_installed() -> bool:
    """Return whether simdjson can be imported; it is looked for once."""
    return _simdjson() is not None


def read(body: bytes) -> tuple[Json, str, NDArray[Any]] | None:
    """Return the document around the array of a SeldonMessage, with `[]` for it, and the array.

    Args:
        body: JSON text.

    Returns:
        The document, the path of the array in it, and the array: int64, or float64, in memory of
        its own and of 1 to 8 dimensions, none of size 0; `None` where the text is anything else.
    """
    span = _longest_gap(body)
    if span is None:
        return None
    key, start, end = span
    around = body[:start] + _PLACEHOLDER + body[end:]
    # Without escapes quotes are the ends of strings, and a key is written in one way. One key of
    # that name is not hidden by a second one.
    if len(around) > _MOST_AROUND or b"\\" in around or around.count(key) != 1:
        return None
    try:
        document = orjson.loads(around)
    except orjson.JSONDecodeError:
        return None
    path = _KEYS[key]
    array = _numbers(body, start, end) if _is_at(document, path) else None
    return None if array is None else (document, path, array)


def _longest_gap(body: bytes) -> _Span | None:
    """Return the key before the longest text without quotes, and where the list in that lies."""
    before, last, widest = -1, body.find(b'"'), 0
    opened = closed = gap_end = -1
    for _ in range(_MOST_QUOTES):
        if last < 0:
            break
        found = body.find(b'"', last + 1)
        stop = found if found >= 0 else len(body)
        if stop - last > widest:
            widest, opened, closed, gap_end = stop - last, before, last, stop
        before, last = last, found
    if last >= 0 or opened < 0:
        return None
    key = body[opened : closed + 1]
    start = body.find(b"[", closed, gap_end)
    end = body.rfind(b"]", start + 1, gap_end) + 1
    return (key, start, end) if key in _KEYS and start >= 0 and end else None


def _is_at(document: Json, path: str) -> bool:
    """Return whether the placeholder is where an array of the message is read."""
    data = document.get("data") if type(document) is dict else None
    if type(data) is not dict:
        return False
    if path == NDARRAY:
        return data.get("ndarray") == [] and "tensor" not in data
    tensor = data.get("tensor")
    return type(tensor) is dict and tensor.get("values") == []


def _numbers(body: bytes, start: int, end: int) -> NDArray[Any] | None:
    text = np.frombuffer(body, np.uint8, end - start, start)
    brackets = count(text, "[")
    if brackets * _LEAST_ROW_BYTES > end - start:
        return None
    is_whole = all(body.find(mark, start, end) < 0 for mark in (b".", b"e", b"E"))
    simdjson = _simdjson()
    try:
        # A parser of its own for each text: a kept one would keep eight times the largest body.
        rows = simdjson.Parser().parse(text.data)
        shape = _shape(rows, simdjson.Array, brackets)
        values = rows.as_buffer(of_type="i" if is_whole else "d")
    except (ValueError, TypeError, RuntimeError):  # what is no such number; long integers
        return None
    array: NDArray[Any] = np.frombuffer(values, np.int64 if is_whole else np.float64)
    return array.reshape(shape) if array.size == math.prod(shape) else None


def _shape(rows: Any, kind: type, brackets: int) -> Sequence[int]:
    """Return the shape of nested lists; raise `ValueError` where they have none."""
    level, shape, expected = [rows], [len(rows)], 1
    while shape[-1] and isinstance(level[0][0], kind):
        level = [row for rows in level for row in rows]
        expected += len(level)
        shape.append(len(level[0]))
        if len(shape) > _MOST_DIMENSIONS or any(len(row) != shape[-1] for row in level):
            raise ValueError
    # As many lists as the shape has: so none of the numbers is one.
    if not shape[-1] or expected != brackets:
        raise ValueError
    return shape


@functools.cache
def _simdjson() -> Any:
    try:
        import simdjson
    except ImportError:
        return None
    return simdjson
