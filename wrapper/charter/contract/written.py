"""A value of an array, as its caller wrote it. Pure."""

from __future__ import annotations

import re

from charter.contract.model import Dtype, Feature
from charter.message import Json

NUMBER_TEXT = re.compile(r"-?\d+(\.\d*)?([eE][+-]?\d+)?")
"""Numbers as JSON and Python write them."""
# Python reads integers of up to 4,300 digits.
_MANY_DIGITS = 1000
_BOOL_TEXT = {"True": True, "False": False}


def as_written(feature: Feature, value: Json, *, is_text: bool) -> Json:
    """Return a value of an array as its caller wrote it: number, string, boolean or null.

    Args:
        feature: what it is a value of.
        value: as the array has it.
        is_text: whether it is of an array of text, which numpy makes of rows with any text in them.
    """
    return read_text(feature, value) if is_text else read_value(feature, value)


def read_value(feature: Feature, value: Json) -> Json:
    """Return a value of any other array as JSON has it: NaN is null where that is allowed."""
    if isinstance(value, float) and value != value and feature.nullable:
        return None
    if isinstance(value, bytes) and feature.dtype is not Dtype.BYTES:
        return value.decode("utf-8", "replace")  # tensors of text hold bytes
    return value


def read_text(feature: Feature, value: Json) -> Json:
    """Return a value of an array of text: a number or a boolean where the feature is one."""
    if not isinstance(value, str):
        return read_value(feature, value)
    if value in _BOOL_TEXT:
        is_bool = feature.dtype is Dtype.BOOL or _BOOL_TEXT[value] in feature.values
        return _BOOL_TEXT[value] if is_bool and value not in feature.values else value
    if not feature.is_numeric or not NUMBER_TEXT.fullmatch(value):
        return value
    is_whole = value.removeprefix("-").isdigit() and len(value) < _MANY_DIGITS
    return int(value) if is_whole else float(value)
