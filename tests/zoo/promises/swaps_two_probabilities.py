"""Two probabilities; the wrong one returns them in the order in which training met the classes."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [-4, 4]}],
    "targets": [
        {"name": "no", "ftype": "continuous", "range": [0, 1]},
        {"name": "yes", "ftype": "continuous", "range": [0, 1]},
    ],
    "samples": [
        {"input": [0], "output": [0.5, 0.5]},
        {"input": [2], "output": [0.119203, 0.880797]},
    ],
}
CAUGHT_BY = "samples"


class Right:
    def predict(self, X: Any) -> Any:
        yes = 1 / (1 + np.exp(-X))
        return np.hstack([1 - yes, yes])


class Wrong:
    def predict(self, X: Any) -> Any:
        yes = 1 / (1 + np.exp(-X))
        return np.hstack([yes, 1 - yes])
