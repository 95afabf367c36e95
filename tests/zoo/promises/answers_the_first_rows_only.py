"""A model for up to 50 rows; the wrong one answers the first page of 20."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [-5, 5], "repeat": 2}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [-10, 10]}],
    "limits": {"rows": 50},
}
CAUGHT_BY = "rows"
ALSO = ("batch",)
PAGE = 20


class Right:
    def predict(self, X: Any) -> Any:
        return X.sum(axis=1, keepdims=True)


class Wrong:
    def predict(self, X: Any) -> Any:
        return X[:PAGE].sum(axis=1, keepdims=True)
