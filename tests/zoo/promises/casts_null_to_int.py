"""A decade of birth that may be unknown; the wrong one makes a whole number of what is missing."""

from __future__ import annotations

import math
from typing import Any

CONTRACT: Any = {
    "features": [
        {
            "name": "born",
            "dtype": "INT",
            "ftype": "continuous",
            "range": [1900, 2020],
            "nullable": True,
        }
    ],
    "targets": [{"name": "decade", "dtype": "INT", "ftype": "continuous", "range": [-1, 12]}],
}
CAUGHT_BY = "edges"
ALSO = ("status", "batch")


class Right:
    def predict(self, X: Any) -> Any:
        return [[self._decade(born)] for born in X[:, 0]]

    def _decade(self, born: float | None) -> int:
        if born is None or math.isnan(born):
            return -1
        return (int(born) - 1900) // 10


class Wrong:
    def predict(self, X: Any) -> Any:
        return [[self._decade(born)] for born in X[:, 0]]

    def _decade(self, born: Any) -> int:
        return (int(born) - 1900) // 10
