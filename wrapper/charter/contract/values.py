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

_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
# Longer digits are no category that anybody counts by, and Python reads 4300 of them at most.
_MOST_DIGITS = 100
_NUMBERS = (int, float, np.integer, np.floating)
# What can be looked up among categories; user code may put anything into an array of objects.
_SCALARS = (str, bytes, int, float, np.number, np.bool_)
# RFC 3339 §5.6, "full-date", "full-time"; browsers leave out seconds and offset.
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"([Tt ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)
# A float32 carries seven digits: a right model may miss an end of its range by that much.
_ROUNDING = 1e-6


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

    No category is None: null, nested values and what is no value of JSON are none.
    """
    if isinstance(value, str) and len(value) <= _MOST_DIGITS and _NUMBER.fullmatch(value):
        # A float would make neighbours of the whole numbers from 2^53 on.
        return int(value) if _WHOLE.fullmatch(value) else float(value)
    return value if isinstance(value, _SCALARS) else None


def seconds(value: Json) -> float | None:
    """Return a time in seconds since 1970; `None` where it is no text by RFC 3339.

    A time without an offset is in UTC, and a date alone is its midnight; seconds may be left out.
    """
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    date, _, minutes, second, fraction, offset = found.groups()
    if fraction and not second:
        return None
    # Python 3.10 reads three or six decimals and no Z.
    digits = f".{fraction[1:7]:0<6}" if fraction else ""
    zone = "+00:00" if offset in (None, "Z", "z") else offset
    try:
        text = f"{date}T{minutes or '00:00'}{second or ':00'}{digits}{zone}"
        return datetime.datetime.fromisoformat(text).timestamp()
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


def told(value: object) -> str:
    """Return a value as a message about JSON tells it: None is null there."""
    return "null" if value is None else shown(value)


def is_number(value: object) -> TypeGuard[float]:
    """Return whether a value of JSON or numpy is a number; a boolean is none."""
    return isinstance(value, _NUMBERS) and not isinstance(value, bool)


def is_finite(value: object) -> TypeGuard[float]:
    """Return whether a value is a number that a float holds; a boolean is none."""
    try:
        return is_number(value) and math.isfinite(value)
    except OverflowError:  # a whole number over 1.8e308
        return False


def slack(limit: float) -> float:
    """Return by how much an answer may miss an end of its range."""
    return _ROUNDING * max(1.0, abs(limit)) if math.isfinite(limit) else 0.0


def _within(feature: Feature, number: float) -> bool:
    return (feature.low is None or number >= feature.low) and (
        feature.high is None or number <= feature.high
    )


def _float(feature: Feature, value: Json) -> str:
    if not is_number(value):
        return "must be a number"
    if not is_finite(value):
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
