"""A model that cannot be made without a parameter."""


class Model:
    def __init__(self, rate: float) -> None:
        self.rate = rate

    def predict(self, X: object) -> object:
        return X
