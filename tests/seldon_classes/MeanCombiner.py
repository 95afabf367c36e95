import logging

import numpy as np

logger = logging.getLogger(__name__)


class MeanCombiner(object):
    def aggregate(self, Xs, features_names):
        """
        Average the answers of the models below; the first one says what the classes are.

        Parameters
        ----------
        Xs : list of numpy arrays of the same shape, one of each model
        features_names : list of the column names of each
        """
        logger.info("Received from predictors: %s", Xs)
        shapes = set(np.shape(X) for X in Xs)
        if len(shapes) > 1:
            raise ValueError("Expected answers of one shape, got {}".format(sorted(shapes)))
        self.names = [str(name) for name in features_names[0]]
        self.n = len(Xs)
        return np.mean(Xs, axis=0)

    def class_names(self):
        return self.names

    def tags(self):
        return {"combined": self.n}

    def metrics(self):
        return [{"type": "COUNTER", "key": "combined_answers", "value": self.n}]
