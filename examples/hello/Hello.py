"""The smallest model: it doubles what it is given."""


class Hello:
    """Double every number."""

    def predict(self, X, names):
        """Return two times `X`, a numpy array of shape `(n, 4)`."""
        return X * 2
