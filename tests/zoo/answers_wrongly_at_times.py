"""A model that gives every hundredth caller another answer."""

from __future__ import annotations

import itertools
from typing import Any

from numpy.typing import NDArray


class AnswersWronglyAtTimes:
    def __init__(self) -> None:
        self._calls = itertools.count(1)

    def predict(self, X: NDArray[Any]) -> NDArray[Any]:
        return X * 2 + (next(self._calls) % 100 == 0)
