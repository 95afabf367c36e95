import json
import os

import numpy as np
from seldon_core.user_model import SeldonComponent


class WineQuality(SeldonComponent):
    """Says what it takes and returns in its metadata."""

    def __init__(self):
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wine_features.json")
        with open(path) as f:
            self.features = json.load(f)

    def predict(self, X, names=[], meta={}):
        order = [list(names).index(name) for name in self.features] if len(names) else slice(None)
        X = np.array(X)[:, order]
        return (X @ np.array([2, -1, 0.5])).reshape(-1, 1)

    def class_names(self):
        return ["quality"]

    def feature_names(self):
        return self.features

    def health_status(self):
        quality = self.predict(np.zeros((1, 3)))
        assert quality.shape == (1, 1), "health check returning bad predictions"
        return quality

    def init_metadata(self):
        return {
            "name": "wine-quality",
            "versions": ["wine-quality/v3"],
            "platform": "seldon",
            "inputs": [
                {
                    "messagetype": "tensor",
                    "schema": {"names": self.features, "shape": [len(self.features)]},
                }
            ],
            "outputs": [{"messagetype": "tensor", "schema": {"shape": [1]}}],
            "custom": {"author": "seldon-dev", "extra": "information"},
        }
