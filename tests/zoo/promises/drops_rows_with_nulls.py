"""A price that may be asked without the age; the wrong one drops such rows, as `dropna` does."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [
        {"name": "area", "ftype": "continuous", "range": [10, 400]},
        {"name": "age", "ftype": "continuous", "range": [0, 200], "nullable": True},
    ],
    "targets": [{"name": "price", "ftype": "continuous", "range": [0, "inf"]}],
}
CAUGHT_BY = "rows"
ALSO = ("batch",)
USUAL_AGE = 40.0


class Right:
    def predict(self, X: Any) -> Any:
        X = np.asarray(X, dtype=float)
        age = np.where(np.isnan(X[:, 1]), USUAL_AGE, X[:, 1])
        return (X[:, 0] * (250 - age)).reshape(-1, 1)


class Wrong:
    def predict(self, X: Any) -> Any:
        X = np.asarray(X, dtype=float)
        X = X[~np.isnan(X).any(axis=1)]
        return (X[:, 0] * (250 - X[:, 1])).reshape(-1, 1)
