"""Two probabilities; the wrong one names but the class that people ask about."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1]}],
    "targets": [
        {"name": "stays", "ftype": "continuous", "range": [0, 1]},
        {"name": "leaves", "ftype": "continuous", "range": [0, 1]},
    ],
}
CAUGHT_BY = "names"


class Right:
    def predict(self, X: Any) -> Any:
        return np.hstack([1 - X, X])

    def class_names(self) -> list[str]:
        return ["stays", "leaves"]


class Wrong:
    def predict(self, X: Any) -> Any:
        return np.hstack([1 - X, X])

    def class_names(self) -> list[str]:
        return ["leaves"]
