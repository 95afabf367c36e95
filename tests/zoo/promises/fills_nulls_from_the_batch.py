"""A demand where the price may be missing; the wrong one fills in the mean of the other rows."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [
        {"name": "stock", "ftype": "continuous", "range": [0, 100]},
        {"name": "price", "ftype": "continuous", "range": [1, 500], "nullable": True},
    ],
    "targets": [{"name": "demand", "ftype": "continuous", "range": [0, 100]}],
}
CAUGHT_BY = "batch"
USUAL_PRICE = 120.0


class Right:
    def predict(self, X: Any) -> Any:
        X = np.asarray(X, dtype=float)
        stock, price = X.T
        price = np.where(np.isnan(price), USUAL_PRICE, price)
        return (stock / (1 + price)).reshape(-1, 1)


class Wrong:
    def predict(self, X: Any) -> Any:
        X = np.asarray(X, dtype=float)
        stock, price = X.T
        known = price[~np.isnan(price)]
        price = np.where(np.isnan(price), known.mean() if len(known) else USUAL_PRICE, price)
        return (stock / (1 + price)).reshape(-1, 1)
