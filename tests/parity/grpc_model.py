"""The model behind the records of gRPC: it answers text by its words, all else by a description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from seldon_core.flask_utils import SeldonMicroserviceException

_RETURNED: Mapping[str, Any] = {
    "int": 5,
    "dict": {"type": 1},
    "np2": np.array([[1, 2]]),
    "npstr": np.array([["a"]]),
    "np0": np.array(5),
}


class Answering:
    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        if isinstance(X, str):
            return _spoken(X, names, meta)
        if isinstance(X, dict):
            return {"X": X}
        if isinstance(X, np.ndarray):
            return {"dtype": str(X.dtype), "shape": list(X.shape), "repr": repr(X)}
        return X if isinstance(X, bytes) else repr(X)

    def metrics(self) -> Any:
        return [
            {"type": "COUNTER", "key": "mycounter", "value": 1},
            {"type": "GAUGE", "key": "mygauge", "value": 100, "tags": {"t": "v"}},
            {"type": "TIMER", "key": "mytimer", "value": 20.2},
        ]

    def tags(self) -> Any:
        return {"a": 1}

    def class_names(self) -> Any:
        return ["x", "y"]

    def health_status(self) -> Any:
        return "ok"


def _spoken(word: str, names: Any, meta: Any) -> Any:
    if word == "boom":
        raise ValueError("boom")
    if word == "seldon":
        raise SeldonMicroserviceException("bad", status_code=403, reason="R")
    if word == "info":
        return {"names_t": type(names).__name__, "meta": meta}
    return _RETURNED.get(word, repr(word))
