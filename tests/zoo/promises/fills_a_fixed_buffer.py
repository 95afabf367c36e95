"""A model for up to 64 rows; the wrong one has a buffer for 50."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1], "repeat": 2}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [0, 2]}],
    "limits": {"rows": 64},
}
CAUGHT_BY = "edges"
MODE = "strict"


class Right:
    def __init__(self) -> None:
        self.buffer = np.zeros((64, 2))

    def predict(self, X: Any) -> Any:
        self.buffer[: len(X)] = X
        return self.buffer[: len(X)].sum(axis=1, keepdims=True)


class Wrong:
    def __init__(self) -> None:
        self.buffer = np.zeros((50, 2))

    def predict(self, X: Any) -> Any:
        self.buffer[: len(X)] = X
        return self.buffer[: len(X)].sum(axis=1, keepdims=True)
