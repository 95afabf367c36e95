"""A model that reads and writes messages itself; the wrong one writes a body of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from google.protobuf import json_format

CONTRACT: Any = {
    "payload": "ndarray",
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 9], "repeat": 3}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [0, 9]}],
}
CAUGHT_BY = "body"
ALSO = ("edges",)


class SeldonMicroserviceException(Exception):
    status_code = 400


def rows(document: Any) -> Any:
    try:
        return np.array(document["data"]["ndarray"], dtype=float).reshape(-1, 3)
    except (KeyError, TypeError, ValueError) as error:
        raise SeldonMicroserviceException(f"data.ndarray: {error}") from error


class Right:
    def predict_raw(self, message: Any) -> Any:
        document = message if isinstance(message, dict) else json_format.MessageToDict(message)
        least = rows(document).min(axis=1, keepdims=True).tolist()
        return {"data": {"names": ["y"], "ndarray": least}, "meta": document.get("meta", {})}


class Wrong:
    def predict_raw(self, message: Any) -> Any:
        document = message if isinstance(message, dict) else json_format.MessageToDict(message)
        least = rows(document).min(axis=1, keepdims=True).tolist()
        return {"prediction": least, "meta": document.get("meta", {})}
