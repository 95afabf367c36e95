"""The number of a class, 0 to 2; the wrong one was trained on labels from 1 to 3."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1], "repeat": 3}],
    "targets": [{"name": "class", "dtype": "INT", "ftype": "continuous", "range": [0, 2]}],
}
CAUGHT_BY = "range"


class Right:
    def predict(self, X: Any) -> Any:
        return np.argmax(X, axis=1)[:, np.newaxis]


class Wrong:
    def predict(self, X: Any) -> Any:
        return np.argmax(X, axis=1)[:, np.newaxis] + 1
