"""Models for load: one multiplies each number, and tells what it was asked with, and where."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

FACTOR = 3.0
RAISES = -1.0
"""In the last column: the model raises."""
SLEEPS = -2.0
"""In the last column: the model answers after as many seconds as the first column says."""
CALL_S = 0.004
"""What a call takes, in seconds, so that a process is killed in the middle of some."""
ROWS = "soak_rows"
"""Its own counter: how many rows it has answered."""


class Model:
    thread_safe = True

    def __init__(self) -> None:
        self._asked = threading.local()

    def predict(self, X: NDArray[np.float64], names: list[str]) -> NDArray[np.float64]:
        self._asked.names, self._asked.rows = names, len(X)
        marks = X[:, -1]
        if (marks == RAISES).any():
            raise ValueError("a row that the model does not take")
        time.sleep(float(X[marks == SLEEPS, 0].max(initial=CALL_S)))
        return X * FACTOR

    def class_names(self) -> list[str]:
        return [f"{name} times" for name in self._asked.names]

    def tags(self) -> dict[str, Any]:
        return {"process": os.getpid()}

    def metrics(self) -> list[dict[str, Any]]:
        return [{"type": "COUNTER", "key": ROWS, "value": self._asked.rows}]


class MixesRows:
    """Right about each request alone; together each gets rows of another, and they count as one."""

    def __init__(self) -> None:
        self._right = Model()
        self.class_names, self.tags = self._right.class_names, self._right.tags

    def predict(self, X: NDArray[np.float64], names: list[str]) -> NDArray[np.float64]:
        return np.roll(self._right.predict(X, names), len(np.unique(X[:, 0])) - 1, axis=0)

    def metrics(self) -> list[dict[str, Any]]:
        (counter,) = self._right.metrics()
        return [{**counter, "value": 1}]
