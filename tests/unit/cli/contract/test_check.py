from __future__ import annotations

import json
from pathlib import Path

import pytest
from charter.cli import charter
from click.testing import CliRunner, Result

pytest.importorskip("pandas", reason="tables need pandas")

X = {"name": "x", "dtype": "FLOAT", "ftype": "continuous", "range": [0, 1]}


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "contract.json"
    path.write_text(json.dumps({"features": [X], "targets": []}), "utf-8")
    return path


def table(folder: Path, name: str, *values: float) -> Path:
    path = folder / name
    path.write_text("\n".join(["x", *map(str, values)]), "utf-8")
    return path


def check(contract: Path, *arguments: object) -> Result:
    words = ["contract", "check", str(contract), *map(str, arguments)]
    result = CliRunner().invoke(charter, words)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_data_that_fit_exit_with_0(contract: Path, tmp_path: Path) -> None:
    result = check(contract, "--data", table(tmp_path, "new.csv", 0, 0.5, 1))

    assert result.exit_code == 0
    assert result.stdout.endswith("no drift in 1 column\n")


def test_drift_exits_with_1_and_names_the_feature(contract: Path, tmp_path: Path) -> None:
    result = check(contract, "--data", table(tmp_path, "new.csv", 0, 500, 1))

    assert result.exit_code == 1
    assert "✗ features[0].range: x must lie in [0, 1], got 500 in row 1 (1 of 3 rows)" in (
        result.stdout
    )
    assert result.stdout.endswith("drift: x\n")


def test_a_report_as_json(contract: Path, tmp_path: Path) -> None:
    result = check(contract, "--data", table(tmp_path, "new.csv", 2), "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["drift"] is True


def test_a_reference_and_a_threshold_can_be_chosen(contract: Path, tmp_path: Path) -> None:
    old = table(tmp_path, "old.csv", *[number / 100 for number in range(100)])
    new = table(tmp_path, "new.csv", *[number / 200 for number in range(100)])

    assert check(contract, "--data", new).exit_code == 0
    assert check(contract, "--data", new, "--reference", old).exit_code == 1
    assert check(contract, "--data", new, "--reference", old, "--psi", 9).exit_code == 0


def test_data_must_be_given(contract: Path) -> None:
    assert check(contract).exit_code == 2


def test_a_file_that_is_not_there_is_one_sentence(contract: Path, tmp_path: Path) -> None:
    result = check(contract, "--data", tmp_path / "none.csv")

    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path / 'none.csv'}: no such file or directory\n"
