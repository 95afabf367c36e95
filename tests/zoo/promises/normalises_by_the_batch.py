"""A standardised score; the wrong one takes mean and deviation from the rows of the request."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 100], "repeat": 3}],
    "targets": [{"name": "score", "ftype": "continuous"}],
}
CAUGHT_BY = "batch"


class Right:
    def __init__(self) -> None:
        self.mean = np.float32(50.0)
        self.deviation = np.float32(29.0)

    def predict(self, X: Any) -> Any:
        X = X.astype(np.float32)
        scaled = (X - self.mean) / self.deviation
        return scaled.mean(axis=1, keepdims=True)


class Wrong:
    def __init__(self) -> None:
        self.mean = np.float32(50.0)
        self.deviation = np.float32(29.0)

    def predict(self, X: Any) -> Any:
        X = X.astype(np.float32)
        scaled = (X - X.mean()) / (X.std() + 1)
        return scaled.mean(axis=1, keepdims=True)
