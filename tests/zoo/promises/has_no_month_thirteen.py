"""The usual temperature of a month; the wrong one fails on what is no month."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "month", "dtype": "INT", "ftype": "continuous", "range": [1, 12]}],
    "targets": [{"name": "usual", "ftype": "continuous", "range": [-5, 25]}],
}
CAUGHT_BY = "out_of_range"
USUAL = [0.5, 1.2, 4.8, 9.3, 13.9, 17.1, 19.2, 18.8, 14.6, 9.7, 4.9, 1.6]


class SeldonMicroserviceException(Exception):
    status_code = 400


class Right:
    def predict(self, X: Any) -> Any:
        try:
            return [[USUAL[int(month) - 1]] for month in X[:, 0]]
        except IndexError as error:
            raise SeldonMicroserviceException("month: expected 1 to 12") from error


class Wrong:
    def predict(self, X: Any) -> Any:
        return [[USUAL[int(month) - 1]] for month in X[:, 0]]
