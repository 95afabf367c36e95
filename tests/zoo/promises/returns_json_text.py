"""A score; the wrong one makes JSON of it itself, which is then a text in JSON."""

from __future__ import annotations

import json
from typing import Any

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1], "repeat": 2}],
    "targets": [{"name": "score", "ftype": "continuous", "range": [0, 1]}],
}
CAUGHT_BY = "payload"


class Right:
    def predict(self, X: Any) -> Any:
        return X.max(axis=1, keepdims=True)


class Wrong:
    def predict(self, X: Any) -> Any:
        return json.dumps(X.max(axis=1, keepdims=True).tolist())
