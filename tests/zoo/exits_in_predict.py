"""A model that ends the process when it is asked to."""

import sys


class Model:
    def predict(self, X: object) -> object:
        if X == "exit":
            sys.exit("enough")
        return X
