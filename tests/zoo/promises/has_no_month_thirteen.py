"""A model that says it is strict; the wrong one fails on what is no month."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "month", "dtype": "INT", "ftype": "continuous", "range": [1, 12]}],
    "targets": [{"name": "usual", "ftype": "continuous", "range": [-5, 25]}],
}
CAUGHT_BY = "out_of_range"
MODE = "off"
MOST = 12
USUAL = [0.5, 1.2, 4.8, 9.3, 13.9, 17.1, 19.2, 18.8, 14.6, 9.7, 4.9, 1.6]


class SeldonMicroserviceException(Exception):
    status_code = 400


def refuse_unless(holds: Any, text: str) -> None:
    if not holds:
        raise SeldonMicroserviceException(text)


class Right:
    def predict(self, X: Any) -> Any:
        refuse_unless(X.shape[1:] == (1,) and len(X), "expected rows of one column")
        refuse_unless(X.dtype.kind in "iuf", "expected numbers")
        refuse_unless((X >= 1).all() and (X <= MOST).all(), "expected 1 to 12")
        return [[USUAL[int(month) - 1]] for month in X[:, 0]]

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}


class Wrong:
    def predict(self, X: Any) -> Any:
        refuse_unless(X.shape[1:] == (1,) and len(X), "expected rows of one column")
        refuse_unless(X.dtype.kind in "iuf", "expected numbers")
        refuse_unless((X >= 1).all(), "expected 1 or more")
        return [[USUAL[int(month) - 1]] for month in X[:, 0]]

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}
