"""Three probabilities by name; the wrong one sorts the names, but not the probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 2], "repeat": 3}],
    "targets": [
        {"name": "low", "ftype": "continuous", "range": [0, 1]},
        {"name": "middle", "ftype": "continuous", "range": [0, 1]},
        {"name": "high", "ftype": "continuous", "range": [0, 1]},
    ],
}
CAUGHT_BY = "names"
LEVELS = ["low", "middle", "high"]


class Right:
    def predict(self, X: Any) -> Any:
        scores = np.exp(X)
        return scores / scores.sum(axis=1, keepdims=True)

    def class_names(self) -> list[str]:
        return LEVELS


class Wrong:
    def predict(self, X: Any) -> Any:
        scores = np.exp(X)
        return scores / scores.sum(axis=1, keepdims=True)

    def class_names(self) -> list[str]:
        return sorted(LEVELS)
