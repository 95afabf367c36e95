"""A model that reads messages itself; the wrong one leaves what cannot be read to numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
from google.protobuf import json_format

CONTRACT: Any = {
    "payload": "ndarray",
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 9], "repeat": 3}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [0, 27]}],
}
CAUGHT_BY = "malformed"


class SeldonMicroserviceException(Exception):
    status_code = 400


class Right:
    def predict_raw(self, message: Any) -> Any:
        document = message if isinstance(message, dict) else json_format.MessageToDict(message)
        try:
            X = np.array(document["data"]["ndarray"], dtype=float).reshape(-1, 3)
        except (KeyError, TypeError, ValueError) as error:
            raise SeldonMicroserviceException(f"data.ndarray: {error}") from error
        sums = X.sum(axis=1, keepdims=True).tolist()
        return {"data": {"names": ["y"], "ndarray": sums}, "meta": document.get("meta", {})}


class Wrong:
    def predict_raw(self, message: Any) -> Any:
        document = message if isinstance(message, dict) else json_format.MessageToDict(message)
        X = np.array(document["data"]["ndarray"], dtype=float).reshape(-1, 3)
        sums = X.sum(axis=1, keepdims=True).tolist()
        return {"data": {"names": ["y"], "ndarray": sums}, "meta": document.get("meta", {})}
