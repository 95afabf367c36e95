"""A band of income by a table of ten; the wrong one has none for the highest income itself."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "income", "dtype": "INT", "ftype": "continuous", "range": [0, 1000000]}],
    "targets": [{"name": "rate", "ftype": "continuous", "range": [0, 1]}],
}
CAUGHT_BY = "edges"
ALSO = ("status", "batch")
RATES = np.linspace(0.1, 0.5, 10)


class Right:
    def predict(self, X: Any) -> Any:
        bands = (X.astype(float) // 100_000).astype(int)
        return RATES[np.minimum(bands, 9)]


class Wrong:
    def predict(self, X: Any) -> Any:
        bands = (X.astype(float) // 100_000).astype(int)
        return RATES[bands]
