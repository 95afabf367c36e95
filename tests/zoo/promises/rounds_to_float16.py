"""A sum of money; the wrong one computes with half precision, which keeps three digits."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "money", "ftype": "continuous", "range": [0, 9000], "repeat": 3}],
    "targets": [{"name": "total", "ftype": "continuous", "range": [0, "inf"]}],
    "samples": [
        {"input": [1234.56, 2345.67, 3456.78], "output": [7037.01]},
        {"input": [1, 2, 3], "output": [6]},
    ],
}
CAUGHT_BY = "samples"


class Right:
    def predict(self, X: Any) -> Any:
        return X.astype(np.float32).sum(axis=1, keepdims=True)


class Wrong:
    def predict(self, X: Any) -> Any:
        return X.astype(np.float16).sum(axis=1, keepdims=True)
