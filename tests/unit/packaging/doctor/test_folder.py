"""The description of a folder: what it reads, and that no text makes it fail."""

from __future__ import annotations

import tempfile
from pathlib import Path

from charter.packaging.doctor import folder, image_size, report, table
from charter.packaging.doctor.model import Level
from doctor_cases import ENVIRONMENT, GOOD, MODEL, write
from hypothesis import given, settings
from hypothesis import strategies as st

# Pieces that the rules look at, in any order: they meet what nobody writes on purpose.
PIECES = (
    *("numpy", ">=1", "==", "-r ", "-e ", "git+", "@", "#", "\\", "=", "$HOME", '"', "'", "\t"),
    *("MODEL_NAME", "Model", ".", "/", "~", "*", "!", "**", "file:", "[a]", ";", "\r\n", "\n"),
    *("class Model:\n", "    def predict(self, X):\n", "        return X\n", "import ", "from . "),
    *("open('/home/x')\n", "__file__", "x = ", "load(", ")", "é", "\x00", "\ufeff"),
)
texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=40)
TEXT_FILES = (*GOOD, ".s2iignore", "Dockerfile", ".s2i/bin/run", "before-run", "pyproject.toml")


@settings(max_examples=25)
@given(st.dictionaries(st.sampled_from(TEXT_FILES), texts, min_size=1, max_size=3))
def test_no_text_in_a_folder_makes_the_check_fail(changes: dict[str, str]) -> None:
    encoded = {name: text.encode("utf-8", "replace") for name, text in changes.items()}
    with tempfile.TemporaryDirectory() as place:
        described = folder.read(write(Path(place), encoded))

        findings = table.examine(described, table.RULES)

    size = image_size.estimate(described)
    assert report.lines(findings, size)[-1] == report.summary(findings)
    assert report.document(findings, size)


def test_a_model_in_a_folder_below_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "inner", {})
    (tmp_path / ".s2i").mkdir()
    (tmp_path / ".s2i" / "environment").write_text(ENVIRONMENT.replace("=Model", "=inner"))

    described = folder.read(tmp_path)

    assert described.model.path == "inner/Model.py"
    assert [each.path for each in described.environments] == [
        ".s2i/environment",
        "inner/.s2i/environment",
    ]
    assert described.asking.path == "inner/requirements.txt"
    assert table.examine(described, table.RULES) == []


def test_folders_that_lead_round_and_round_are_an_error(tmp_path: Path) -> None:
    for name, other in (("a", "../b"), ("b", "../a")):
        write(tmp_path / name, {".s2i/environment": f"MODEL_NAME={other}\n"})

    described = folder.read(tmp_path / "a")

    assert "without end" in described.model.error


def test_a_requirement_of_the_folder_above_counts_for_a_dotted_model(tmp_path: Path) -> None:
    environment = ENVIRONMENT.replace("=Model", "=models.digits.Model")
    tree = {
        ".s2i/environment": environment,
        "Model.py": None,
        "models/__init__.py": "",
        "models/digits.py": MODEL,
        "models/weights.csv": "1\n",
    }

    described = folder.read(write(tmp_path, tree))

    assert set(described.modules) == {"models.digits"}
    assert table.examine(described, table.chosen([], ["CH602"])) == []


def test_a_program_in_another_language_is_looked_at_without_rules_for_python(
    tmp_path: Path,
) -> None:
    environment = ENVIRONMENT.replace("=Model", "=classify.sh")
    tree = {".s2i/environment": environment, "classify.sh": "#!/bin/sh\n", "Model.py": None}

    described = folder.read(write(tmp_path, tree))

    assert described.model.is_script
    assert [
        each.rule.id
        for each in table.examine(described, table.RULES)
        if each.level is not Level.NOTE
    ] == []


def test_names_that_are_too_long_name_no_file(tmp_path: Path) -> None:
    long = "x" * 5000
    tree = {
        ".s2i/environment": ENVIRONMENT.replace("=Model", f"={long}.sh"),
        "requirements.txt": f"-r {long}\n-e {long}\n",
    }

    found = table.examine(folder.read(write(tmp_path, tree)), table.RULES)

    ids = {each.rule.id for each in found if each.level is Level.ERROR}
    assert ids == {"CH202", "CH311", "CH314"}


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.bin").write_bytes(b"0" * 100)
    root = write(tmp_path / "src", {})
    (root / "link").symlink_to(tmp_path / "data")

    assert set(folder.read(root).files) == GOOD.keys()
