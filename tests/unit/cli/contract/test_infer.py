from __future__ import annotations

import json
from pathlib import Path

import pytest
from charter.cli import charter
from click.testing import CliRunner, Result

pytest.importorskip("pandas", reason="tables need pandas")
HELLO = str(Path(__file__).parents[4] / "examples" / "hello")


@pytest.fixture
def data(tmp_path: Path) -> str:
    path = tmp_path / "data.csv"
    path.write_text("a,b,c,d,label\n1,2,3,4,x\n5,6,7,8,y\n", "utf-8")
    return str(path)


def infer(*arguments: object) -> Result:
    result = CliRunner().invoke(charter, ["contract", "infer", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def test_a_contract_is_printed_with_notes_on_standard_error(data: str) -> None:
    result = infer(data)

    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["features"]) == 5
    assert result.stderr == (
        "note: targets: none are promised; name the columns that are with --target\n"
    )


def test_all_options_are_taken(data: str, tmp_path: Path) -> None:
    output = tmp_path / "contract.json"
    options = ["--target", "label", "--model", HELLO, "--rows", 1, "--name", "Hello"]

    result = infer(data, "-o", output, *options)

    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr.startswith(f"wrote {output}\n")
    document = json.loads(output.read_text("utf-8"))
    assert document["name"] == "Hello"
    assert document["leftOut"] == ["label"]
    assert document["samples"] == [{"input": [1, 2, 3, 4], "output": [2.0, 4.0, 6.0, 8.0]}]


def test_a_table_may_stand_behind_its_model(data: str) -> None:
    before = infer(data, "--model", HELLO, "--target", "label")
    behind = infer(HELLO, "--data", data, "--target", "label")

    assert before.stdout == behind.stdout
    assert before.exit_code == behind.exit_code == 0


def test_a_file_is_replaced_only_by_force(data: str, tmp_path: Path) -> None:
    output = tmp_path / "contract.json"
    output.write_text("mine", "utf-8")

    result = infer(data, "-o", output)

    assert result.exit_code == 1
    assert result.stderr == f"Error: {output} exists; --force replaces it\n"
    assert output.read_text("utf-8") == "mine"
    assert infer(data, "-o", output, "--force").exit_code == 0
    assert json.loads(output.read_text("utf-8"))["features"]


def test_a_folder_that_is_not_there_is_told(data: str, tmp_path: Path) -> None:
    output = tmp_path / "no" / "contract.json"

    result = infer(data, "-o", output)

    assert result.exit_code == 1
    assert result.stderr == f"Error: {output}: no such file or directory\n"


def test_a_table_and_a_model_twice_are_refused(data: str) -> None:
    result = infer(data, "--model", HELLO, "--data", data)

    assert result.exit_code == 2
    assert "give either --model with a table or --data with a model" in result.stderr


def test_what_is_wrong_is_one_sentence(data: str) -> None:
    result = infer(data, "--target", "nothing")

    assert result.exit_code == 1
    assert result.stderr == (
        "Error: --target: no column 'nothing'; there are 'a, b, c, d, label'\n"
    )
