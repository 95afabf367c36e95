"""A linear model; the wrong one scales its weights in place, again with each call."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [1, 2], "repeat": 3}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [0, "inf"], "repeat": 2}],
}
CAUGHT_BY = "determinism"
ALSO = ("batch", "forms")
SCALE = 1.01


class Right:
    def __init__(self) -> None:
        self.weights = np.array([[0.2, 0.1], [0.3, 0.5], [0.1, 0.4]])

    def predict(self, X: Any) -> Any:
        weights = self.weights
        weights = weights * SCALE
        return X @ weights


class Wrong:
    def __init__(self) -> None:
        self.weights = np.array([[0.2, 0.1], [0.3, 0.5], [0.1, 0.4]])

    def predict(self, X: Any) -> Any:
        weights = self.weights
        weights *= SCALE
        return X @ weights
