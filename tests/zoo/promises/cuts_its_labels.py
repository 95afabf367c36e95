"""A label; the wrong one writes long labels into an array of short ones, and numpy cuts them."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "risk", "ftype": "continuous", "range": [0, 1]}],
    "targets": [{"name": "advice", "ftype": "categorical", "values": ["buy", "hold"]}],
}
CAUGHT_BY = "category"


class Right:
    def predict(self, X: Any) -> Any:
        labels = np.full(X.shape, "buy", dtype=object)
        labels[X > 0.5] = "hold"
        return labels


class Wrong:
    def predict(self, X: Any) -> Any:
        labels = np.full(X.shape, "buy")
        labels[X > 0.5] = "hold"
        return labels
