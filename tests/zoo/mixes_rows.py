"""A model that is right about each request alone, and gives each the row of another together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from soaks import Model as Right


class Model:
    def __init__(self) -> None:
        self._right = Right()
        self.class_names, self.tags = self._right.class_names, self._right.tags

    def predict(self, X: NDArray[np.float64], names: list[str]) -> NDArray[np.float64]:
        rows = self._right.predict(X, names)
        numbers = np.unique(X[:, 0])
        return np.roll(rows, 1, axis=0) if len(numbers) > 1 else rows

    def metrics(self) -> list[dict[str, Any]]:
        (counter,) = self._right.metrics()
        return [{**counter, "value": 1}]  # and it counts requests, not rows
