"""The light of an image; the wrong one sums its pixels as bytes, and keeps the remainder."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "image", "dtype": "IMAGE", "shape": [4, 4, 1]}],
    "targets": [{"name": "light", "dtype": "INT", "ftype": "continuous", "range": [0, 4080]}],
    "samples": [{"input": [[[200]] * 4] * 4, "output": [3200]}],
}
CAUGHT_BY = "samples"


class Right:
    def predict(self, X: Any) -> Any:
        pixels = X.astype(np.uint8)
        return pixels.sum(axis=(1, 2, 3), dtype=np.uint32).reshape(-1, 1)


class Wrong:
    def predict(self, X: Any) -> Any:
        pixels = X.astype(np.uint8)
        return pixels.sum(axis=(1, 2, 3), dtype=np.uint8).reshape(-1, 1)
