"""A model that says it is strict; the wrong one looks for what lies outside, which NaN does not."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 100]}],
    "targets": [{"name": "share", "ftype": "continuous", "range": [0, 1]}],
}
CAUGHT_BY = "nan"
MODE = "off"


class SeldonMicroserviceException(Exception):
    status_code = 400


def numbers(X: Any) -> Any:
    if X.shape[1:] != (1,):
        refuse("one column")
    try:
        return X.astype(float)
    except ValueError:
        return refuse("numbers")


def refuse(expected: str) -> None:
    raise SeldonMicroserviceException(f"expected {expected}")


class Right:
    def predict(self, X: Any) -> Any:
        X = numbers(X)
        if not ((X >= 0) & (X <= 100)).all():
            refuse("0 to 100")
        return X / 100

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}


class Wrong:
    def predict(self, X: Any) -> Any:
        X = numbers(X)
        if ((X < 0) | (X > 100)).any():
            refuse("0 to 100")
        return X / 100

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}
