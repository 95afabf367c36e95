from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from charter.contract.parse import parse
from charter.errors import StartError
from charter.tester import own

X = {"name": "x", "dtype": "FLOAT", "ftype": "continuous", "range": [0, 1]}
Y = {**X, "name": "y"}


@pytest.fixture
def model(tmp_path: Path) -> str:
    (tmp_path / "Echo.py").write_text("class Echo: ...\n", "utf-8")
    return str(tmp_path)


def beside(model: str, *features: Any) -> Path:
    path = Path(model) / "contract.json"
    path.write_text(json.dumps({"features": features, "targets": []}), "utf-8")
    return path


def contract(*features: Any) -> Any:
    return parse({"features": list(features), "targets": []})


def test_a_model_without_a_contract_is_tested_by_any(model: str) -> None:
    own.check(model, contract(X))


@pytest.mark.parametrize("feature", [X, {**X, "range": [0, 0.5]}, {**X, "name": "z"}])
def test_a_contract_that_asks_for_no_more_is_right(feature: Any, model: str) -> None:
    beside(model, X, Y)

    own.check(model, contract(feature))


def test_each_feature_that_the_own_contract_does_not_take_is_named(model: str) -> None:
    path = beside(model, X, Y)
    wide = {**Y, "range": [0, 1000], "nullable": True}

    with pytest.raises(StartError) as caught:
        own.check(model, contract(X, wide))

    assert caught.value.message == (
        "features[1].nullable: y is nullable, and not nullable by the model's own contract; "
        "features[1].range: y is [0, 1000], and [0, 1] by the model's own contract, "
        f"{path}"
    )


def test_an_own_contract_that_is_none_is_named(model: str) -> None:
    beside(model).write_text("{}", "utf-8")

    with pytest.raises(StartError, match=r"contract\.json: features: missing"):
        own.check(model, contract(X))
