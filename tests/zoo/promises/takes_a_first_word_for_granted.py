"""The length of a text's first word; the wrong one does not expect an empty text."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "text", "dtype": "STRING", "maxLength": 30}],
    "targets": [{"name": "letters", "dtype": "INT", "ftype": "continuous", "range": [0, 30]}],
}
CAUGHT_BY = "edges"
ALSO = ("status", "batch")


class Right:
    def predict(self, X: Any) -> Any:
        return [[len((text.split() or [""])[0])] for text in X[:, 0]]


class Wrong:
    def predict(self, X: Any) -> Any:
        return [[len(text.split()[0])] for text in X[:, 0]]
