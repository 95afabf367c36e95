"""The letters of a name, counted; the wrong one has a buffer for names of everyday length."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "name", "dtype": "STRING", "maxLength": 40}],
    "targets": [{"name": "code", "ftype": "continuous", "range": [0, "inf"]}],
}
CAUGHT_BY = "edges"
ALSO = ("status", "batch")


class Right:
    def predict(self, X: Any) -> Any:
        return [[self._code(name)] for name in X[:, 0]]

    def _code(self, name: str) -> float:
        letters = np.zeros(40)
        letters[: len(name)] = [ord(letter) for letter in name]
        return float(letters.mean())


class Wrong:
    def predict(self, X: Any) -> Any:
        return [[self._code(name)] for name in X[:, 0]]

    def _code(self, name: str) -> float:
        letters = np.zeros(30)
        letters[: len(name)] = [ord(letter) for letter in name]
        return float(letters.mean())
