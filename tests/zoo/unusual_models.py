"""Models that keep their contract in an unusual way, which the tester must not take for wrong."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from typing import Any, ClassVar

import numpy as np


def number(name: str, low: Any, high: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "ftype": "continuous", "range": [low, high], **more}


class ReturnsOneDimension:
    CONTRACT: ClassVar[Any] = {
        "features": [number("x", 0, 1, repeat=2)],
        "targets": [number("y", 0, 2)],
    }

    def predict(self, X: Any) -> Any:
        return X.sum(axis=1)


class ComputesInFloat32:
    CONTRACT: ClassVar[Any] = {
        "features": [number("x", 0, 1, repeat=300)],
        "targets": [number("p", 0, 1, repeat=10)],
    }

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.weights = rng.normal(size=(300, 10)).astype(np.float32) / 20

    def predict(self, X: Any) -> Any:
        scores = np.exp(X.astype(np.float32) @ self.weights)
        return scores / scores.sum(axis=1, keepdims=True)

    def class_names(self) -> Any:
        return np.array([f"p:{number}" for number in range(10)])


class ReturnsTheEndsInFloat32:
    CONTRACT: ClassVar[Any] = {
        "features": [number("x", 0.1, 0.7)],
        "targets": [number("y", 0.1, 0.7)],
    }

    def predict(self, X: Any) -> Any:
        return X.astype(np.float32)


class ReturnsLargeNumbers:
    CONTRACT: ClassVar[Any] = {
        "features": [number("x", -1e9, 1e9, repeat=3)],
        "targets": [number("y", "-inf", "inf")],
    }

    def predict(self, X: Any) -> Any:
        return (X.astype(np.float32) ** 2).sum(axis=1, keepdims=True)


class IsAsync:
    CONTRACT: ClassVar[Any] = {"features": [number("x", -1, 1)], "targets": [number("y", -1, 1)]}

    async def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        await asyncio.sleep(0)
        return -X


class AddsTagsAndMetrics:
    CONTRACT: ClassVar[Any] = {"features": [number("x", -1, 1)], "targets": [number("y", -1, 1)]}

    def predict(self, X: Any) -> Any:
        return X.tolist()

    def tags(self) -> Any:
        return {"mine": 1}

    def metrics(self) -> Any:
        return [{"type": "COUNTER", "key": "calls", "value": 1}]


class ReturnsNullLabels:
    CONTRACT: ClassVar[Any] = {
        "features": [number("x", 0, 1)],
        "targets": [
            {"name": "l", "ftype": "categorical", "values": ["a", "b"], "nullable": True},
        ],
    }

    def predict(self, X: Any) -> Any:
        return [["a" if x < 0.3 else "b" if x > 0.6 else None] for x in X[:, 0]]


class ReturnsDigitsForTheirNames:
    CONTRACT: ClassVar[Any] = {
        "features": [number("x", 0, 9)],
        "targets": [
            {"name": "digit", "ftype": "categorical", "values": [str(n) for n in range(10)]},
        ],
    }

    def predict(self, X: Any) -> Any:
        return np.rint(X).astype(int)


class TakesTextAndNull:
    CONTRACT: ClassVar[Any] = {
        "features": [
            {"name": "text", "dtype": "STRING", "maxLength": 20, "nullable": True},
            number("x", 0, 1),
        ],
        "targets": [number("length", 0, 21)],
    }

    def predict(self, X: Any) -> Any:
        return [[len(text or "") + float(x)] for text, x in X]


class ReturnsTextByAPattern:
    CONTRACT: ClassVar[Any] = {
        "features": [{"name": "code", "dtype": "STRING", "pattern": "[A-Z]{2}[0-9]*"}],
        "targets": [{"name": "hash", "dtype": "STRING", "pattern": "[0-9a-f]{8}"}],
    }

    def predict(self, X: Any) -> Any:
        return [[hashlib.md5(code.encode()).hexdigest()[:8]] for code in X[:, 0]]


class TurnsBytesRound:
    CONTRACT: ClassVar[Any] = {
        "features": [{"name": "in", "dtype": "BYTES", "maxLength": 30}],
        "targets": [{"name": "out", "dtype": "BYTES", "maxLength": 30}],
    }

    def predict(self, X: Any) -> Any:
        return [[base64.b64encode(base64.b64decode(each)[::-1]).decode()] for each in X[:, 0]]


class ReturnsImages:
    CONTRACT: ClassVar[Any] = {
        "features": [{"name": "in", "dtype": "IMAGE", "shape": [3, 5, 3]}],
        "targets": [{"name": "out", "dtype": "IMAGE", "shape": [3, 5, 3]}],
    }

    def predict(self, X: Any) -> Any:
        return 255 - X.astype(np.uint8)


class ReturnsTimesOrNull:
    CONTRACT: ClassVar[Any] = {
        "features": [{"name": "at", "dtype": "DATETIME", "nullable": True}, number("x", 0, 1)],
        "targets": [{"name": "at", "dtype": "DATETIME", "nullable": True}],
    }

    def predict(self, X: Any) -> Any:
        return X[:, :1]


class AnswersTextWithText:
    CONTRACT: ClassVar[Any] = {
        "payload": "strData",
        "features": [{"name": "question", "dtype": "STRING", "maxLength": 50}],
        "targets": [{"name": "answer", "dtype": "STRING"}],
    }

    def predict(self, X: Any) -> Any:
        return X[::-1]


class AnswersTextWithAnObject:
    CONTRACT: ClassVar[Any] = {
        "payload": "strData",
        "features": [{"name": "text", "dtype": "STRING", "maxLength": 50}],
        "targets": [number("length", 0, 50)],
    }

    def predict(self, X: Any) -> Any:
        return {"length": len(X)}


class AnswersAFileWithNumbers:
    CONTRACT: ClassVar[Any] = {
        "payload": "binData",
        "features": [{"name": "file", "dtype": "BYTES", "maxLength": 50}],
        "targets": [number("length", 0, 50), number("zeros", 0, 50)],
    }

    def predict(self, X: Any) -> Any:
        return [[len(X), X.count(0)]]

    def class_names(self) -> Any:
        return ["length", "zeros"]


class AnswersObjectsWithRows:
    CONTRACT: ClassVar[Any] = {
        "payload": "jsonData",
        "features": [
            number("x", 0, 1),
            {"name": "k", "ftype": "categorical", "values": ["u", "v"]},
        ],
        "targets": [number("y", 0, 2)],
    }

    def predict(self, X: Any) -> Any:
        return [[row["x"] + (row["k"] == "u")] for row in X]


class AnswersObjectsWithObjects:
    CONTRACT: ClassVar[Any] = {
        "payload": "jsonData",
        "features": [number("x", 0, 1)],
        "targets": [
            number("y", 0, 2),
            {"name": "k", "ftype": "categorical", "values": ["u", "v"]},
        ],
    }

    def predict(self, X: Any) -> Any:
        return [{"y": row["x"] * 2, "k": "u" if row["x"] > 0 else "v"} for row in X]


class AnswersADocumentWithOne:
    CONTRACT: ClassVar[Any] = {
        "payload": "jsonData",
        "jsonSchema": {
            "type": "object",
            "properties": {"x": {"type": "number", "minimum": 0, "maximum": 4}},
            "required": ["x"],
        },
        "features": [],
        "targets": [number("y", 0, 8)],
    }

    def predict(self, X: Any) -> Any:
        return {"y": X["x"] * 2}


class TurnsMatricesOver:
    CONTRACT: ClassVar[Any] = {
        "features": [number("in", 0, 1, shape=[2, 3])],
        "targets": [number("out", 0, 1, shape=[3, 2])],
    }

    def predict(self, X: Any) -> Any:
        return X.transpose(0, 2, 1)


class TakesOneRow:
    CONTRACT: ClassVar[Any] = {
        "features": [number("x", 0, 1)],
        "targets": [number("y", 0, 1)],
        "limits": {"rows": 1},
    }

    def predict(self, X: Any) -> Any:
        return X[:, :1]


class IsAsLooseAsItSays:
    CONTRACT: ClassVar[Any] = {
        "features": [number("x", 0, 1)],
        "targets": [number("y", -1, 2, tolerance=0.5)],
    }

    def __init__(self) -> None:
        self.rng = np.random.default_rng(0)

    def predict(self, X: Any) -> Any:
        return X + self.rng.random(X.shape) / 10


class CountsItsCalls:
    CONTRACT: ClassVar[Any] = {"features": [number("x", 0, 1)], "targets": [number("y", 0, 1)]}

    def __init__(self) -> None:
        self.calls = 0

    def predict(self, X: Any) -> Any:
        self.calls += 1
        return 1 - X

    def health_status(self) -> Any:
        return [self.calls]


class FailsOutsideItsContract:
    CONTRACT: ClassVar[Any] = {
        "features": [
            {"name": "city", "ftype": "categorical", "values": ["Bonn", "Kiel"]},
            number("month", 1, 12, dtype="INT"),
        ],
        "targets": [number("rent", 0, 20)],
        "limits": {"rows": 16},
    }

    def predict(self, X: Any) -> Any:
        rents = {"Bonn": 12.1, "Kiel": 10.4}
        months = [0.1 * month for month in range(12)]
        if len(X) > 16:
            raise MemoryError
        return [[rents[city] + months[int(float(month)) - 1]] for city, month in X]
