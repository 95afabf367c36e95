"""A model that forgets to return."""


class Model:
    def predict(self, X: object) -> None: ...
