"""A model that reads messages itself; the wrong one scales what comes as JSON only."""

from __future__ import annotations

from typing import Any

import numpy as np
from google.protobuf import json_format

CONTRACT: Any = {
    "features": [{"name": "pixel", "ftype": "continuous", "range": [0, 255], "repeat": 4}],
    "targets": [{"name": "brightness", "ftype": "continuous"}],
}
CAUGHT_BY = "forms"


class SeldonMicroserviceException(Exception):
    status_code = 400


def pixels(document: Any) -> Any:
    try:
        data = document["data"]
        if "ndarray" in data:
            return np.array(data["ndarray"], dtype=float).reshape(-1, 4)
        tensor = data["tensor"]
        return np.array(tensor["values"], dtype=float).reshape(tensor["shape"]).reshape(-1, 4)
    except (KeyError, TypeError, ValueError) as error:
        raise SeldonMicroserviceException(f"data: {error}") from error


class Right:
    def predict_raw(self, message: Any) -> Any:
        if isinstance(message, dict):
            X = pixels(message) / 255
            meta = message.get("meta", {})
        else:
            document = json_format.MessageToDict(message)
            X = pixels(document) / 255
            meta = document.get("meta", {})
        means = X.mean(axis=1, keepdims=True).tolist()
        return {"data": {"names": ["brightness"], "ndarray": means}, "meta": meta}


class Wrong:
    def predict_raw(self, message: Any) -> Any:
        if isinstance(message, dict):
            X = pixels(message) / 255
            meta = message.get("meta", {})
        else:
            document = json_format.MessageToDict(message)
            X = pixels(document)
            meta = document.get("meta", {})
        means = X.mean(axis=1, keepdims=True).tolist()
        return {"data": {"names": ["brightness"], "ndarray": means}, "meta": meta}
