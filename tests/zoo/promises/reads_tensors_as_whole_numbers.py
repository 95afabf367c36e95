"""A model that reads messages itself; the wrong one makes whole numbers of a tensor's values."""

from __future__ import annotations

from typing import Any

import numpy as np
from google.protobuf import json_format

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 9], "repeat": 2}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [0, 18]}],
}
CAUGHT_BY = "forms"


class SeldonMicroserviceException(Exception):
    status_code = 400


class Right:
    def predict_raw(self, message: Any) -> Any:
        document = message if isinstance(message, dict) else json_format.MessageToDict(message)
        try:
            rows = self._rows(document["data"]).reshape(-1, 2)
        except (KeyError, TypeError, ValueError) as error:
            raise SeldonMicroserviceException(f"data: {error}") from error
        sums = rows.sum(axis=1, keepdims=True).tolist()
        return {"data": {"names": ["y"], "ndarray": sums}, "meta": document.get("meta", {})}

    def _rows(self, data: Any) -> Any:
        if "ndarray" in data:
            return np.array(data["ndarray"], dtype=float)
        return np.array(data["tensor"]["values"], dtype=float).reshape(data["tensor"]["shape"])


class Wrong:
    def predict_raw(self, message: Any) -> Any:
        document = message if isinstance(message, dict) else json_format.MessageToDict(message)
        try:
            rows = self._rows(document["data"]).reshape(-1, 2)
        except (KeyError, TypeError, ValueError) as error:
            raise SeldonMicroserviceException(f"data: {error}") from error
        sums = rows.sum(axis=1, keepdims=True).tolist()
        return {"data": {"names": ["y"], "ndarray": sums}, "meta": document.get("meta", {})}

    def _rows(self, data: Any) -> Any:
        if "ndarray" in data:
            return np.array(data["ndarray"], dtype=float)
        return np.array(data["tensor"]["values"], dtype=int).reshape(data["tensor"]["shape"])
