"""The price of a piece, null where there is none; the wrong one says infinity."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [
        {"name": "price", "ftype": "continuous", "range": [1, 100]},
        {"name": "pieces", "dtype": "INT", "ftype": "continuous", "range": [0, 3]},
    ],
    "targets": [
        {"name": "each", "ftype": "continuous", "range": [0, "inf"], "nullable": True},
    ],
}
CAUGHT_BY = "forms"


class Right:
    def predict(self, X: Any) -> Any:
        price, pieces = X.T
        known = np.where(pieces > 0, price, np.nan)
        return (known / np.maximum(pieces, 1)).reshape(-1, 1)


class Wrong:
    def predict(self, X: Any) -> Any:
        price, pieces = X.T
        known = np.where(pieces > 0, price, np.inf)
        return (known / np.maximum(pieces, 1)).reshape(-1, 1)
