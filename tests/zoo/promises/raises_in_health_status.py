"""A model that says how it is; the wrong one misspells what it reads."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1]}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [0, 1]}],
}
CAUGHT_BY = "health"


class Right:
    def __init__(self) -> None:
        self.version = "7"

    def predict(self, X: Any) -> Any:
        return X

    def health_status(self) -> Any:
        return {"version": self.version}


class Wrong:
    def __init__(self) -> None:
        self.version = "7"

    def predict(self, X: Any) -> Any:
        return X

    def health_status(self) -> Any:
        return {"version": self.verison}  # type: ignore[attr-defined]  # that is what is wrong
