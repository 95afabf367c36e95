"""A distance from a signed offset; the wrong one takes the root of what may be below zero."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "offset", "ftype": "continuous", "range": [-100, 100]}],
    "targets": [{"name": "distance", "ftype": "continuous", "range": [0, 10]}],
}
CAUGHT_BY = "finite"


class Right:
    def predict(self, X: Any) -> Any:
        return np.sqrt(np.abs(X))


class Wrong:
    def predict(self, X: Any) -> Any:
        with np.errstate(invalid="ignore"):
            return np.sqrt(X)
