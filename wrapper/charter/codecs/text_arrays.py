"""Arrays with text in them, which numpy would make many times as large as what was sent.

numpy gives every element the room of the longest text, four bytes a character, and a number beside
text the room of 32 characters. One long text could ask for terabytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.codecs.shapes import MOST_DIMENSIONS
from charter.message import Json

_SMALL_BYTES = 1 << 23
_MOST_TIMES = 16
_CHARACTER_BYTES = 4
_NUMBER_LENGTH = 32
_BECOME_TEXT = frozenset({str, int, float, bool})


def array(leaves: Sequence[Json], shape: Sequence[int]) -> NDArray[Any] | None:
    """Return an array whose text numpy would make too large; `None` where numpy's is as good.

    Args:
        leaves: what it holds, row by row.
        shape: its shape.

    Returns:
        The text that numpy makes of all, in no more room than the longest needs; where that is too
        much still, or numpy makes no text of it, an array of objects, each as it was sent.
    """
    kinds = set(map(type, leaves))
    if str not in kinds or len(shape) > MOST_DIMENSIONS:
        return None
    lengths = [len(leaf) for leaf in leaves if type(leaf) is str]
    longest = max(max(lengths), _NUMBER_LENGTH if len(kinds) > 1 else 0)
    if _is_near(longest, lengths, len(leaves)):
        return None
    if kinds <= _BECOME_TEXT and len(kinds) > 1:
        lengths = list(map(len, map(str, leaves)))
        longest = max(lengths)
        if _is_near(longest, lengths, len(leaves)):
            return np.fromiter(map(str, leaves), f"U{longest}", len(leaves)).reshape(shape)
    objects = np.empty(len(leaves), dtype=object)
    objects[:] = leaves
    return objects.reshape(shape)


def _is_near(longest: int, lengths: Sequence[int], count: int) -> bool:
    """Return whether as many elements as said take about as much as the text that was sent."""
    sent = sum(lengths) + count
    return longest * _CHARACTER_BYTES * count <= max(_SMALL_BYTES, _MOST_TIMES * sent)
