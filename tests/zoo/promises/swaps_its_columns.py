"""The body mass index of a weight and a height; the wrong one was trained with them in turn."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [
        {"name": "weight", "ftype": "continuous", "range": [1, 300], "unit": "kg"},
        {"name": "height", "ftype": "continuous", "range": [0.4, 2.5], "unit": "m"},
    ],
    "targets": [{"name": "bmi", "ftype": "continuous", "range": [0, "inf"], "unit": "kg/m²"}],
    "samples": [{"input": [80, 2], "output": [20]}, {"input": [50, 1.6], "output": [19.53125]}],
}
CAUGHT_BY = "samples"


class Right:
    def predict(self, X: Any) -> Any:
        weight, height = X.T
        return (weight / height**2).reshape(-1, 1)


class Wrong:
    def predict(self, X: Any) -> Any:
        height, weight = X.T
        return (weight / height**2).reshape(-1, 1)
