"""A rating of each offer; the wrong one returns them best first."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 10], "repeat": 2}],
    "targets": [{"name": "rating", "ftype": "continuous", "range": [0, 20]}],
}
CAUGHT_BY = "batch"


class Right:
    def predict(self, X: Any) -> Any:
        ratings = X.sum(axis=1)
        return ratings.reshape(-1, 1)


class Wrong:
    def predict(self, X: Any) -> Any:
        ratings = X.sum(axis=1)
        return np.sort(ratings)[::-1].reshape(-1, 1)
