"""A score; the wrong one answers with a dict, as its notebook did."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1], "repeat": 2}],
    "targets": [{"name": "score", "ftype": "continuous", "range": [0, 1]}],
}
CAUGHT_BY = "payload"


class Right:
    def predict(self, X: Any) -> Any:
        scores = X.mean(axis=1)
        return scores.reshape(-1, 1)


class Wrong:
    def predict(self, X: Any) -> Any:
        scores = X.mean(axis=1)
        return {"score": scores.tolist()}
