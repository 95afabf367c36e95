"""The rent of a flat by its city; the wrong one fails on a city that it never met."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [
        {"name": "city", "ftype": "categorical", "values": ["Bonn", "Kiel", "Ulm"]},
        {"name": "area", "ftype": "continuous", "range": [10, 200]},
    ],
    "targets": [{"name": "rent", "ftype": "continuous", "range": [0, "inf"]}],
}
CAUGHT_BY = "unknown_category"
RENTS = {"Bonn": 12.1, "Kiel": 10.4, "Ulm": 12.7}


class Right:
    def predict(self, X: Any) -> Any:
        return [[RENTS.get(city, 11.5) * float(area)] for city, area in X]


class Wrong:
    def predict(self, X: Any) -> Any:
        return [[RENTS[city] * float(area)] for city, area in X]
