"""A model that learns from rewards; the wrong one reads the truth, which need not be there."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1]}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [0, 1]}],
}
CAUGHT_BY = "feedback"


class Right:
    def __init__(self) -> None:
        self.reward = 0.0

    def predict(self, X: Any) -> Any:
        return X

    def send_feedback(self, X: Any, names: Any, reward: float, truth: Any) -> None:
        self.reward += reward * len(X)


class Wrong:
    def __init__(self) -> None:
        self.reward = 0.0

    def predict(self, X: Any) -> Any:
        return X

    def send_feedback(self, X: Any, names: Any, reward: float, truth: Any) -> None:
        self.reward += reward * len(X) * truth[0][0]
