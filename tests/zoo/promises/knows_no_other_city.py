"""A model that says it is strict; the wrong one fails on a city that it never met."""

from __future__ import annotations

from typing import Any

CONTRACT: Any = {
    "features": [{"name": "city", "ftype": "categorical", "values": ["Bonn", "Kiel", "Ulm"]}],
    "targets": [{"name": "rent", "ftype": "continuous", "range": [0, "inf"]}],
}
CAUGHT_BY = "unknown_category"
MODE = "off"
RENTS = {"Bonn": 12.1, "Kiel": 10.4, "Ulm": 12.7}


class SeldonMicroserviceException(Exception):
    status_code = 400


def refuse_unless(holds: Any, text: str) -> None:
    if not holds:
        raise SeldonMicroserviceException(text)


class Right:
    def predict(self, X: Any) -> Any:
        refuse_unless(X.shape[1:] == (1,) and len(X), "expected rows of one column")
        refuse_unless(all(isinstance(city, str) for city in X[:, 0]), "expected texts")
        refuse_unless(RENTS.keys() >= set(X[:, 0]), f"expected one of {list(RENTS)}")
        return [[RENTS[city]] for city in X[:, 0]]

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}


class Wrong:
    def predict(self, X: Any) -> Any:
        refuse_unless(X.shape[1:] == (1,) and len(X), "expected rows of one column")
        refuse_unless(all(isinstance(city, str) for city in X[:, 0]), "expected texts")
        return [[RENTS[city]] for city in X[:, 0]]

    def init_metadata(self) -> Any:
        return {"custom": {"contract_mode": "strict"}}
