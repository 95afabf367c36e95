"""JSON text to values and back: strict, with exact integers and numpy arrays. No protocol here.

orjson reads an integer beyond 64 bits as a float and refuses to write one; both ways round, such
documents go through the standard library, so that no digit is lost.
"""

from __future__ import annotations

import decimal
import json
import math
import re
from typing import Any, NoReturn

import numpy as np
import orjson

from charter.errors import BadPayload, ComponentError
from charter.message import Json

# The least run of digits that may be an integer beyond 64 bits (2**63 has 19 digits).
_LONG_INTEGER = re.compile(rb"(?<![.\d])\d{19}")
_ZEROES = bytes.maketrans(b"123456789", b"000000000")
_LONG_RUN = b"0" * 19
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY
_LENIENT = _OPTIONS | orjson.OPT_NON_STR_KEYS


def loads(body: bytes, *, allow_nan: bool = False) -> Json:
    """Return the value of a JSON text.

    Args:
        body: UTF-8, or UTF-16 or -32 with a byte order mark.
        allow_nan: take the tokens NaN, Infinity and -Infinity, which JSON does not have.

    Raises:
        BadPayload: the text is not JSON; the message has line and column.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return _loads_odd(body, error, allow_nan=allow_nan)


def has_long_integer(body: bytes) -> bool:
    """Return whether a JSON text may hold an integer that `loads` gives as a float."""
    return _LONG_RUN in body.translate(_ZEROES) and bool(_LONG_INTEGER.search(body))


def loads_exact(body: bytes) -> Json:
    """Return the value of a text that `loads` has accepted, with integers of any size."""
    return json.loads(body)


def dumps(value: Json) -> bytes:
    """Return a value as compact UTF-8 JSON; NaN and infinities become null.

    Args:
        value: JSON values, with numpy scalars and C-contiguous numeric arrays anywhere in it.

    Raises:
        ComponentError: something in it has no JSON form; the message names its type.
    """
    try:
        return orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return _dumps_odd(value)


def _loads_odd(body: bytes, error: Exception, *, allow_nan: bool) -> Json:
    if not body.strip():
        raise BadPayload("body: expected JSON, got nothing") from error
    encoding = json.detect_encoding(body)
    if encoding == "utf-8" and not allow_nan:
        raise BadPayload(f"body: not JSON: {error}") from error
    try:
        return json.loads(body.decode(encoding), parse_constant=None if allow_nan else _refuse)
    except (ValueError, RecursionError) as second:
        raise BadPayload(f"body: not JSON: {second}") from second


def _refuse(token: str) -> NoReturn:
    raise ValueError(f"{token} is not a JSON value")


def _dumps_odd(value: Json) -> bytes:
    try:
        return orjson.dumps(value, default=_plain, option=_LENIENT)
    except orjson.JSONEncodeError as error:
        if "64-bit" not in str(error):
            raise ComponentError(f"the reply cannot be sent as JSON: {error}") from error
    return json.dumps(_finite(value), separators=(",", ":"), ensure_ascii=False).encode()


def _plain(value: object) -> object:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, decimal.Decimal):
        return str(value)
    raise TypeError(f"Type is not JSON serializable: {type(value).__name__}")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int) or value is None else _finite(_plain(value))
