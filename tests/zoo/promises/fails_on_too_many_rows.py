"""A model for up to 16 rows; the wrong one says to a longer request that the fault is its own."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1]}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [0, 1]}],
    "limits": {"rows": 16},
}
CAUGHT_BY = "too_many_rows"
MOST_ROWS = 16


class SeldonMicroserviceException(Exception):
    status_code = 413


class Right:
    def predict(self, X: Any) -> Any:
        if len(X) > MOST_ROWS:
            raise SeldonMicroserviceException(f"expected at most {MOST_ROWS} rows, got {len(X)}")
        return X


class Wrong:
    def predict(self, X: Any) -> Any:
        if len(X) > MOST_ROWS:
            raise ValueError(f"expected at most {MOST_ROWS} rows, got {len(X)}")
        return X
