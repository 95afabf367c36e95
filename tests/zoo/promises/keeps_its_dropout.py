"""A network; the wrong one drops out units while it predicts, as it did while it learned."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [1, 2], "repeat": 8}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [0, "inf"]}],
}
CAUGHT_BY = "determinism"
ALSO = ("batch", "forms")


class Right:
    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        self.weights = np.linspace(0.1, 0.8, 8)

    def predict(self, X: Any) -> Any:
        return (X @ self.weights).reshape(-1, 1)


class Wrong:
    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)
        self.weights = np.linspace(0.1, 0.8, 8)

    def predict(self, X: Any) -> Any:
        keep = self.rng.random(8)
        return (X @ (self.weights * keep)).reshape(-1, 1)
