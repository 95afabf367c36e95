from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from charter.contract.parse import parse
from charter.errors import StartError
from charter.packaging.scaffold import tables
from charter.packaging.scaffold.contracts import contract, request
from charter.packaging.scaffold.kinds import KINDS
from charter.packaging.scaffold.project import Wanted

TEMPLATE = '{"features": [{"name": "x", "range": [0, 1]}], "targets": [{"name": "y"}]}'


def of_table(text: str, kind: str, folder: Path) -> dict[str, Any]:
    pytest.importorskip("pandas", reason="tables need pandas")
    path = folder / "data.csv"
    path.write_text(text, "utf-8")
    table = tables.read(path, tables.columns(path)[-1])
    return contract(Wanted("m", "a", KINDS[kind], table), folder, (), None).document


def test_without_files_it_is_that_of_the_template_with_the_name_first(tmp_path: Path) -> None:
    found = contract(Wanted("my model", "a", KINDS["function"]), tmp_path, (), TEMPLATE).document

    assert found == {"name": "my model", **json.loads(TEMPLATE)}
    assert next(iter(found)) == "name"


def test_a_table_gives_features_answers_and_samples_without_answers(tmp_path: Path) -> None:
    found = of_table("a,b,good\n1,0.5,yes\n2,1.5,no\n3,2.5,no\n4,0.5,yes\n", "sklearn", tmp_path)

    assert [each["name"] for each in found["features"]] == ["a", "b"]
    assert found["targets"][0]["values"] == ["no", "yes"]
    assert found["samples"][0] == {"input": [1, 0.5]}
    assert found["input"] == "dataframe"


def test_true_and_false_are_classes_like_others(tmp_path: Path) -> None:
    found = of_table("a,good\n1,True\n2,False\n", "keras", tmp_path)

    assert found["targets"][0]["values"] == [False, True]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\nx,1\ny,2\nx,3\ny,4\n", "column 'a' holds STRING, and keras takes numbers only"),
        ("a,b\n1.5,1\n,2\n", "column 'a' has gaps, and keras takes numbers only"),
        ("a,b\n1,q\n2,w\n3,e\n", "column 'b': expected a number, or one of a few classes"),
    ],
)
def test_a_network_takes_numbers_only(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(StartError, match=said):
        of_table(text, "keras", tmp_path)


def test_texts_are_taken_whatever_they_are(tmp_path: Path) -> None:
    found = of_table("note,good\nfine,yes\nbad,no\nfine,yes\nbad,no\n", "text", tmp_path)

    assert found["features"] == [{"name": "note", "dtype": "STRING", "maxLength": 2000}]


def test_a_table_of_texts_has_one_column_of_them(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="expected one column of text beside the answer"):
        of_table("a,note,good\n1,fine,yes\n2,bad,no\n", "text", tmp_path)


def test_a_model_file_of_a_framework_that_is_missing_is_told_with_the_way_out(
    tmp_path: Path,
) -> None:
    (tmp_path / "requirements.txt").write_text("# why\nkeras>=3.5\nnumpy>=1.26\n", "utf-8")
    wanted = Wanted("m", "a", KINDS["keras"], model_file=Path("m.keras"))

    with pytest.raises(StartError) as refused:
        contract(wanted, tmp_path, ("keras",), None)

    assert refused.value.message == (
        "m.keras: reading it needs keras, which is not installed: "
        "pip install 'keras>=3.5' 'numpy>=1.26'"
    )


def test_a_request_is_one_that_the_contract_allows() -> None:
    document = json.loads(TEMPLATE)

    found = json.loads(request(document))

    assert found["data"]["names"] == ["x"]
    assert 0 <= found["data"]["ndarray"][0][0] <= 1
    assert parse(document)
