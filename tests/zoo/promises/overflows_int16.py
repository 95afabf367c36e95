"""The value of a stock; the wrong one saves memory with int16, and 300 times 200 is below zero."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [
        {"name": "items", "dtype": "INT", "ftype": "continuous", "range": [0, 1000]},
        {"name": "price", "dtype": "INT", "ftype": "continuous", "range": [0, 1000]},
    ],
    "targets": [{"name": "value", "dtype": "INT", "ftype": "continuous", "range": [0, 1000000]}],
}
CAUGHT_BY = "range"


class Right:
    def predict(self, X: Any) -> Any:
        X = X.astype(np.int32)
        return X[:, :1] * X[:, 1:]


class Wrong:
    def predict(self, X: Any) -> Any:
        X = X.astype(np.int16)
        return X[:, :1] * X[:, 1:]
