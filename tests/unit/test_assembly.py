"""How `prepare` and `make` find the contract of a model."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from charter.assembly import make, prepare
from charter.errors import StartError

RIGHT = {"features": [{"name": "x", "range": [0, 1]}], "targets": []}
WRONG = {"features": [{"name": "x", "range": [5, 2]}], "targets": []}
REASON = "features[0].range: [5, 2] is empty"


class Echo:
    """Return what it is given."""

    def predict(self, X: object) -> object:
        return X


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return the file of a model without a contract."""
    (tmp_path / "Echo.py").write_text("class Echo:\n    def predict(self, X): return X\n")
    return tmp_path / "Echo.py"


def write(path: Path, contract: Any) -> Path:
    path.write_text(json.dumps(contract))
    return path


def columns(component: object, **chosen: Any) -> list[str] | None:
    """Return the names of the features that a service knows; `None` where it has no contract."""
    create, settings = prepare(component, chosen)
    service = make(create, settings)
    service.close()
    if service.contract is None:
        return None
    return [feature.name for feature in service.contract.features]


@pytest.mark.parametrize("mode", ["warn", "strict"])
def test_a_contract_beside_the_model_is_found(model: Path, mode: str) -> None:
    write(model.parent / "contract.json", RIGHT)

    assert columns(str(model), contract_mode=mode) == ["x"]


def test_a_model_without_a_contract_has_none(model: Path) -> None:
    assert columns(str(model)) is None
    assert columns(str(model), contract_mode="strict") is None


def test_a_contract_that_is_named_comes_before_the_one_beside(model: Path, tmp_path: Path) -> None:
    write(model.parent / "contract.json", RIGHT)
    named = write(tmp_path / "other.json", {**RIGHT, "features": [{"name": "y", "range": [0, 1]}]})

    assert columns(str(model), contract=str(named)) == ["y"]


@pytest.mark.parametrize("component", [Echo, Echo()])
def test_a_class_or_an_object_has_the_contract_that_is_named_only(
    component: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "contract.json", RIGHT)
    monkeypatch.chdir(tmp_path)

    assert columns(component) is None
    assert columns(component, contract=str(path)) == ["x"]


@pytest.mark.parametrize("contract", [RIGHT, WRONG])
def test_no_contract_is_read_where_it_is_off(model: Path, contract: Any) -> None:
    path = write(model.parent / "contract.json", contract)

    assert columns(str(model), contract_mode="off") is None
    assert columns(str(model), contract_mode="off", contract=str(path)) is None


def test_a_wrong_contract_beside_a_model_is_logged_and_not_used(
    model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write(model.parent / "contract.json", WRONG)

    with caplog.at_level(logging.WARNING):
        found = columns(str(model))

    assert found is None
    assert caplog.messages == [f"served without its contract: {path}: {REASON}"]


def test_a_wrong_contract_that_must_be_kept_stops_the_start(model: Path) -> None:
    path = write(model.parent / "contract.json", WRONG)

    with pytest.raises(StartError) as refusal:
        columns(str(model), contract_mode="strict")

    assert refusal.value.message == f"{path}: {REASON}"


@pytest.mark.parametrize("mode", ["warn", "strict"])
def test_a_wrong_contract_that_is_named_stops_the_start(
    model: Path, tmp_path: Path, mode: str
) -> None:
    path = write(tmp_path / "other.json", WRONG)

    with pytest.raises(StartError) as refusal:
        columns(str(model), contract=str(path), contract_mode=mode)

    assert refusal.value.message == f"{path}: {REASON}"


def test_a_contract_that_is_named_and_not_there_stops_the_start(model: Path) -> None:
    with pytest.raises(StartError, match=r"none\.json: no such file or directory$"):
        columns(str(model), contract="none.json")


def test_a_folder_with_its_environment_has_the_contract_in_it(model: Path) -> None:
    folder = model.parent
    (folder / ".s2i").mkdir()
    (folder / ".s2i" / "environment").write_text("MODEL_NAME=Echo\n")
    write(folder / "contract.json", RIGHT)

    assert columns(str(folder)) == ["x"]
