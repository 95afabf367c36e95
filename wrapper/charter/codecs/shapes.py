"""Whether a shape that a caller sent fits its values; one rule for JSON and protobuf."""

from __future__ import annotations

import math
from collections.abc import Sequence

from charter.errors import BadPayload, shown
from charter.message import Json

MOST_DIMENSIONS = 32
"""numpy 1's limit; numpy 2 takes 64."""
# A shape with a 0 in it costs the caller nothing, but the lists that it stands for are made when it
# is sent, and user code may go through its rows.
_MOST_WITHOUT_VALUES = 2**16


def fit(shape: Sequence[Json], size: int, path: str) -> list[int]:
    """Return the shape with the length that -1 stands for.

    Args:
        shape: lengths of 0 or more, and at most one -1 for what is left.
        size: how many values there are.
        path: where the shape stands, for messages.

    Raises:
        BadPayload: a length is no such number, or the shape needs another number of values.
    """
    if not all(type(length) is int and length >= -1 for length in shape) or shape.count(-1) > 1:
        raise BadPayload(
            f"{path}: expected lengths of 0 or more and at most one -1, got {shown(shape)}"
        )
    if len(shape) > MOST_DIMENSIONS:
        raise BadPayload(f"{path}: expected at most {MOST_DIMENSIONS} dimensions, got {len(shape)}")
    known = math.prod(length for length in shape if length != -1)
    if -1 in shape and known and size % known == 0:
        shape = [size // known if length == -1 else length for length in shape]
    elif -1 in shape or known != size:
        needed = f"a multiple of {known}" if -1 in shape else known
        raise BadPayload(f"{path}: {shown(shape)} needs {needed} values, got {size}")
    check_empty(shape, path)
    return list(shape)


def check_empty(shape: Sequence[int], path: str) -> None:
    """Refuse a shape without values that claims a great many rows, with `BadPayload`."""
    if 0 in shape and math.prod(length for length in shape if length) > _MOST_WITHOUT_VALUES:
        raise BadPayload(
            f"{path}: expected lengths whose product is at most {_MOST_WITHOUT_VALUES} where there "
            f"are no values, got {shown(shape)}"
        )
