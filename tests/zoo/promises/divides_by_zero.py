"""The share of what was sold that came back; the wrong one divides by nothing sold."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [
        {"name": "returned", "dtype": "INT", "ftype": "continuous", "range": [0, 50]},
        {"name": "sold", "dtype": "INT", "ftype": "continuous", "range": [0, 5000]},
    ],
    "targets": [{"name": "rate", "dtype": "FLOAT", "ftype": "continuous", "range": [0, "inf"]}],
}
CAUGHT_BY = "finite"
ALSO = ("forms",)


class Right:
    def predict(self, X: Any) -> Any:
        X = X.astype(float)
        return X[:, :1] / np.maximum(X[:, 1:], 1)


class Wrong:
    def predict(self, X: Any) -> Any:
        X = X.astype(float)
        with np.errstate(all="ignore"):
            return X[:, :1] / X[:, 1:]
