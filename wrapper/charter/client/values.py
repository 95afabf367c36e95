"""What a caller has, as the message to send: arrays, lists, DataFrames, text, bytes, JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.errors import BadPayload, shown
from charter.message import ARRAY_FORMS, Feedback, Form, Json, Message, Messages

# From here on not every integer is a double.
_INEXACT = 2.0**53
_NUMERIC_KINDS = frozenset("iuf")
_NAME_TYPES = (str, int, float, np.number)
# The wire has 32 bits for a reward.
_GREATEST = float(np.finfo(np.float32).max)


def message(
    value: object,
    names: Sequence[str] | None = None,
    meta: Mapping[str, Json] | None = None,
    form: Form | str | None = None,
) -> Message:
    """Return the message that carries a value.

    Args:
        value: an array, list, tuple, number or DataFrame (sent as `tensor` if numeric, else as
            `ndarray`), str (`text`), bytes (`binary`), dict (`json`), a protobuf `Any`
            (`custom`), or a message, of which the other arguments replace what they name.
        names: names of the columns; `None` means those of the DataFrame, or none.
        meta: `puid`, `tags` and the like, in the protocol's spelling.
        form: how to send it; `json` takes any JSON value, `raw` a whole wire message.

    Raises:
        BadPayload: the value cannot be sent so, or its rows differ in length.
    """
    kind = None if form is None else _named(form)
    if isinstance(value, Message):
        return _changed(value, names, meta, kind)
    columns = _columns(value) if names is None else _names(names)
    return _made(kind or _form(value), value, columns, _plain(meta))


def messages(values: Iterable[object], form: Form | str | None = None) -> Messages:
    """Return the messages for a combiner; raises as `message`."""
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise BadPayload(f"values: expected a list of values, got {shown(values)}")
    return Messages([message(value, form=form) for value in values])


def feedback(request: object, response: object, reward: float, truth: object) -> Feedback:
    """Return a feedback about values, of which those that are `None` are left out."""
    asked, answered, right = (
        None if part is None else message(part) for part in (request, response, truth)
    )
    return Feedback(asked, answered, right, _reward(reward))


def _reward(reward: object) -> float:
    if isinstance(reward, int | float | np.number) and abs(reward) <= _GREATEST:
        return float(reward)
    raise BadPayload(f"reward: expected a finite number, got {shown(reward)}")


def _named(form: Form | str) -> Form:
    try:
        return Form(form)
    except ValueError as error:
        words = ", ".join(known.value for known in Form)
        raise BadPayload(f"form: expected one of {words}, got {shown(form)}") from error


def _changed(
    original: Message,
    names: Sequence[str] | None,
    meta: Mapping[str, Json] | None,
    form: Form | None,
) -> Message:
    """Return a message in the form that is wished, with what it says itself where nothing is."""
    kind = original.form if form is None else form
    columns = original.names if names is None and kind in ARRAY_FORMS else names
    made = _made(
        kind,
        original.value,
        None if columns is None else _names(columns),
        _plain(original.meta if meta is None else meta),
    )
    return replace(made, reported=original.reported)


def _made(
    form: Form | None, value: Any, names: list[str] | None, meta: dict[str, Json] | None
) -> Message:
    """Return the message of a value that may be anything; form `None` means some array."""
    if form in ARRAY_FORMS or form is None:
        array = _array(value)
        return Message(_array_form(array, form), array, names, meta)
    if names:
        raise BadPayload(f"names: only arrays have them, not {form.value}")
    return Message(form, _checked(value, form), [], meta)


def _form(value: object) -> Form | None:
    """Return the form of what is no array; `None` for an array of whatever kind."""
    for types, form in _FORMS:
        if isinstance(value, types):
            return form
    return Form.CUSTOM if hasattr(value, "DESCRIPTOR") else None


def _array_form(array: NDArray[Any], form: Form | None) -> Form:
    is_numeric = array.dtype.kind in _NUMERIC_KINDS
    if form is not Form.TFTENSOR and not array.ndim:
        # Nested lists have at least one level.
        if is_numeric:
            return Form.TENSOR
        raise BadPayload(f"value: expected a list of it, got {shown(array.item())}")
    return form or (Form.TENSOR if is_numeric else Form.NDARRAY)


def _checked(value: Any, form: Form) -> Any:
    is_right = hasattr(value, "DESCRIPTOR") if form is Form.CUSTOM else True
    if form in _TYPES:
        is_right = isinstance(value, _TYPES[form])
    if not is_right:
        raise BadPayload(f"{form.value}: got {type(value).__name__}: {shown(value)}")
    return bytes(value) if form is Form.BINARY else value


def _array(value: Any) -> NDArray[Any]:
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "to_numpy"):  # a DataFrame or Series, of whichever library
        frame: NDArray[Any] = value.to_numpy()
        return frame
    if not isinstance(value, list | tuple | bool | int | float | np.generic):
        if not hasattr(value, "__array__"):
            raise BadPayload(
                f"value: expected an array, list, number, DataFrame, str, bytes or dict, "
                f"got {type(value).__name__}: {shown(value)}"
            )
        return np.asarray(value)
    try:
        array = np.array(value)
    except (ValueError, OverflowError) as error:
        raise BadPayload(f"value: the rows differ in length or depth: {error}") from error
    return np.array(value, dtype=object) if _is_changed(array, value) else array


def _is_changed(array: NDArray[Any], value: Any) -> bool:
    """Return whether numpy made strings of numbers, or floats of integers that are none."""
    if array.dtype.kind in "US":
        return True
    if array.dtype.kind != "f" or not (np.abs(array) >= _INEXACT).any():
        return False
    items = np.array(value, dtype=object).flat
    return any(type(item) is int and float(item) != item for item in items)


def _columns(value: Any) -> list[str]:
    names = getattr(value, "columns", None)
    return [] if names is None else [str(name) for name in names]


def _names(names: Iterable[object]) -> list[str]:
    """Return names of columns, of which numbers become strings, as those of a DataFrame may be."""
    if isinstance(names, str | bytes | Mapping) or not isinstance(names, Iterable):
        raise BadPayload(f"names: expected a list of strings, got {shown(names)}")
    found = list(names)
    wrong = [name for name in found if not isinstance(name, _NAME_TYPES)]
    if wrong:
        raise BadPayload(f"names: expected strings, got {shown(wrong[0])} among them")
    return [str(name) for name in found]


def _plain(meta: Mapping[str, Json] | None) -> dict[str, Json] | None:
    if meta is not None and not isinstance(meta, Mapping):
        raise BadPayload(f"meta: expected a dict, got {shown(meta)}")
    return None if meta is None else dict(meta)


_FORMS: tuple[tuple[Any, Form], ...] = (
    (str, Form.TEXT),
    ((bytes, bytearray, memoryview), Form.BINARY),
    (Mapping, Form.JSON),
)
_TYPES: dict[Form, Any] = {Form.TEXT: str, Form.BINARY: (bytes, bytearray, memoryview)}
