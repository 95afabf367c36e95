"""A label; the wrong one forgets `inverse_transform`, and returns the label's number."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1], "repeat": 3}],
    "targets": [
        {
            "name": "animal",
            "dtype": "STRING",
            "ftype": "categorical",
            "values": ["cat", "cow", "dog"],
        }
    ],
}
CAUGHT_BY = "category"
LABELS = np.array(["cat", "cow", "dog"])


class Right:
    def predict(self, X: Any) -> Any:
        return LABELS[np.argmax(X, axis=1)].reshape(-1, 1)


class Wrong:
    def predict(self, X: Any) -> Any:
        return np.argmax(X, axis=1).reshape(-1, 1)
