"""A price; the wrong one rounds it by writing it."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "net", "ftype": "continuous", "range": [0, 1000]}],
    "targets": [{"name": "gross", "ftype": "continuous", "range": [0, 1190]}],
}
CAUGHT_BY = "type"


class Right:
    def predict(self, X: Any) -> Any:
        return [[round(net * 1.19, 2)] for net in X[:, 0]]


class Wrong:
    def predict(self, X: Any) -> Any:
        return [[f"{net * 1.19:.2f}"] for net in X[:, 0]]
