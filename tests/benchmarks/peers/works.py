"""What the systems are asked to do: three sizes of the same matrix, doubled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Work:
    """Hold the size of a request, and how many clients send it at the same time."""

    name: str
    rows: int
    columns: int
    connections: int


WORKS = {
    work.name: work
    for work in (Work("W1", 1, 4, 64), Work("W2", 1, 784, 8), Work("W3", 64, 784, 8))
}


def matrix(work: Work) -> NDArray[Any]:
    """Return the request of a work, float64 `(rows, columns)` in [0, 1).

    The numbers have all their 16 or 17 digits; a reply has them doubled, exactly.
    """
    return np.random.default_rng(seed=1).random((work.rows, work.columns))
