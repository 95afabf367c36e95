"""A model that describes itself; the wrong one gives one version where the protocol has a list."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1]}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [0, 1]}],
}
CAUGHT_BY = "metadata"


class Right:
    def predict(self, X: Any) -> Any:
        return X

    def init_metadata(self) -> Any:
        return {"name": "copy", "versions": ["v1"], "platform": "numpy"}


class Wrong:
    def predict(self, X: Any) -> Any:
        return X

    def init_metadata(self) -> Any:
        return {"name": "copy", "versions": "v1", "platform": "numpy"}
