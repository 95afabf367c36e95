from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from charter.component import loader
from charter.contract_file import read_contract
from charter.packaging.scaffold import project
from charter.packaging.scaffold.kinds import KINDS, Kind
from charter.packaging.scaffold.project import Made, Wanted, make
from unit.packaging.scaffold import function_tree

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
EVERYWHERE = [
    *(".gitignore", ".s2i/environment", ".s2iignore", "README.md", "contract.json"),
    *("request.json", "requirements.txt", "test_model.py"),
]
TRAINED = [*EVERYWHERE, "data.csv", "train.py"]
TREES = {
    **{name: [*EVERYWHERE, "CreditRisk.py"] for name in ("function", "transformer", "router")},
    **{name: [*TRAINED, "CreditRisk.py"] for name in ("sklearn", "keras", "pytorch", "onnx")},
    "text": [*TRAINED, "CreditRisk.py"],
    "image": [*EVERYWHERE, "train.py", "CreditRisk.py"],
    "script": [*EVERYWHERE, "credit-risk.sh"],
}


def made(kind: Kind, folder: Path) -> Made:
    wanted = Wanted(function_tree.TITLE, function_tree.AUTHOR, kind)
    return make(wanted, folder, trains=False)


def test_a_function_is_written_word_for_word(tmp_path: Path) -> None:
    made(KINDS["function"], tmp_path)

    found = {path: (tmp_path / path).read_text("utf-8") for path in project.paths(tmp_path)}
    assert found == function_tree.FILES


@every_kind
def test_a_kind_has_its_files(kind: Kind, tmp_path: Path) -> None:
    said = made(kind, tmp_path)

    assert project.paths(tmp_path) == sorted(TREES[kind.name])
    assert said.is_trained == ("train.py" not in TREES[kind.name])
    assert said.image == "credit-risk"


@every_kind
def test_what_is_written_names_its_model_and_is_strict(kind: Kind, tmp_path: Path) -> None:
    made(kind, tmp_path)

    text = (tmp_path / ".s2i" / "environment").read_text("utf-8")
    environment = loader.parse_environment(text)
    assert environment["MODEL_NAME"] == ("credit-risk.sh" if kind.program else "CreditRisk")
    assert environment["SERVICE_TYPE"] == kind.service_type
    assert environment["CHARTER_CONTRACT_MODE"] == "strict"
    assert environment.keys() >= {"API_TYPE", "PERSISTENCE"}


@every_kind
def test_the_contract_is_one_and_is_named(kind: Kind, tmp_path: Path) -> None:
    made(kind, tmp_path)

    assert read_contract(tmp_path / "contract.json").extra["name"] == "credit risk"


@every_kind
def test_the_model_can_be_read_aloud(kind: Kind, tmp_path: Path) -> None:
    made(kind, tmp_path)

    text = next(tmp_path.glob("[Cc]redit*")).read_text("utf-8")
    assert len(text.splitlines()) <= 40
    assert "charter" not in text


def test_python_is_written_as_ruff_would(tmp_path: Path) -> None:
    for kind in KINDS.values():
        (tmp_path / kind.name).mkdir()
        made(kind, tmp_path / kind.name)

    for command in (["check", "--select=E,F,W,UP,B,SIM"], ["format", "--diff"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache"]
        done = subprocess.run(
            [*ruff, "--line-length=100", tmp_path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_a_program_may_be_executed(tmp_path: Path) -> None:
    made(KINDS["script"], tmp_path)

    assert (tmp_path / "credit-risk.sh").stat().st_mode & 0o111


def test_a_model_file_is_copied_and_nothing_is_to_be_trained(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn")
    joblib = pytest.importorskip("joblib")
    from sklearn.linear_model import LinearRegression

    given, folder = tmp_path / "mine.pkl", tmp_path / "folder"
    folder.mkdir()
    joblib.dump(LinearRegression().fit([[0.0, 1.0], [2.0, 5.0]], [1.0, 2.0]), given)

    said = make(Wanted("given model", "a", KINDS["sklearn"], model_file=given), folder)

    assert project.paths(folder) == sorted([*EVERYWHERE, "GivenModel.py", "model.pkl"])
    assert (folder / "model.pkl").read_bytes() == given.read_bytes()
    assert said.is_trained
    assert [feature.repeat for feature in read_contract(folder / "contract.json").features] == [2]


def test_a_table_makes_a_function_that_gives_its_usual_answer(tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="tables need pandas")
    from charter.packaging.scaffold import tables

    data = tmp_path / "data.csv"
    data.write_text('size,"what\'s ""it"""\n1,low\n2,high\n3,high\n', "utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()

    make(Wanted("usual", "a", KINDS["function"], tables.read(data, 'what\'s "it"')), folder)

    namespace: dict[str, Any] = {}
    exec((folder / "Usual.py").read_text("utf-8"), namespace)
    assert namespace["Usual"]().predict([[1], [2]]) == [["high"], ["high"]]
    assert namespace["Usual"].class_names == ['what\'s "it"']
