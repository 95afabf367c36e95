"""Models that are asked with rows of several requests: some that mix them up, some that may not.

`SAID` is a part of why a model is refused where requests are to be joined; "" where it is not.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1], "repeat": 2}],
    "targets": [{"name": "y", "ftype": "continuous", "repeat": 2}],
}


class SubtractsTheBatchMean:
    SAID: ClassVar[str] = "the model mixes rows: y:0 of the row ["

    def predict(self, X: Any) -> Any:
        return X - X.mean(axis=0)


class SortsItsRows:
    SAID: ClassVar[str] = "the model mixes rows: y:0 of the row ["

    def predict(self, X: Any) -> Any:
        return X[X[:, 0].argsort()]


class MixesTheLastRowUpFromFive:
    SAID: ClassVar[str] = "among 8 rows"

    def predict(self, X: Any) -> Any:
        return np.vstack([X[:4], X[4:] + 1])


class ReturnsFewerRows:
    SAID: ClassVar[str] = "together cannot be split: expected an array of 2 rows, got the shape [1"

    def predict(self, X: Any) -> Any:
        return X[:1]


class ReturnsMoreRows:
    SAID: ClassVar[str] = "together cannot be split: expected an array of 2 rows, got the shape [3"

    def predict(self, X: Any) -> Any:
        return X if len(X) == 1 else np.vstack([X, X[:1]])


class ReturnsOneNumberForAll:
    SAID: ClassVar[str] = "expected an array of 2 rows, got a single value: "

    def predict(self, X: Any) -> Any:
        return float(X.sum())


class ReturnsText:
    SAID: ClassVar[str] = "expected an array of 2 rows, got text data: 'fine'"

    def predict(self, X: Any) -> Any:
        return "fine"


class SqueezesASingleRow:
    SAID: ClassVar[str] = "has shape [1, 2] in place of [2] among 2 rows"

    def predict(self, X: Any) -> Any:
        return X.squeeze()


class NamesItsColumnsByTheBatch:
    SAID: ClassVar[str] = "has names ['b', 'a'] in place of ['a', 'b'] among 2 rows"
    class_names: Any = None

    def predict(self, X: Any) -> Any:
        self.class_names = ["a", "b"] if len(X) == 1 else ["b", "a"]
        return X


class RaisesForSeveralRows:
    SAID: ClassVar[str] = "2 rows, each answered alone, fail together: ValueError: one at a time"

    def predict(self, X: Any) -> Any:
        if len(X) > 1:
            raise ValueError("one at a time")
        return X


class RaisesAlways:
    SAID: ClassVar[str] = "1 row alone is not answered: ValueError: never"

    def predict(self, X: Any) -> Any:
        raise ValueError("never")


class DrawsItsAnswers:
    SAID: ClassVar[str] = "whether the model mixes rows cannot be told, for it answers the row ["

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def predict(self, X: Any) -> Any:
        return self.rng.random(X.shape)


class SmoothsOverCalls:
    SAID: ClassVar[str] = "whether the model mixes rows cannot be told, for it answers the row ["

    def __init__(self) -> None:
        self.level = 0.0

    def predict(self, X: Any) -> Any:
        self.level = 0.5 * self.level + 0.5 * float(X[0, 0])
        return X + self.level


class MixesRowsInItsTransform:
    SAID: ClassVar[str] = "the model mixes rows: t:0 of the row ["

    def predict(self, X: Any) -> Any:
        return X

    def transform_input(self, X: Any) -> Any:
        return (X - X.min()).tolist()


class KeepsRowsApart:
    SAID: ClassVar[str] = ""

    def predict(self, X: Any) -> Any:
        return X * 2


class KeepsRowsApartAsync:
    SAID: ClassVar[str] = ""

    async def predict(self, X: Any) -> Any:
        return X * 2


class ComputesInFloat32:
    """Adds up in another order where there are more rows, as libraries do."""

    SAID: ClassVar[str] = ""

    def __init__(self) -> None:
        self.weights = np.random.default_rng(0).normal(size=(2, 500)).astype(np.float32)

    def predict(self, X: Any) -> Any:
        hidden = X.astype(np.float32) @ self.weights
        ordered = hidden if len(X) == 1 else hidden[:, ::-1]
        sums = np.add.accumulate(ordered, axis=1)[:, -1:]
        return np.hstack([sums, sums])


class ChangesItsInputInPlace:
    SAID: ClassVar[str] = ""

    def predict(self, X: Any) -> Any:
        X *= 3
        return X + 1


class ReturnsItsInput:
    SAID: ClassVar[str] = ""

    def predict(self, X: Any) -> Any:
        return X


class ReturnsAViewOfAKeptBuffer:
    SAID: ClassVar[str] = ""

    def __init__(self) -> None:
        self.buffer = np.zeros((4096, 2))

    def predict(self, X: Any) -> Any:
        kept = self.buffer[: len(X)]
        np.multiply(X, 2, out=kept)
        return kept


class KeepsWhatItWasGiven:
    """Changes the input of the call before, as one does that thinks it is its own."""

    SAID: ClassVar[str] = ""

    def __init__(self) -> None:
        self.last = np.zeros((1, 2))

    def predict(self, X: Any) -> Any:
        self.last[:] = -1
        self.last = X
        return X.copy()


class RaisesForSomeRows:
    """What fails alone fails alone in a batch too: it is asked again one by one."""

    SAID: ClassVar[str] = ""

    def predict(self, X: Any) -> Any:
        if (X[:, 0] > 0.9).any():
            raise ValueError("too large")
        return X


MODELS: list[Any] = [each for each in list(vars().values()) if hasattr(each, "SAID")]
