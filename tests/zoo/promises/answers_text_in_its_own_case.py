"""A text to a text; the wrong one forgets that shop codes are written in capitals."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "payload": "strData",
    "features": [{"name": "code", "dtype": "STRING", "pattern": "[a-z]{3}-[0-9]{2}"}],
    "targets": [],
    "samples": [{"input": "abc-12", "output": "ABC-12"}],
}
CAUGHT_BY = "samples"


class Right:
    def predict(self, X: Any) -> Any:
        return X.strip().upper()


class Wrong:
    def predict(self, X: Any) -> Any:
        return X.strip()
