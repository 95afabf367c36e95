"""`google.protobuf.Value` and `ListValue` to and from Python values and arrays, one by one.

The numbers of a Value are doubles, so integers come back as floats.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from charter._proto.messages import ListValue, Struct, Value
from charter.codecs import text_arrays
from charter.codecs.json_text import http_date
from charter.codecs.shapes import MOST_DIMENSIONS
from charter.errors import BadPayload, ComponentError, shown
from charter.message import Json


def to_json(value: Value) -> Json:
    """Return a Value as a JSON value; a Value of no kind is `None`, as in protobuf's mapping."""
    kind = value.WhichOneof("kind")
    return None if kind is None else _READERS[kind](value)


def to_array(values: ListValue, path: str) -> NDArray[Any]:
    """Return a list of values, or of rows, as the array `np.array` makes of it.

    Args:
        values: the list.
        path: its place in the message, for errors.

    Returns:
        float64 for numbers, bool, str (`<U…`, also when mixed with numbers), object for nulls and
        structs; the list's shape, at most 32 dimensions; an empty list is float64 of shape `(0,)`.

    Raises:
        BadPayload: the rows differ in length or depth; the caller is at fault.
    """
    rows = _list(values)
    shape = _shape_by_first(rows, path)
    leaves: list[Json] = []
    _collect(rows, shape, path, leaves)
    found = text_arrays.array(leaves, shape)
    if found is not None:
        return found
    return np.array(leaves, dtype=None if leaves else np.float64).reshape(shape)


def write_value(value: Value, source: object, path: str) -> None:
    """Set a Value from a JSON value, or from what numpy and the standard library have for one.

    Args:
        value: the Value to set.
        source: `None`, bool, number, str, mapping, sequence; numpy scalars and arrays; dates and
            times (ISO 8601 strings), `Decimal` (string).
        path: its place in the message, for errors.

    Raises:
        ComponentError: the value, or one inside it, is of another type; the component is at fault.
    """
    for types, write in _WRITERS:
        if isinstance(source, types):
            write(value, source, path)
            return
    _refuse(value, source, path)


def write_list(values: ListValue, sources: Sequence[object], path: str) -> None:
    """Append to a list; see `write_value`."""
    for index, source in enumerate(sources):
        write_value(values.values.add(), source, f"{path}[{index}]")


def plain_rows(array: NDArray[Any]) -> Any:
    """Return an array as nested lists for `write_value`; as one value when it has no dimensions."""
    # Of times in nanoseconds `tolist` would make bare integers.
    if array.dtype.kind == "M":
        return array.astype("M8[us]").tolist()
    if array.dtype.kind == "m":
        return _scalars(array)
    return array.tolist()


def _scalars(array: NDArray[Any]) -> Any:
    return [_scalars(row) for row in array] if array.ndim else array[()]


def _list(values: ListValue) -> list[Json]:
    return [to_json(value) for value in values.values]


_READERS: Mapping[str, Callable[[Value], Json]] = {
    "null_value": lambda value: None,
    "number_value": lambda value: value.number_value,
    "string_value": lambda value: value.string_value,
    "bool_value": lambda value: value.bool_value,
    "struct_value": lambda value: {
        key: to_json(item) for key, item in value.struct_value.fields.items()
    },
    "list_value": lambda value: _list(value.list_value),
}


def _shape_by_first(rows: list[Json], path: str) -> tuple[int, ...]:
    shape = [len(rows)]
    first = rows[0] if rows else None
    while isinstance(first, list):
        shape.append(len(first))
        first = first[0] if first else None
    if len(shape) > MOST_DIMENSIONS:
        raise BadPayload(f"{path}: expected at most {MOST_DIMENSIONS} dimensions, got {len(shape)}")
    return tuple(shape)


def _collect(rows: list[Json], shape: tuple[int, ...], path: str, leaves: list[Json]) -> None:
    inner = shape[1:]
    for index, row in enumerate(rows):
        if not inner and not isinstance(row, list):
            leaves.append(row)
        elif inner and isinstance(row, list) and len(row) == inner[0]:
            _collect(row, inner, f"{path}[{index}]", leaves)
        else:
            raise BadPayload(_ragged(row, inner, f"{path}[{index}]"))


def _ragged(row: Json, inner: tuple[int, ...], path: str) -> str:
    if not inner:
        return f"{path}: expected no list as before, got a list"
    if not isinstance(row, list):
        return f"{path}: expected a list as before, got {shown(row)}"
    return f"{path}: expected {inner[0]} values as before, got {len(row)}"


def _refuse(_value: Value, source: object, path: str) -> NoReturn:
    raise ComponentError(f"{path}: expected a JSON value, got {type(source).__name__}")


def _write_null(value: Value, _source: None, _path: str) -> None:
    value.null_value = 0  # type: ignore[assignment]  # the enum's only number


def _write_bool(value: Value, source: bool | np.bool_, _path: str) -> None:  # noqa: FBT001
    value.bool_value = bool(source)


def _write_number(value: Value, source: float | np.number[Any], path: str) -> None:
    try:
        value.number_value = float(source)
    except OverflowError as error:
        raise ComponentError(f"{path}: {shown(source)} is over the range of a double") from error


def _write_text(value: Value, source: str, path: str) -> None:
    try:
        value.string_value = source
    except UnicodeEncodeError as error:
        raise ComponentError(f"{path}: {shown(source)} is not valid Unicode") from error


def _write_struct(value: Value, source: Mapping[object, object], path: str) -> None:
    target = value.struct_value
    target.SetInParent()
    for key, item in source.items():
        if not isinstance(key, (str, int, np.integer)):
            raise ComponentError(f"{path}: expected keys of type str, got {shown(key)}")
        write_value(_field(target, str(key), path), item, f"{path}.{key}")


def _field(struct: Struct, key: str, path: str) -> Value:
    try:
        return struct.fields[key]
    except UnicodeEncodeError as error:
        raise ComponentError(f"{path}: {shown(key)} is not valid Unicode") from error


def _write_list(value: Value, source: Sequence[object], path: str) -> None:
    target = value.list_value
    target.SetInParent()
    write_list(target, source, path)


def _write_array(value: Value, source: NDArray[Any], path: str) -> None:
    write_value(value, plain_rows(source), path)


def _write_time(value: Value, source: datetime.date | datetime.time, path: str) -> None:
    if isinstance(source, datetime.time):
        value.string_value = source.isoformat()
    else:
        value.string_value = http_date(source)


def _write_as_text(value: Value, source: object, path: str) -> None:
    value.string_value = str(source)


# In this order: bool is an int, numpy's durations are numpy integers.
_WRITERS: tuple[tuple[Any, Callable[[Value, Any, str], None]], ...] = (
    (type(None), _write_null),
    ((bool, np.bool_), _write_bool),
    (str, _write_text),
    (Mapping, _write_struct),
    ((list, tuple), _write_list),
    (np.ndarray, _write_array),
    ((datetime.date, datetime.time), _write_time),
    ((decimal.Decimal, uuid.UUID), _write_as_text),
    (np.datetime64, lambda value, source, path: write_value(value, plain_rows(source), path)),
    (enum.Enum, lambda value, source, path: write_value(value, source.value, path)),
    (np.timedelta64, _refuse),
    ((int, float, np.integer, np.floating), _write_number),
)
