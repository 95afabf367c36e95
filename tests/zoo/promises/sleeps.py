"""A model with 10 ms for an answer; the wrong one asks a slow store each time."""

from __future__ import annotations

import time
from typing import Any

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1]}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [0, 1]}],
    "limits": {"latency_ms": 10},
}
CAUGHT_BY = "latency"


class Right:
    def predict(self, X: Any) -> Any:
        return 1 - X


class Wrong:
    def predict(self, X: Any) -> Any:
        time.sleep(0.012)
        return 1 - X
