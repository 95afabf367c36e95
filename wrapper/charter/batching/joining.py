"""One request of several, and several replies of one; each has rows, names and meta of its own.

What can be joined: rows of arrays that agree in method, form, dtype, trailing shape and names. The
model is given a new array, and each reply holds a copy of its rows, so that nobody can see or
change what is another's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.component.adapter import Call, Joins
from charter.component.replies import with_added
from charter.errors import shown
from charter.message import ARRAY_FORMS, Json, Message, Request
from charter.methods import Method

_NUMBERS = "biufc"
_TEXTS = "US"
# Nobody can change one that another request holds too.
_FIXED = frozenset({str, bytes, int, float, bool})
_INT64 = range(-(2**63), 2**63)


class CannotSplit(Exception):
    """Say why a reply is not one of rows; no caller hears it, for each request is asked alone then.

    Args:
        message: what the reply is, and what was expected.
    """


def key(method: Method, call: Call, request: Request) -> Hashable | None:
    """Return what requests must have in common to be joined; `None`: this one never is.

    Not joined are requests without rows (text, bytes, JSON, an array of no dimension or no row,
    the wire message itself), requests with meta where the user's function sees it, and arrays of
    objects unless each column holds values of one plain type.

    Args:
        method: what is asked.
        call: what answers it over the transport on which the request came.
        request: what is asked with.
    """
    if call.joins is Joins.NEVER or type(request) is not Message or request.form not in ARRAY_FORMS:
        return None
    if call.takes_meta and request.meta is not None:
        return None
    array = request.value
    if type(array) is not np.ndarray or not array.ndim or not len(array):
        return None
    dtype = _dtype(array, call.joins)
    if dtype is None:
        return None
    names = None if request.names is None else tuple(request.names)
    return method, request.form, dtype, array.shape[1:], names


def join(requests: Sequence[Message]) -> Message:
    """Return one request for several of the same `key`, with their rows in order, without meta.

    One request alone is returned as it is.
    """
    first = requests[0]
    if len(requests) == 1:
        return first
    names = None if first.names is None else list(first.names)
    return Message(first.form, _together([request.value for request in requests]), names)


def split(reply: Message, requests: Sequence[Message]) -> list[Message]:
    """Return the reply of each request that was joined, with a copy of its rows and its own meta.

    Tags and metrics that the component gave are in each, as each was answered by that call; to be
    counted they are in the first one alone. Do it before the next call: the component may have kept
    what it returned, and change it then. The reply to one request alone is returned as it is.

    Args:
        reply: to the joined request.
        requests: what was joined, in order.

    Raises:
        CannotSplit: it is no array with exactly as many rows as were asked.
    """
    if len(requests) == 1:
        return [reply]
    ends = list(accumulate((len(request.value) for request in requests), initial=0))
    _check_rows(reply, ends[-1])
    return [
        Message(
            reply.form,
            reply.value[start:end].copy(),
            reply.names,
            _meta(reply.meta, request.meta),
            reply.reported if start == 0 else (),
        )
        for request, (start, end) in zip(requests, pairwise(ends), strict=True)
    ]


def parts(request: Message, most_rows: int) -> list[Message]:
    """Return a request in pieces of at most so many rows, each a view; as it is where it fits.

    Args:
        request: one that has a `key`.
        most_rows: 1 or more.
    """
    array = request.value
    if len(array) <= most_rows:
        return [request]
    starts = range(0, len(array), most_rows)
    return [dataclasses.replace(request, value=array[at : at + most_rows]) for at in starts]


def gathered(request: Message, replies: Sequence[Message]) -> Message:
    """Return the one reply to a request that was asked in `parts`.

    Of tags and requestPath what comes later wins; metrics are all there, as all were reported.

    Args:
        request: the whole one.
        replies: to its parts, in order.

    Raises:
        CannotSplit: they are no arrays of the rows that were asked, or their names or the shapes of
            their rows differ; ask the request as a whole.
    """
    if len(replies) == 1:
        return replies[0]
    for reply in replies:
        _check_rows(reply)
    first = replies[0]
    value = _gathered_rows([reply.value for reply in replies])
    _check_rows(dataclasses.replace(first, value=value), len(request.value))
    names = [None if reply.names is None else list(reply.names) for reply in replies]
    if any(each != names[0] for each in names):
        raise CannotSplit("cannot be put together: the names differ from part to part")
    form = next((each.form for each in replies if each.form is not request.form), request.form)
    reported = [metric for reply in replies for metric in reply.reported]
    return Message(form, value, first.names, _gathered_meta(request, replies), reported)


def _dtype(array: NDArray[Any], joins: Joins) -> Hashable | None:
    """Return by what arrays go together as to their dtype; `None`: this one with none."""
    dtype = array.dtype
    if joins is Joins.FLOATS:
        return "f8" if dtype == np.float64 else None
    if dtype.kind in _NUMBERS:
        return str(dtype.str)
    if dtype.kind in _TEXTS:
        # All are made as wide as the widest: at most twice as wide, so that memory is bounded.
        return dtype.kind, dtype.byteorder, (dtype.itemsize - 1).bit_length()
    return _types(array) if dtype.kind == "O" else None


def _types(array: NDArray[Any]) -> tuple[type, ...] | None:
    """Return the type of each column of objects; `None` where one has several, or one not plain.

    Together they are then what they are alone, for who looks for the dtype of a column as pandas
    does: also whole numbers, which are none of int64 when they are longer.
    """
    rows = array.reshape(len(array), -1).tolist()
    types = tuple(map(type, rows[0]))
    if not _FIXED.issuperset(types) or any(tuple(map(type, row)) != types for row in rows):
        return None
    is_long = int in types and any(
        type(value) is int and value not in _INT64 for row in rows for value in row
    )
    return None if is_long else types


def _check_rows(reply: Message, rows: int | None = None) -> None:
    """Check that a reply is an array, of so many rows where that is given."""
    asked = "" if rows is None else f" of {rows} rows"
    expected = f"cannot be split: expected an array{asked}, got"
    if reply.form not in ARRAY_FORMS or not isinstance(reply.value, np.ndarray):
        raise CannotSplit(f"{expected} {reply.form.value} data: {shown(reply.value)}")
    if not reply.value.ndim:
        raise CannotSplit(f"{expected} a single value: {shown(reply.value.item())}")
    if rows is not None and len(reply.value) != rows:
        raise CannotSplit(f"{expected} the shape {list(reply.value.shape)}")


def _meta(added: dict[str, Json] | None, own: dict[str, Json] | None) -> dict[str, Json] | None:
    """Return the meta that a reply would have had alone.

    Args:
        added: of the reply to the joined request, which had none: what the component added.
        own: of the request.
    """
    if added is None and not own:
        return None
    carried = own or {}
    return with_added(carried.get("puid"), carried, added or {})


def _gathered_meta(request: Message, replies: Sequence[Message]) -> dict[str, Json] | None:
    metas = [reply.meta for reply in replies if reply.meta is not None]
    if not metas:
        return None
    carried = request.meta or {}
    known = len(carried.get("metrics") or ())  # they come first in the reply to each part
    added = {
        "tags": {key: tag for meta in metas for key, tag in meta.get("tags", {}).items()},
        "metrics": [metric for meta in metas for metric in meta.get("metrics", ())[known:]],
        "requestPath": {
            key: image for meta in metas for key, image in meta.get("requestPath", {}).items()
        },
    }
    return with_added(carried.get("puid"), carried, added)


def _gathered_rows(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    if len({array.shape[1:] for array in arrays}) > 1:
        raise CannotSplit("cannot be put together: the shapes of the rows differ")
    kinds = {array.dtype.kind for array in arrays}
    if len(kinds) > 1 and not kinds <= set(_NUMBERS):
        arrays = [array.astype(object) for array in arrays]  # numpy would make texts of numbers
    return _together(arrays)


def _together(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    dtypes = {array.dtype for array in arrays}
    # Left to itself, numpy changes a foreign byte order.
    return np.concatenate(arrays, dtype=dtypes.pop() if len(dtypes) == 1 else None)
