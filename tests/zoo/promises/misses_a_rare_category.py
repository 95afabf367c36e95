"""The zone of a country; the wrong one has a table without the last of 400."""

from __future__ import annotations

from typing import Any

COUNTRIES = [f"C{number:03}" for number in range(400)]
CONTRACT: Any = {
    "features": [{"name": "country", "ftype": "categorical", "values": COUNTRIES}],
    "targets": [{"name": "zone", "dtype": "INT", "ftype": "continuous", "range": [0, 6]}],
}
CAUGHT_BY = "edges"
ALSO = ("status", "batch")
MODE = "strict"


class Right:
    def __init__(self) -> None:
        self.zones = {country: index % 7 for index, country in enumerate(COUNTRIES)}

    def predict(self, X: Any) -> Any:
        return [[self.zones[country]] for country in X[:, 0]]


class Wrong:
    def __init__(self) -> None:
        self.zones = {country: index % 7 for index, country in enumerate(COUNTRIES[:-1])}

    def predict(self, X: Any) -> Any:
        return [[self.zones[country]] for country in X[:, 0]]
