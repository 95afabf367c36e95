import os
from typing import Dict, List, Optional, Union

import numpy as np
from seldon_core.user_model import SeldonComponent


class OutlierDetector(SeldonComponent):
    """Flags rows that are far from the training data; lets the data through as it is.

    Deployed as a TRANSFORMER in front of the model. The tag `outlier-predictions` holds a 0 or 1
    for each row, and the metrics count what was seen.
    """

    def __init__(self, threshold: float = 3.0, stats_file: str = "outlier_stats.csv", **kwargs):
        super().__init__(**kwargs)
        self.threshold = threshold
        self.stats_file = stats_file
        self.unknown = sorted(kwargs)
        self.scores = np.zeros(0)

    def load(self) -> None:
        path = os.path.join(os.path.dirname(__file__), self.stats_file)
        self.mean, self.std = np.loadtxt(path, delimiter=",")

    def _is_outlier(self) -> np.ndarray:
        return (self.scores > self.threshold).astype(int)

    def transform_input(
        self, X: np.ndarray, names: Optional[List[str]], meta: Dict = None
    ) -> Union[np.ndarray, List]:
        self.scores = np.abs((np.asarray(X, dtype=float) - self.mean) / self.std).max(axis=1)
        return X

    def tags(self) -> Dict:
        return {
            "outlier-predictions": self._is_outlier().tolist(),
            "threshold": self.threshold,
            "unknown-parameters": self.unknown,
        }

    def metrics(self) -> List[Dict]:
        flagged = int(self._is_outlier().sum())
        return [
            {"type": "COUNTER", "key": "outliers", "value": flagged, "tags": {"kind": "zscore"}},
            {"type": "COUNTER", "key": "observations", "value": len(self.scores)},
            {"type": "GAUGE", "key": "max_score", "value": float(self.scores.max(initial=0))},
        ]
