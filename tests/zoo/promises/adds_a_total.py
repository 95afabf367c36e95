"""The cost of each line of an order; the wrong one puts their sum below, as in a spreadsheet."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [
        {"name": "amount", "dtype": "INT", "ftype": "continuous", "range": [1, 100]},
        {"name": "price", "dtype": "FLOAT", "ftype": "continuous", "range": [0, 1000]},
    ],
    "targets": [{"name": "cost", "dtype": "FLOAT", "ftype": "continuous", "range": [0, "inf"]}],
}
CAUGHT_BY = "rows"
ALSO = ("batch",)


class Right:
    def predict(self, X: Any) -> Any:
        return X[:, :1] * X[:, 1:]


class Wrong:
    def predict(self, X: Any) -> Any:
        costs = X[:, :1] * X[:, 1:]
        return np.vstack([costs, costs.sum(axis=0)])
