"""What user code is given and what it may return: user value ↔ `Message`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.errors import ComponentError, shown
from charter.message import ARRAY_FORMS, Form, Json, Message

NUMERIC_KINDS = frozenset("iuf")
ClassNames = Callable[[], Sequence[str] | None]


def reply(result: Any, request: Message, class_names: ClassNames | None) -> Message:
    """Return the message for what user code returned.

    Args:
        result: an array, list, tuple, number, DataFrame or Series (sent in the request's form, as a
            tensor if that had none; as nested lists if not numeric), str, bytes, dict, or a
            protobuf `Any`.
        request: the message that was asked.
        class_names: gives the names of the columns of a result with two or more dimensions; `None`
            means the default names `t:0`, `t:1`, …

    Raises:
        ComponentError: the result is of no such type, or its rows differ in length.
    """
    if isinstance(result, np.ndarray):
        return _array_reply(result, request, class_names)
    for kind, form in _FORMS:
        if isinstance(result, kind):
            return Message(form, result, (), _meta(request))
    if isinstance(result, list | tuple | int | float | np.generic):
        return _array_reply(_array(result), request, class_names)
    return _foreign_reply(result, request, class_names)


def same(request: Message, class_names: ClassNames | None) -> Message:
    """Return the reply that passes the request's payload on, in its own form."""
    if request.form in ARRAY_FORMS:
        return _array_reply(request.value, request, class_names)
    return Message(request.form, request.value, (), _meta(request))


@functools.lru_cache(maxsize=64)
def default_names(columns: int) -> tuple[str, ...]:
    """Return `t:0` … for the number of columns; the protocol's names for unnamed columns."""
    return tuple([f"t:{index}" for index in range(columns)])


def _array_reply(array: NDArray[Any], request: Message, class_names: ClassNames | None) -> Message:
    form = request.form if request.form in ARRAY_FORMS else Form.TENSOR
    if array.dtype.kind not in NUMERIC_KINDS:
        form = Form.NDARRAY
    names: Sequence[str] | None = ()
    if array.ndim > 1:
        names = class_names() if class_names else default_names(array.shape[1])
    return Message(form, array, names, _meta(request))


def _array(result: Any) -> NDArray[Any]:
    try:
        array = np.array(result)
    except ValueError as error:
        text = f"the rows of the returned list differ in length: {error}"
        raise ComponentError(text) from None  # the model raised nothing
    # numpy turns [1, "a"] into strings; what the model returned is sent as it is.
    return np.array(result, dtype=object) if array.dtype.kind in "US" else array


def _foreign_reply(result: Any, request: Message, class_names: ClassNames | None) -> Message:
    """Reply with a DataFrame or Series (known by their methods, so pandas is never imported) …"""
    if hasattr(result, "DESCRIPTOR"):
        return Message(Form.CUSTOM, result, (), _meta(request))
    columns = getattr(result, "columns", None)
    if columns is not None and hasattr(result, "to_numpy"):
        names = [str(name) for name in columns]
        return _array_reply(result.to_numpy(), request, lambda: names)
    if hasattr(result, "to_numpy") or hasattr(result, "__array__"):
        array = result.to_numpy() if hasattr(result, "to_numpy") else np.asarray(result)
        return _array_reply(array, request, class_names)
    raise ComponentError(
        f"expected an array, list, number, DataFrame, str, bytes or dict to be returned, "
        f"got {type(result).__name__}: {shown(result)}"
    )


def _meta(request: Message) -> dict[str, Json] | None:
    """Return what the reply keeps of the request's meta; routing and unknown fields are dropped."""
    meta = request.meta
    if not meta:
        return None
    return {key: meta[key] for key in _KEPT_META if meta.get(key)}


_KEPT_META = ("puid", "tags", "metrics", "requestPath")
_FORMS: tuple[tuple[Any, Form], ...] = (
    (dict, Form.JSON),
    (str, Form.TEXT),
    ((bytes, bytearray), Form.BINARY),
)
