"""A model that says it is strict; the wrong one takes the first columns of however many."""

from __future__ import annotations

from typing import Any

import numpy as np

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 100], "repeat": 2}],
    "targets": [{"name": "most", "ftype": "continuous", "range": [0, 100]}],
}
CAUGHT_BY = "extra_column"
MODE = "off"


class SeldonMicroserviceException(Exception):
    status_code = 400


def refuse_unless(holds: Any, text: str) -> None:
    if not holds:
        raise SeldonMicroserviceException(text)


class Right:
    def predict(self, X: Any) -> Any:
        refuse_unless(X.ndim == 2 and X.shape[1] == 2, "expected 2 columns")
        refuse_unless(X.dtype.kind in "iuf", "expected numbers")
        refuse_unless(((X >= 0) & (X <= 100)).all(), "expected 0 to 100")
        return np.max(X[:, :2], axis=1, keepdims=True)

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}


class Wrong:
    def predict(self, X: Any) -> Any:
        refuse_unless(X.ndim == 2 and X.shape[1] >= 2, "expected 2 columns")
        refuse_unless(X.dtype.kind in "iuf", "expected numbers")
        refuse_unless(((X >= 0) & (X <= 100)).all(), "expected 0 to 100")
        return np.max(X[:, :2], axis=1, keepdims=True)

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}
