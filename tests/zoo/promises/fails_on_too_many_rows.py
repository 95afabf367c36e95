"""A model that says it is strict; the wrong one takes the fault for a longer request."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1]}],
    "targets": [{"name": "y", "ftype": "continuous", "range": [0, 1]}],
    "limits": {"rows": 16},
}
CAUGHT_BY = "too_many_rows"
MODE = "off"
MOST_ROWS = 16


class SeldonMicroserviceException(Exception):
    status_code = 413


def refuse_unless(holds: Any, text: str) -> None:
    if not holds:
        raise SeldonMicroserviceException(text)


class Right:
    def predict(self, X: Any) -> Any:
        refuse_unless(X.shape[1:] == (1,) and len(X), "expected rows of one column")
        refuse_unless(X.dtype.kind in "iuf", "expected numbers")
        refuse_unless(((X >= 0) & (X <= 1)).all(), "expected 0 to 1")
        if len(X) > MOST_ROWS:
            raise SeldonMicroserviceException(f"expected at most {MOST_ROWS} rows, got {len(X)}")
        return X

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}


class Wrong:
    def predict(self, X: Any) -> Any:
        refuse_unless(X.shape[1:] == (1,) and len(X), "expected rows of one column")
        refuse_unless(X.dtype.kind in "iuf", "expected numbers")
        refuse_unless(((X >= 0) & (X <= 1)).all(), "expected 0 to 1")
        if len(X) > MOST_ROWS:
            raise ValueError(f"expected at most {MOST_ROWS} rows, got {len(X)}")
        return X

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}
