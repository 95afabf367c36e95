"""A model that says it is strict; the wrong one reads what is no number as zero."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 100]}],
    "targets": [{"name": "share", "ftype": "continuous", "range": [0, 1]}],
}
CAUGHT_BY = "wrong_type"
MODE = "off"


class SeldonMicroserviceException(Exception):
    status_code = 400


class Right:
    def predict(self, X: Any) -> Any:
        if X.shape[1:] != (1,):
            raise SeldonMicroserviceException("expected one column")
        return [[self._number(value) / 100] for value in X[:, 0]]

    def _number(self, value: Any) -> float:
        try:
            number = float("nan") if value is None else float(value)
        except ValueError as error:
            raise SeldonMicroserviceException("expected a number") from error
        if not 0 <= number <= 100:
            raise SeldonMicroserviceException("expected 0 to 100")
        return number

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}


class Wrong:
    def predict(self, X: Any) -> Any:
        if X.shape[1:] != (1,):
            raise SeldonMicroserviceException("expected one column")
        return [[self._number(value) / 100] for value in X[:, 0]]

    def _number(self, value: Any) -> float:
        try:
            number = float("nan") if value is None else float(value)
        except ValueError:
            number = 0.0
        if not 0 <= number <= 100:
            raise SeldonMicroserviceException("expected 0 to 100")
        return number

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}
