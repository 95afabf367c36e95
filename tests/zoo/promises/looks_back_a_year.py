"""The weekday a year before; the wrong one does not know what was a year before a leap day."""

from __future__ import annotations

import datetime
from typing import Any

CONTRACT: Any = {
    "features": [
        {
            "name": "at",
            "dtype": "DATETIME",
            "range": ["2020-03-01T00:00:00Z", "2024-02-29T06:00:00Z"],
        }
    ],
    "targets": [{"name": "weekday", "dtype": "INT", "ftype": "continuous", "range": [0, 6]}],
}
CAUGHT_BY = "edges"
ALSO = ("status", "batch")


class Right:
    def predict(self, X: Any) -> Any:
        return [[self._before(self._read(text)).weekday()] for text in X[:, 0]]

    def _read(self, text: str) -> datetime.datetime:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))

    def _before(self, at: datetime.datetime) -> datetime.datetime:
        return at - datetime.timedelta(days=365)


class Wrong:
    def predict(self, X: Any) -> Any:
        return [[self._before(self._read(text)).weekday()] for text in X[:, 0]]

    def _read(self, text: str) -> datetime.datetime:
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))

    def _before(self, at: datetime.datetime) -> datetime.datetime:
        return at.replace(year=at.year - 1)
