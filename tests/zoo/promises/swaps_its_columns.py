"""The rent of a flat by rooms and area; the wrong one was trained with the two in turn."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [
        {"name": "rooms", "dtype": "INT", "ftype": "continuous", "range": [1, 12]},
        {"name": "area", "ftype": "continuous", "range": [10, 400], "unit": "m²"},
    ],
    "targets": [{"name": "rent", "ftype": "continuous", "range": [0, "inf"], "unit": "EUR"}],
    "samples": [{"input": [3, 75], "output": [855]}, {"input": [1, 30.5], "output": [350]}],
}
CAUGHT_BY = "samples"


class Right:
    def predict(self, X: Any) -> Any:
        rooms, area = X.T
        return (30 * rooms + 10 * area + 15).reshape(-1, 1)


class Wrong:
    def predict(self, X: Any) -> Any:
        area, rooms = X.T
        return (30 * rooms + 10 * area + 15).reshape(-1, 1)
