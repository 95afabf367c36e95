"""What user code is given and what it may return: user value ↔ `Message`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.component import seldon_types
from charter.errors import ComponentError, StartError, shown
from charter.message import ARRAY_FORMS, Form, Message

NUMERIC_KINDS = frozenset("iuf")
BAD_DATA = "MICROSERVICE_BAD_DATA"
SHOWN = 200
"""So many characters of a value that cannot be sent are told."""
ClassNames = Callable[[], Sequence[str] | None]


def reply(
    result: Any, request: Message, class_names: ClassNames | None, *, is_strict: bool = False
) -> Message:
    """Return the payload for what user code returned; meta is not of this module.

    Args:
        result: an array, list, number, DataFrame or Series (sent in the request's form, as a
            tensor if that had none; as nested lists if not numeric), str, bytes, dict, or a
            protobuf `Any`.
        request: the message that was asked.
        class_names: gives the names of the columns of a result with two or more dimensions; `None`
            means the default names `t:0`, `t:1`, …
        is_strict: refuse numbers, DataFrames and Series, as Seldon Core does.

    Raises:
        ComponentError: the result is of no such type, or its rows differ in length.
    """
    if isinstance(result, np.ndarray):
        return _array_reply(_unmasked(result), request, class_names)
    for kind, form in _FORMS:
        if isinstance(result, kind):
            return Message(form, result)
    if isinstance(result, list):
        return _array_reply(_array(result), request, class_names)
    if hasattr(result, "DESCRIPTOR"):
        return Message(Form.CUSTOM, result)
    if is_strict or isinstance(result, bool):
        raise _unknown(result)
    if isinstance(result, int | float | np.number):
        return _array_reply(_array(result), request, class_names)
    return _frame_reply(result, request, class_names)


def same(request: Message, class_names: ClassNames | None) -> Message:
    """Return the request's payload in its own form."""
    if request.form in ARRAY_FORMS:
        return _array_reply(request.value, request, class_names)
    return Message(request.form, request.value)


def class_names(user: object) -> ClassNames | None:
    """Return how to ask for the column names: a method, or an attribute as old models have it."""
    if not seldon_types.has(user, "class_names"):
        return None
    refuse_async(user, "class_names")
    return functools.partial(_ask, user)


def refuse_async(user: object, name: str) -> None:
    """Refuse a method that would have to be awaited where nobody waits, with `StartError`."""
    if inspect.iscoroutinefunction(inspect.getattr_static(user, name, None)):
        raise StartError(f"{name}: expected a plain method, got async def")


def default_names(columns: int) -> tuple[str, ...]:
    """Return `t:0` … for the number of columns; the protocol's names for unnamed columns."""
    # The number may be the caller's: only names that are few are kept.
    return _few_names(columns) if columns <= _FEW_COLUMNS else _names_of(columns)


def _names_of(columns: int) -> tuple[str, ...]:
    return tuple([f"t:{index}" for index in range(columns)])


_FEW_COLUMNS = 1000
_few_names = functools.lru_cache(maxsize=64)(_names_of)


def _ask(user: Any) -> list[str] | None:
    names = user.class_names
    if callable(names):
        names = names()
    if names is not None and not isinstance(names, Iterable):
        raise ComponentError(f"class_names: expected a list, got {shown(names)}")
    return None if names is None else [str(name) for name in names]


def _array_reply(array: NDArray[Any], request: Message, class_names: ClassNames | None) -> Message:
    form = request.form if request.form in ARRAY_FORMS else Form.TENSOR
    if array.dtype.kind not in NUMERIC_KINDS:
        form = Form.NDARRAY
    return Message(form, array, _names(array, class_names) if array.ndim > 1 else ())


def _names(array: NDArray[Any], class_names: ClassNames | None) -> Sequence[str] | None:
    if class_names is None:
        return default_names(array.shape[1])
    try:
        return class_names()
    except Exception as error:
        if seldon_types.is_not_implemented(error):
            return default_names(array.shape[1])
        raise


def _unmasked(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array as it is sent: what is masked is null."""
    if not isinstance(array, np.ma.MaskedArray):
        return array
    return np.array(array.tolist(), dtype=object) if array.mask.any() else array.data


def _array(result: Any) -> NDArray[Any]:
    try:
        array = np.array(result)
    except ValueError as error:
        text = f"the rows of the returned list differ in length: {error}"
        raise ComponentError(text) from None  # the model raised nothing
    # numpy turns [1, "a"] into strings; what the model returned is sent as it is.
    return np.array(result, dtype=object) if array.dtype.kind in "US" else array


def _frame_reply(result: Any, request: Message, class_names: ClassNames | None) -> Message:
    """Reply with a DataFrame or Series, known by their methods, so pandas is never imported."""
    columns = getattr(result, "columns", None)
    if columns is not None and hasattr(result, "to_numpy"):
        names = [str(name) for name in columns]
        return _array_reply(result.to_numpy(), request, lambda: names)
    if hasattr(result, "to_numpy") or (
        hasattr(result, "__array__") and not isinstance(result, np.generic)
    ):
        array = result.to_numpy() if hasattr(result, "to_numpy") else np.asarray(result)
        return _array_reply(array, request, class_names)
    raise _unknown(result)


def _unknown(result: Any) -> ComponentError:
    """Refuse in the words of Seldon, with 400, which its clients know."""
    text = f"Unknown data type returned as payload (must be list or np array):{told(result)}"
    return ComponentError(text, reason=BAD_DATA, rest_status=400)


def told(value: Any) -> str:
    """Return the text of a value, cut where it is long."""
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


_FORMS: tuple[tuple[Any, Form], ...] = (
    (dict, Form.JSON),
    (str, Form.TEXT),
    ((bytes, bytearray), Form.BINARY),
)
