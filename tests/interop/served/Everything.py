"""A model with every method, which says in its reply what it was given."""

import numpy as np


class Everything:
    """Return each payload in its own form, and the names as a tag."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def predict(self, X, names, meta=None):
        """Return what came."""
        self.names = [str(name) for name in names]
        return X

    def transform_input(self, X, names, meta=None):
        """Return an array doubled."""
        return self.predict(X, names) * 2

    def transform_output(self, X, names, meta=None):
        """Return an array halved."""
        return self.predict(X, names) / 2

    def route(self, X, names, meta=None):
        """Return the number of columns, or of characters."""
        self.names = [str(name) for name in names]
        return len(X) if isinstance(X, (str, bytes)) else int(np.shape(X)[1])

    def aggregate(self, Xs, names):
        """Return the sum of arrays, or joined texts or bytes."""
        self.names = [str(name) for each in names for name in each]
        if isinstance(Xs[0], (str, bytes)):
            return type(Xs[0])().join(Xs)
        return np.sum(Xs, axis=0)

    def send_feedback(self, X, names, reward, truth, routing=None):
        """Return the parts of the feedback; absent arrays are shown by their size, 0."""
        self.names = [str(name) for name in names]
        sizes = {"features": np.size(X), "truth": np.size(truth)}
        return {"sizes": sizes, "sum": float(np.sum(X)), "reward": reward, "routing": routing}

    def tags(self):
        """Return the names of the last call."""
        return {"names": self.names}
