"""JSON text to values and back: strict, with exact integers and numpy arrays. No protocol here.

orjson reads an integer beyond 64 bits as a float and refuses to write one; both ways round, such
documents go through the standard library, so that no digit is lost.
"""

from __future__ import annotations

import datetime
import decimal
import email.utils
import enum
import json
import math
import re
import uuid
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
import orjson

from charter.codecs import weight
from charter.errors import BadPayload, ComponentError, NotAMessage, shown
from charter.message import Json

NO_JSON = "Can't find JSON in data"
"""What the original answers to a request without a body, or with null."""

# The least run of digits that may be an integer beyond 64 bits (2**63 has 19 digits).
_LONG_INTEGER = re.compile(rb"(?<![.\d])\d{19}")
_SURROGATE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
_ZEROES = bytes.maketrans(b"123456789", b"000000000")
_LONG_RUN = b"0" * 19
_NO_ARRAYS = orjson.OPT_PASSTHROUGH_DATETIME
_ARRAYS = orjson.OPT_SERIALIZE_NUMPY | _NO_ARRAYS


def loads(body: bytes, *, allow_nan: bool = False) -> Json:
    """Return the value of a JSON text.

    Args:
        body: UTF-8, or UTF-16 or -32 with a byte order mark.
        allow_nan: take the tokens NaN, Infinity and -Infinity, which JSON does not have.

    Raises:
        BadPayload: the text is not JSON; the message has line and column.
        TooLarge: it would take more than about 18 times its size in memory.
    """
    if len(body) >= weight.LEAST_BYTES:
        weight.check(body)
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return _loads_odd(body, error, allow_nan=allow_nan)


def has_long_integer(body: bytes) -> bool:
    """Return whether a JSON text may hold an integer that `loads` gives as a float."""
    return _LONG_RUN in body.translate(_ZEROES) and bool(_LONG_INTEGER.search(body))


def loads_exact(body: bytes, *, allow_nan: bool = False) -> Json:
    """Return the value of a JSON text with integers of any size; see `loads`."""
    value = loads(body, allow_nan=allow_nan)
    return exact(body) if has_long_integer(body) else value


def exact(body: bytes) -> Json:
    """Return the value of a JSON text that `loads` reads, with integers of any size."""
    try:
        return json.loads(body)
    except ValueError as error:  # Python reads integers of up to 4,300 digits
        raise BadPayload(f"body: not JSON: {error}") from error


def dumps(value: Json, *, takes_arrays: bool = True) -> bytes:
    """Return a value as compact UTF-8 JSON; NaN and infinities become null.

    Args:
        value: JSON values, with numpy scalars and arrays, dates and decimals anywhere in it.
        takes_arrays: write arrays; else refuse them.

    Raises:
        ComponentError: something in it has no JSON form; the message names its type.
    """
    try:
        if takes_arrays:
            return orjson.dumps(value, default=_plain_date, option=_ARRAYS)
        return orjson.dumps(value, default=_plain_scalars, option=_NO_ARRAYS)
    except orjson.JSONEncodeError:
        return _dumps_odd(value, takes_arrays=takes_arrays)


def dumps_as_flask(value: Json) -> bytes:
    """Return a value as the original's web framework writes it, byte for byte.

    Keys are sorted, text is ASCII, NaN and infinities are bare words, and a line end follows.

    Raises:
        ComponentError: as `dumps`; numpy's arrays and integers have no form here either.
    """
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=_flask_default)
    except (TypeError, ValueError, RecursionError) as error:
        raise ComponentError(f"the reply cannot be sent as JSON: {error}") from error
    return text.encode() + b"\n"


def http_date(value: datetime.date) -> str:
    """Return a date, or a time that is UTC unless it says otherwise, as in HTTP headers.

    RFC 9110 §5.6.7, as in “Sun, 06 Nov 1994 08:49:37 GMT”; the protocol has dates in this form.
    """
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    aware = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
    return email.utils.format_datetime(aware.astimezone(datetime.timezone.utc), usegmt=True)


def kind(value: Json) -> str:
    """Return in JSON's words what a value is, or the value itself where it is short."""
    return _KINDS.get(type(value)) or shown(value)


def _loads_odd(body: bytes, error: Exception, *, allow_nan: bool) -> Json:
    if not body.strip():
        raise NotAMessage("body: expected JSON, got nothing", seldon=NO_JSON) from error
    encoding = json.detect_encoding(body)
    if encoding == "utf-8" and not allow_nan:
        raise NotAMessage(f"body: not JSON: {error}") from error
    try:
        text = body.decode(encoding)
        value = json.loads(text, parse_constant=None if allow_nan else _refuse)
        if _SURROGATE.search(text):
            orjson.dumps(value)  # refuses halves of characters, which loads takes
        return value
    except (ValueError, RecursionError, TypeError) as second:
        raise NotAMessage(f"body: not JSON: {second}") from second


def _refuse(token: str) -> NoReturn:
    raise ValueError(f"{token} is not a JSON value")


def _plain_date(value: Any) -> Json:
    if isinstance(value, datetime.date):
        return http_date(value)
    raise TypeError  # what else there is, the slow way writes or refuses


def _plain_scalars(value: Any) -> Json:
    return _plain_scalar(value) if isinstance(value, np.generic) else _plain_date(value)


def _flask_default(value: Any) -> Json:
    if isinstance(value, datetime.date):
        return http_date(value)
    if isinstance(value, decimal.Decimal | uuid.UUID):
        return str(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _dumps_odd(value: Json, *, takes_arrays: bool) -> bytes:
    """Write what orjson does not: long integers, odd keys, arrays of another byte order."""
    try:
        if not takes_arrays:
            _refuse_arrays(value)
        text = json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False)
        return text.encode()
    except RecursionError as error:
        raise ComponentError("the reply cannot be sent as JSON: recursion limit reached") from error
    except UnicodeEncodeError as error:
        raise ComponentError(f"the reply cannot be sent as JSON: {error.reason}") from error


def _refuse_arrays(value: Any) -> None:
    if isinstance(value, np.ndarray):
        raise ComponentError(
            "the reply cannot be sent as JSON: expected lists inside a dict, got an array; "
            "return array.tolist()"
        )
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list | tuple):
        for item in inner:
            _refuse_arrays(item)


def _plain(value: Any) -> Json:
    """Return a value with only what the standard library writes, and no NaN."""
    if value is None or isinstance(value, bool):
        return value
    for kinds, convert in _CONVERTERS:
        if isinstance(value, kinds):
            return convert(value)
    name = type(value).__name__
    raise ComponentError(f"the reply cannot be sent as JSON: Type is not JSON serializable: {name}")


def _plain_float(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _plain_scalar(value: np.generic) -> Json:
    item = value.item()
    # A longdouble has no Python type of its own: its item is itself.
    return _plain(float(item) if isinstance(item, np.floating) else item)


def _key(key: object) -> str:
    if isinstance(key, str):
        return key
    plain = _plain(key)
    if isinstance(plain, list | dict):
        raise ComponentError(f"the reply cannot be sent as JSON: key {shown(key)} is no string")
    return json.dumps(plain).strip('"')


_CONVERTERS: tuple[tuple[Any, Callable[[Any], Json]], ...] = (
    (str, str),
    (int, int),
    (float, _plain_float),
    (dict, lambda value: {_key(key): _plain(item) for key, item in value.items()}),
    ((list, tuple), lambda value: [_plain(item) for item in value]),
    (np.ndarray, lambda value: _plain(value.tolist())),
    (np.generic, _plain_scalar),
    (decimal.Decimal, str),
    (datetime.date, http_date),
    (datetime.time, lambda value: value.isoformat()),
    (uuid.UUID, str),
    (enum.Enum, lambda value: _plain(value.value)),
)
_KINDS: dict[type, str] = {dict: "an object", list: "a list", str: "a string", type(None): "null"}
