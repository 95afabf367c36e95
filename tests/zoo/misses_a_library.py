"""A model whose library is not installed."""

import no_such_library  # type: ignore[import-not-found]  # that it is missing is the point


class Model:
    def predict(self, X: object) -> object:
        return no_such_library.predict(X)
