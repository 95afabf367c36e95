"""A model that ends the process while it is loaded."""

import sys


class Model:
    def load(self) -> None:
        sys.exit("no licence")

    def predict(self, X: object) -> object:
        return X
