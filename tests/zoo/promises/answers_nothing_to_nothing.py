"""A model that says it is strict; the wrong one has an answer to a request of no rows."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1], "repeat": 2}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [0, 1], "repeat": 2}],
}
CAUGHT_BY = "zero_rows"
MODE = "off"


class SeldonMicroserviceException(Exception):
    status_code = 400


def refuse_unless(holds: Any, text: str) -> None:
    if not holds:
        raise SeldonMicroserviceException(text)


class Right:
    def predict(self, X: Any) -> Any:
        refuse_unless(X.shape[1:] == (2,), "expected rows of 2 columns")
        refuse_unless(X.dtype.kind in "iuf", "expected numbers")
        refuse_unless(((X >= 0) & (X <= 1)).all(), "expected 0 to 1")
        return 1 - X

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}


class Wrong:
    def predict(self, X: Any) -> Any:
        refuse_unless(X.shape[1:] == (2,) or not X.size, "expected rows of 2 columns")
        refuse_unless(X.dtype.kind in "iuf", "expected numbers")
        refuse_unless(((X >= 0) & (X <= 1)).all(), "expected 0 to 1")
        return 1 - X

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}
