"""A label of three; the wrong one has no answer in the middle."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "score", "ftype": "continuous", "range": [0, 100]}],
    "targets": [{"name": "grade", "ftype": "categorical", "values": ["fail", "resit", "pass"]}],
}
CAUGHT_BY = "category"


class Right:
    def predict(self, X: Any) -> Any:
        return [[self._grade(score)] for score in X[:, 0]]

    def _grade(self, score: float) -> str | None:
        if score < 40:
            return "fail"
        if score >= 60:
            return "pass"
        return "resit"


class Wrong:
    def predict(self, X: Any) -> Any:
        return [[self._grade(score)] for score in X[:, 0]]

    def _grade(self, score: float) -> str | None:
        if score < 40:
            return "fail"
        if score >= 60:
            return "pass"
        return None
