"""Single values of a feature: whether one fits, and what one is compared by. Pure."""

from __future__ import annotations

import base64
import binascii
import datetime
import math
import re
from collections.abc import Callable, Mapping
from typing import TypeGuard

import numpy as np

from charter.contract.model import Dtype, Feature, Kind
from charter.errors import shown
from charter.message import Json

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_FRACTION = re.compile(r"\.\d+")
_NUMBERS = (int, float, np.integer, np.floating)


def misfit(feature: Feature, value: Json) -> str:
    """Return what a single value of a feature must be, as a clause, where it is not that; else "".

    Args:
        feature: what is promised.
        value: a value as JSON has it: a number, a string, a boolean or null.
    """
    if value is None:
        return "" if feature.nullable else "must not be null"
    if feature.kind is Kind.CATEGORICAL:
        known = {category(each) for each in feature.values}
        return "" if category(value) in known else f"must be one of {shown(list(feature.values))}"
    return _MISFITS[feature.dtype](feature, value)


def category(value: Json) -> Json:
    """Return what a category is compared by: `"1"`, `1` and `1.0` are the same one.

    No category is None: null and nested values are none.
    """
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    return None if isinstance(value, list | dict) else value


def seconds(value: Json) -> float | None:
    """Return a time in seconds since 1970; `None` where it is no text by RFC 3339.

    A time without an offset is in UTC, and a date alone is its midnight.
    """
    if not isinstance(value, str):
        return None
    text = value[:-1] + "+00:00" if value[-1:] in ("Z", "z") else value
    # Before Python 3.11 a fraction has three or six digits, in RFC 3339 any number of them.
    text = _FRACTION.sub(lambda found: found[0].ljust(7, "0")[:7], text)
    try:
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.timezone.utc)
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None


def moment(at: float) -> str:
    """Return the text by RFC 3339, in UTC, of a time in seconds since 1970; whole milliseconds.

    What lies outside the years 1 to 9999 is the nearest time that does not.
    """
    start = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    least, most = (
        (end.replace(tzinfo=datetime.timezone.utc) - start) // datetime.timedelta(milliseconds=1)
        for end in (datetime.datetime.min, datetime.datetime.max)
    )
    found = start + datetime.timedelta(milliseconds=min(max(round(at * 1000), least), most))
    digits = "milliseconds" if found.microsecond else "seconds"
    return found.replace(tzinfo=None).isoformat(timespec=digits) + "Z"


def interval(feature: Feature) -> str:
    """Return the range of a feature as people write it: `[0, 1]`, `(-inf, 5]`."""
    write: Callable[[float], str] = moment if feature.dtype is Dtype.DATETIME else "{:.15g}".format
    low = "(-inf" if feature.low is None else f"[{write(feature.low)}"
    high = "inf)" if feature.high is None else f"{write(feature.high)}]"
    return f"{low}, {high}"


def is_number(value: object) -> TypeGuard[float]:
    """Return whether a value of JSON or numpy is a number; a boolean is none."""
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer beyond all floats
        return False


def _within(feature: Feature, number: float) -> bool:
    return (feature.low is None or number >= feature.low) and (
        feature.high is None or number <= feature.high
    )


def _float(feature: Feature, value: Json) -> str:
    if not is_number(value):
        return "must be a number"
    if not _is_finite(value):
        return "must be finite"
    return "" if _within(feature, value) else f"must lie in {interval(feature)}"


def _int(feature: Feature, value: Json) -> str:
    problem = _float(feature, value)
    return problem or ("" if value == math.floor(value) else "must be a whole number")


def _string(feature: Feature, value: Json) -> str:
    if not isinstance(value, str):
        return "must be a string"
    if feature.max_length is not None and len(value) > feature.max_length:
        return f"must have at most {feature.max_length} characters"
    if feature.pattern is not None and not re.fullmatch(feature.pattern, value):
        return f"must match {feature.pattern!r}"
    return ""


def _bytes(feature: Feature, value: Json) -> str:
    content = decoded(value)
    if content is None:
        return "must be base64"
    if feature.max_length is not None and len(content) > feature.max_length:
        return f"must have at most {feature.max_length} bytes"
    return ""


def decoded(value: Json) -> bytes | None:
    """Return bytes, or those of base64 text; `None` where it is neither."""
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else None
    except (binascii.Error, ValueError):
        return None


def _datetime(feature: Feature, value: Json) -> str:
    at = seconds(value)
    if at is None:
        return "must be a time such as 2026-11-25T14:30:00Z"
    return "" if _within(feature, at) else f"must lie in {interval(feature)}"


_MISFITS: Mapping[Dtype, Callable[[Feature, Json], str]] = {
    Dtype.FLOAT: _float,
    Dtype.INT: _int,
    Dtype.IMAGE: _int,
    Dtype.STRING: _string,
    Dtype.BYTES: _bytes,
    Dtype.DATETIME: _datetime,
    # A boolean has categories, so it does not come here; a numpy dtype says no more of it.
    Dtype.BOOL: lambda _, value: "" if isinstance(value, bool) else "must be true or false",
}
