from __future__ import annotations

import json
from pathlib import Path

import pytest
from charter.contract.model import Feature
from charter.contract_file import read_contract
from charter.errors import StartError

X = {"name": "x", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1]}
CONTRACT = {"features": [X], "targets": []}


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "contract.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(StartError) as refused:
        read_contract(path)
    return refused.value.message


def test_a_contract_is_read_from_its_file(tmp_path: Path) -> None:
    path = written(tmp_path, json.dumps(CONTRACT))

    assert read_contract(path).features == (Feature("x", low=0.0, high=1.0),)


def test_the_mark_that_some_editors_set_before_the_text_is_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbf" + json.dumps(CONTRACT).encode())

    assert read_contract(path).targets == ()


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "none.json"

    assert refusal(path) == f"{path}: no such file or directory"


def test_a_folder_is_no_contract(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: is a directory"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('{"features": [,]}', "line 1, column 15: not JSON: expecting value"),
        ("", "line 1, column 1: not JSON: expecting value"),
        (b"\xff{}", "not UTF-8 text: invalid start byte"),
        ("[]", "expected an object with features and targets, got []"),
        ('{"features": []}', "features: expected at least one, got an empty list"),
        ('{"features": [{"name": "x"}]}', "features[0].ftype: expected 'continuous' or "),
        ("[" * 100_000, "not JSON that is read: maximum recursion depth exceeded"),
        ("1" * 5000, "not JSON that is read: exceeds the limit"),
    ],
)
def test_what_is_no_contract_is_refused_with_file_and_place(
    tmp_path: Path, content: str | bytes, problem: str
) -> None:
    path = written(tmp_path, content)

    assert refusal(path).startswith(f"{path}: {problem}")


def test_what_python_reads_and_json_has_not_is_no_end_of_a_range(tmp_path: Path) -> None:
    path = written(
        tmp_path, json.dumps({**CONTRACT, "features": [{**X, "range": [0, float("nan")]}]})
    )

    assert refusal(path) == f'{path}: features[0].range[1]: expected a number or "inf", got nan'


def test_infinity_is_no_limit(tmp_path: Path) -> None:
    limits = [float("-inf"), float("inf")]
    path = written(tmp_path, json.dumps({**CONTRACT, "features": [{**X, "range": limits}]}))

    assert read_contract(path).features == (Feature("x"),)
