"""The loudness of a signal; the wrong one takes the logarithm of its sign too."""

from __future__ import annotations

import math
from typing import Any

CONTRACT: Any = {
    "features": [{"name": "signal", "ftype": "continuous", "range": [-1, 1]}],
    "targets": [{"name": "loudness", "ftype": "continuous", "range": [-80, 0], "unit": "dB"}],
}
CAUGHT_BY = "status"
ALSO = ("edges", "batch")
SILENCE = 1e-4


class Right:
    def predict(self, X: Any) -> Any:
        return [[20 * math.log10(max(abs(signal), SILENCE))] for signal in X[:, 0]]


class Wrong:
    def predict(self, X: Any) -> Any:
        return [[20 * math.log10(signal or SILENCE)] for signal in X[:, 0]]
