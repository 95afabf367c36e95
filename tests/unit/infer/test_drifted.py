from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from charter.errors import StartError
from charter.infer.drifted import drifted

pytest.importorskip("pandas", reason="tables need pandas")

CODE = {"name": "code", "dtype": "STRING", "maxLength": 5}
X = {"name": "x", "dtype": "FLOAT", "ftype": "continuous", "range": [0, 1]}


def files(folder: Path, text: str, **more: Any) -> tuple[Path, Path]:
    contract, data = folder / "contract.json", folder / "new.csv"
    contract.write_text(json.dumps({"features": [CODE, X], "targets": [], **more}), "utf-8")
    data.write_text(text, "utf-8")
    return contract, data


def test_texts_that_look_like_numbers_are_texts(tmp_path: Path) -> None:
    contract, data = files(tmp_path, "code,x\n12345,0.5\n")

    assert drifted(contract, data).breaches == ()


def test_columns_that_the_contract_left_out_are_known(tmp_path: Path) -> None:
    text = "code,x,label,other\na,0.5,1,1\n"
    contract, data = files(tmp_path, text, leftOut=["label"])

    (breach,) = drifted(contract, data).breaches

    assert "'other'" in str(breach)


def test_older_data_are_a_reference(tmp_path: Path) -> None:
    rows = "\n".join(f"a,{number / 100}" for number in range(100))
    contract, data = files(tmp_path, f"code,x\n{rows}\n")
    old = tmp_path / "old.csv"
    old.write_text("code,x\n" + "a,0.01\na,0.02\n" * 50, "utf-8")

    assert [each.check for each in drifted(contract, data, old).breaches] == ["psi"]
    assert drifted(contract, data, old, most_psi=20).breaches == ()


def test_a_contract_that_is_none_is_named(tmp_path: Path) -> None:
    contract, data = files(tmp_path, "code,x\na,1\n")
    contract.write_text("{}", "utf-8")

    with pytest.raises(StartError, match=r"contract\.json: features: missing"):
        drifted(contract, data)
