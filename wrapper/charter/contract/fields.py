"""From the text of forms and queries to the values of a contract's columns. Pure; no HTTP here.

One field is one value of one column; a field that comes again belongs to the next row.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from charter.contract.model import Dtype, Feature, Kind, feature_names, row_shape
from charter.contract.values import category, decoded, is_number, seconds
from charter.errors import BadPayload, shown
from charter.message import Form, Json, Message

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
# No number that a model can use is longer, and reading one takes time by the square of its length.
_MOST_DIGITS = 400
_NULLS = ("", "null")
_MOST_PROBLEMS = 10


@dataclass(frozen=True, slots=True)
class Given:
    """Hold one field.

    Args:
        name: the column that it is for.
        value: its text; anything else is taken as the value itself, such as an image.
    """

    name: str
    value: Any


def message(features: Sequence[Feature], given: Sequence[Given], place: str) -> Message:
    """Return the request that fields make, with the names of its columns.

    Args:
        features: of the contract.
        given: the fields in the order in which they came.
        place: where they stood, such as `query`; messages start with it.

    Returns:
        Rows `(n, …)`, the features side by side on axis 1: whole numbers as int64 or floats as
        float64 where all are numbers, else `object`. Where one of the values is no text, the cells
        `(n, names)` as they are, for `table` once they can be told.

    Raises:
        BadPayload: fields are missing, unknown, or no values of their features; the message names
            each, ten at most.
    """
    rows = _rows(features, given, place)
    names = feature_names(features)
    if all(isinstance(each.value, str) for each in given):
        return table(features, rows)
    return Message(Form.NDARRAY, _objects(rows, (len(rows), len(names))), names)


def table(features: Sequence[Feature], rows: Sequence[Sequence[Any]]) -> Message:
    """Return rows with one value for each name as a request, the features side by side.

    Args:
        features: of the contract.
        rows: values by row and name; of a feature with a shape, arrays or lists of that shape.
    """
    blocks, start = [], 0
    for feature in features:
        stop = start + (feature.repeat or 1)
        blocks.append(_block(feature, [row[start:stop] for row in rows]))
        start = stop
    if any(block.dtype == object for block in blocks):
        blocks = [block.astype(object) for block in blocks]
    # Names are those of columns, of which a feature with a shape has none.
    names = feature_names(features)
    is_named = row_shape(features) == (len(names),)
    return Message(Form.NDARRAY, np.concatenate(blocks, axis=1), names if is_named else ())


def _block(feature: Feature, cells: Sequence[Sequence[Any]]) -> NDArray[Any]:
    """Return the part of the table that is one feature's, shape `(n, …)`."""
    shape = (len(cells), *feature.block)
    if feature.shape:
        return np.array(cells).reshape(shape)
    if all(is_number(value) for row in cells for value in row):
        return np.array(cells).reshape(shape)
    return _objects(cells, shape)


def _objects(cells: Sequence[Sequence[Any]], shape: tuple[int, ...]) -> NDArray[Any]:
    array = np.empty(shape, dtype=object)
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            array[row, column] = value
    return array


def _rows(features: Sequence[Feature], given: Sequence[Given], place: str) -> list[list[Any]]:
    by_name: dict[str, list[Any]] = {}
    for each in given:
        by_name.setdefault(each.name, []).append(each.value)
    owners = dict(zip(feature_names(features), _owners(features), strict=True))
    problems = _unknown([name for name in by_name if name not in owners], owners, place)
    first = next((name for name in by_name if name in owners), "")
    columns = []
    for name, feature in owners.items():
        texts = by_name.get(name, [])
        count = len(by_name[first]) if first else 0
        if texts and len(texts) != count:
            expected = f"expected {count} values as {first} has, got {len(texts)}"
            problems.append(f"{place}.{name}: {expected}")
            continue
        columns.append(_column(feature, texts or [None] * count, f"{place}.{name}", problems))
        if not texts and feature.default is None:
            problems.append(f"{place}.{name}: missing")
    if problems:
        _refuse(problems)
    return [list(row) for row in zip(*columns, strict=True)]


def _owners(features: Sequence[Feature]) -> Iterator[Feature]:
    for feature in features:
        yield from [feature] * (feature.repeat or 1)


def _column(
    feature: Feature, texts: Sequence[Any], place: str, problems: list[str]
) -> Sequence[Any]:
    """Return the values of one column, `None` among the texts being left out; add what is wrong."""
    places = [f"{place}[{row}]" if len(texts) > 1 else place for row in range(len(texts))]
    return [_told(feature, *each, problems) for each in zip(texts, places, strict=True)]


def _told(feature: Feature, text: Any, place: str, problems: list[str]) -> Json:
    try:
        return _value(feature, text)
    except ValueError as error:
        got = "" if feature.is_pii else f", got {shown(text)}"
        problems.append(f"{place}: expected {error}{got}")
        return None


def _value(feature: Feature, text: Any) -> Json:
    """Return the value that a field is; raise `ValueError` with what was expected."""
    if not isinstance(text, str | None):
        return text
    # A page sends each of its inputs, the empty ones too, which are left out but for texts.
    is_left_out = text is None or (text == "" and feature.dtype is not Dtype.STRING)
    if feature.nullable and not feature.shape and text in _NULLS:
        # Among floats NaN is null; a model need not be given objects for that.
        return math.nan if feature.is_numeric else None
    if text is None or (is_left_out and feature.default is not None):
        return _default(feature)
    if feature.shape:
        return _shaped(feature, text)
    if feature.kind is Kind.CATEGORICAL and feature.dtype is not Dtype.BOOL:
        return _category(feature, text)
    return _READERS[feature.dtype](text)


def _default(feature: Feature) -> Json:
    if not feature.shape or feature.default is None:
        return feature.default
    try:
        return np.broadcast_to(np.array(feature.default), feature.shape)
    except ValueError as error:
        raise ValueError(f"a default of shape {list(feature.shape)}") from error


def _unknown(names: Sequence[str], owners: Mapping[str, Feature], place: str) -> list[str]:
    # Finding what was meant takes milliseconds a name, so it is done only where it is told.
    hints = [_hint(name, owners) for name in names[:_MOST_PROBLEMS]]
    hints += [""] * (len(names) - len(hints))
    return [
        f"{place}.{name[:80]}: no such column{hint}"
        for name, hint in zip(names, hints, strict=True)
    ]


def _hint(name: str, owners: Mapping[str, Feature]) -> str:
    near = difflib.get_close_matches(name[:80], owners, 1)
    return f"; did you mean {near[0]}" if near else ""


def _refuse(problems: Sequence[str]) -> NoReturn:
    more = len(problems) - _MOST_PROBLEMS
    told = [*problems[:_MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
    raise BadPayload("; ".join(told))


def _float(text: str) -> float:
    number = text.strip()
    if len(number) > _MOST_DIGITS or not _NUMBER.fullmatch(number):
        raise ValueError("a number")
    value = float(number)
    if math.isinf(value):
        raise ValueError("a finite number")
    return value


def _int(text: str) -> int:
    value = _float(text)
    if value != math.floor(value):
        raise ValueError("a whole number")
    # A float holds no more than 53 bits of what the digits say.
    return int(text) if text.strip().lstrip("+-").isdigit() else int(value)


def _bool(text: str) -> bool:
    word = text.strip().lower()
    if word not in _BOOLEANS:
        raise ValueError("true or false")
    return _BOOLEANS[word]


_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def _datetime(text: str) -> str:
    if seconds(text) is None:
        raise ValueError("a time such as 2026-11-25T14:30:00Z")
    return text


def _bytes(text: str) -> str:
    if decoded(text) is None:
        raise ValueError("base64")
    return text


_READERS: Mapping[Dtype, Callable[[str], Json]] = {
    Dtype.FLOAT: _float,
    Dtype.INT: _int,
    Dtype.BOOL: _bool,
    Dtype.STRING: str,
    Dtype.DATETIME: _datetime,
    Dtype.BYTES: _bytes,
}


def _category(feature: Feature, text: str) -> Json:
    """Return the category as the contract writes it; one that is not there, as its text says."""
    known = {category(value): value for value in feature.values if not isinstance(value, bool)}
    if category(text) in known:
        return known[category(text)]
    booleans = [value for value in feature.values if isinstance(value, bool)]
    if booleans and text.strip().lower() in _BOOLEANS:
        return _bool(text)
    if all(is_number(value) for value in feature.values):
        return _float(text)
    return text


def _shaped(feature: Feature, text: str) -> NDArray[Any]:
    """Return a value that has a shape, which is written as a JSON list."""
    expected = f"a JSON list of shape {list(feature.shape)}"
    try:
        array = np.array(json.loads(text, parse_constant=_float))
    except (ValueError, RecursionError) as error:
        raise ValueError(expected) from error
    if array.shape != feature.shape or (feature.is_numeric and array.dtype.kind not in "iuf"):
        raise ValueError(f"{expected}, of numbers" if feature.is_numeric else expected)
    return array
