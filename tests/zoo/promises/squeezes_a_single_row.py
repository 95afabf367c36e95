"""A score for each row; the wrong one squeezes its result, and a single row is then no list."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1], "repeat": 3}],
    "targets": [{"name": "score", "ftype": "continuous", "range": [0, 1]}],
}
CAUGHT_BY = "status"
ALSO = ("edges", "batch")
WEIGHTS = np.array([[0.2], [0.3], [0.5]])


class Right:
    def predict(self, X: Any) -> Any:
        scores = np.squeeze(X @ WEIGHTS, axis=1)
        return [[float(score)] for score in scores]


class Wrong:
    def predict(self, X: Any) -> Any:
        scores = np.squeeze(X @ WEIGHTS)
        return [[float(score)] for score in scores]
