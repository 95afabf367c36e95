"""A probability; the wrong one returns the log-odds that it is made of."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [-3, 3], "repeat": 3}],
    "targets": [{"name": "p", "ftype": "continuous", "range": [0, 1]}],
}
CAUGHT_BY = "range"
WEIGHTS = np.array([[0.7], [-1.1], [0.4]])


class Right:
    def predict(self, X: Any) -> Any:
        return 1 / (1 + np.exp(-(X @ WEIGHTS)))


class Wrong:
    def predict(self, X: Any) -> Any:
        return X @ WEIGHTS
