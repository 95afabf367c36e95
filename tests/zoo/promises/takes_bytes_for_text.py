"""How many letters a file has; the wrong one believes that every file is a text in UTF-8."""

from __future__ import annotations

import base64
from typing import Any

CONTRACT: Any = {
    "features": [{"name": "file", "dtype": "BYTES", "maxLength": 64}],
    "targets": [{"name": "letters", "dtype": "INT", "ftype": "continuous", "range": [0, 64]}],
}
CAUGHT_BY = "status"
ALSO = ("edges", "batch")


class Right:
    def predict(self, X: Any) -> Any:
        return [[self._letters(base64.b64decode(file))] for file in X[:, 0]]

    def _letters(self, file: bytes) -> int:
        return sum(letter.isalpha() for letter in file.decode("utf-8", "replace"))


class Wrong:
    def predict(self, X: Any) -> Any:
        return [[self._letters(base64.b64decode(file))] for file in X[:, 0]]

    def _letters(self, file: bytes) -> int:
        return sum(letter.isalpha() for letter in file.decode("utf-8"))
