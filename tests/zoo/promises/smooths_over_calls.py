"""A forecast; the wrong one smooths it with what it was asked before, by whomever."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "load", "ftype": "continuous", "range": [0, 1000]}],
    "targets": [{"name": "forecast", "ftype": "continuous", "range": [0, 2000]}],
}
CAUGHT_BY = "determinism"
ALSO = ("batch", "forms")


class Right:
    def __init__(self) -> None:
        self.level = 0.0

    def predict(self, X: Any) -> Any:
        return 0.7 * X + 0.3 * self.level


class Wrong:
    def __init__(self) -> None:
        self.level = 0.0

    def predict(self, X: Any) -> Any:
        self.level = 0.9 * self.level + 0.1 * float(X.mean())
        return 0.7 * X + 0.3 * self.level
