"""A classifier that promises a probability for each class; the wrong one returns the best class."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [
        {"name": "x", "dtype": "FLOAT", "ftype": "continuous", "range": [0, 8], "repeat": 4}
    ],
    "targets": [
        {"name": "p", "dtype": "FLOAT", "ftype": "continuous", "range": [0, 1], "repeat": 3}
    ],
}
CAUGHT_BY = "shape"
WEIGHTS = np.array([[0.2, 0.1, -0.3], [0.5, -0.2, 0.1], [-0.6, 0.3, 0.4], [-0.4, -0.1, 0.6]])


class Right:
    def predict(self, X: Any) -> Any:
        scores = np.exp(X @ WEIGHTS)
        return scores / scores.sum(axis=1, keepdims=True)


class Wrong:
    def predict(self, X: Any) -> Any:
        scores = np.exp(X @ WEIGHTS)
        return scores.argmax(axis=1)
