"""Three probabilities by name; the wrong one has a name that nobody looks for."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 8], "repeat": 3}],
    "targets": [
        {"name": "setosa", "ftype": "continuous", "range": [0, 1]},
        {"name": "versicolor", "ftype": "continuous", "range": [0, 1]},
        {"name": "virginica", "ftype": "continuous", "range": [0, 1]},
    ],
}
CAUGHT_BY = "names"


class Right:
    class_names = ("setosa", "versicolor", "virginica")

    def predict(self, X: Any) -> Any:
        scores = np.exp(X)
        return scores / scores.sum(axis=1, keepdims=True)


class Wrong:
    class_names = ("setosa", "versicolour", "virginica")

    def predict(self, X: Any) -> Any:
        scores = np.exp(X)
        return scores / scores.sum(axis=1, keepdims=True)
