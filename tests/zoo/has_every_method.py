"""A model that can be any node of a graph."""

from __future__ import annotations

from typing import Any


class Model:
    def predict(self, X: Any) -> Any:
        return X

    def transform_input(self, X: Any) -> Any:
        return X * 2

    def transform_output(self, X: Any) -> Any:
        return X / 2

    def route(self, X: Any) -> int:
        return 1

    def aggregate(self, Xs: list[Any], names: Any) -> Any:
        return sum(Xs) / len(Xs)

    def send_feedback(self, X: Any, names: Any, reward: float, truth: Any, routing: Any) -> None:
        assert routing in (None, 1)

    def metrics(self) -> list[dict[str, Any]]:
        return [{"type": "COUNTER", "key": "calls", "value": 1}]
