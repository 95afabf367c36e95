"""Whether a payment is suspect; the wrong one says True and False in words."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "amount", "ftype": "continuous", "range": [0, 5000]}],
    "targets": [{"name": "is_suspect", "dtype": "BOOL"}],
}
CAUGHT_BY = "category"


class Right:
    def predict(self, X: Any) -> Any:
        return X > 1000


class Wrong:
    def predict(self, X: Any) -> Any:
        return (X > 1000).astype(str)
