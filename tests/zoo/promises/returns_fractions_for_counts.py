"""How many visitors will come; the wrong one returns the regression as it is."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "temperature", "ftype": "continuous", "range": [-10, 40]}],
    "targets": [{"name": "visitors", "dtype": "INT", "ftype": "continuous", "range": [0, "inf"]}],
}
CAUGHT_BY = "type"


class Right:
    def predict(self, X: Any) -> Any:
        return np.rint(np.exp(0.13 * X + 2))


class Wrong:
    def predict(self, X: Any) -> Any:
        return np.exp(0.13 * X + 2)
