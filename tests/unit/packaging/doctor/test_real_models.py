"""The examples and classes of Seldon users are right by all rules that can end a build."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from charter.cli import charter
from charter.packaging.doctor import folder, table
from charter.packaging.doctor.model import Finding, Level
from charter.packaging.scaffold.kinds import KINDS
from click.testing import CliRunner

ROOT = Path(__file__).parents[4]
EXAMPLES = sorted(path.parent.parent for path in ROOT.glob("examples/*/.s2i/environment"))
CLASSES = sorted((ROOT / "tests" / "seldon_classes").glob("*.py"))
TYPES = {
    "EpsilonGreedyRouter": "ROUTER",
    "MeanCombiner": "COMBINER",
    "OutlierDetector": "TRANSFORMER",
}


def examined(root: Path) -> list[Finding]:
    return table.examine(folder.read(root), table.RULES)


@pytest.mark.parametrize("root", [ROOT, *EXAMPLES], ids=lambda root: root.name)
def test_an_example_has_no_error_and_no_warning(root: Path) -> None:
    # What is not committed, and how large TensorFlow is here, is the developer's matter.
    left = ("CH105", "CH106", "CH701")
    found = [each for each in examined(root) if each.rule.id not in left]

    assert [str(each) for each in found if each.level is not Level.NOTE] == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_init_writes_has_no_error(kind: str, tmp_path: Path) -> None:
    words = ["init", str(tmp_path / "model"), "--kind", kind, "--yes", "--no-train"]
    begun = CliRunner().invoke(charter, words)
    assert begun.exit_code == 0, begun.output

    found = [each for each in examined(tmp_path / "model") if each.level is Level.ERROR]

    # The file that training writes.
    assert [each.message for each in found if each.rule.id != "CH416"] == []


def test_what_init_trains_has_no_error(tmp_path: Path) -> None:
    for module in ("joblib", "pandas", "sklearn"):
        pytest.importorskip(module)
    begun = CliRunner().invoke(charter, ["init", str(tmp_path / "m"), "--kind=sklearn", "--yes"])
    assert begun.exit_code == 0, begun.output

    found = [each for each in examined(tmp_path / "m") if each.level is Level.ERROR]

    assert [each.message for each in found] == []


@pytest.mark.parametrize("file", CLASSES, ids=lambda file: file.stem)
def test_a_class_as_users_wrote_it_raises_no_false_alarm(file: Path, tmp_path: Path) -> None:
    for each in file.parent.iterdir():
        if each.is_file() and (each.suffix != ".py" or each == file):
            shutil.copy(each, tmp_path)
    (tmp_path / ".s2i").mkdir()
    kind = TYPES.get(file.stem, "MODEL")
    environment = f"MODEL_NAME={file.stem}\nAPI_TYPE=REST\nSERVICE_TYPE={kind}\nPERSISTENCE=0\n"
    (tmp_path / ".s2i" / "environment").write_text(environment)
    (tmp_path / "requirements.txt").write_text("numpy>=1.26\nprotobuf>=5\n")

    found = [each for each in examined(tmp_path) if each.level is not Level.NOTE]
    found = [each for each in found if each.rule.id != "CH501"]  # they came without contracts

    assert [f"{each.place}: {each.rule.id} {each.message}" for each in found] == []
