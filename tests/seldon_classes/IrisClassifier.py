import json
import logging
import os
from typing import Dict, Iterable, List, Union

import numpy as np
from seldon_core.user_model import SeldonComponent

logger = logging.getLogger(__name__)

CLASS_NAMES = ["iris-setosa", "iris-versicolor", "iris-virginica"]


class IrisClassifier(SeldonComponent):
    """
    Softmax regression on the four iris measurements.

    Parameters
    ----------
    model_file
       Name of the weights file, looked up next to this module
    decimals
       The number of decimals of the returned probabilities
    """

    def __init__(self, model_file: str = "iris_weights.json", decimals: int = 4):
        super(IrisClassifier, self).__init__()
        self.model_file = model_file
        self.decimals = decimals
        self.ready = False
        self._last_class = None
        print("Initializing IrisClassifier with", model_file)

    def load(self):
        here = os.path.dirname(os.path.abspath(__file__))
        with open(os.path.join(here, self.model_file)) as f:
            weights = json.load(f)
        self._coef = np.array(weights["coef"])
        self._intercept = np.array(weights["intercept"])
        self.version = weights["version"]
        self.ready = True
        logger.info("Loaded weights, version %s", self.version)

    def predict(
        self, X: np.ndarray, names: Iterable[str], meta: Dict = None
    ) -> Union[np.ndarray, List, str, bytes]:
        if not self.ready:
            self.load()
        logger.debug("Predicting %s with names %s and meta %s", X, names, meta)
        scores = np.dot(X, self._coef.T) + self._intercept
        exps = np.exp(scores - scores.max(axis=1, keepdims=True))
        probs = exps / exps.sum(axis=1, keepdims=True)
        self._last_class = CLASS_NAMES[int(probs[0].argmax())]
        return np.round(probs, self.decimals)

    def class_names(self) -> Iterable[str]:
        return CLASS_NAMES

    def tags(self) -> Dict:
        return {"model": "iris", "version": self.version, "first": self._last_class}
