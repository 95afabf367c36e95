"""The order of a size, which may be 0; the wrong one takes its logarithm even then."""

from __future__ import annotations

import math
from typing import Any

CONTRACT: Any = {
    "features": [{"name": "size", "dtype": "INT", "ftype": "continuous", "range": [0, 1000000]}],
    "targets": [{"name": "order", "ftype": "continuous", "range": [0, 20]}],
}
CAUGHT_BY = "edges"
ALSO = ("status", "batch")
MODE = "strict"


class Right:
    def predict(self, X: Any) -> Any:
        return [[math.log1p(size)] for size in X[:, 0]]


class Wrong:
    def predict(self, X: Any) -> Any:
        return [[math.log(size)] for size in X[:, 0]]
