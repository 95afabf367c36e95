"""The rules that ask git."""

from __future__ import annotations

from pathlib import Path

import pytest
from charter.packaging.doctor import folder, table
from charter.packaging.doctor.model import Finding
from doctor_cases import write
from repositories import committed, git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return committed(write(tmp_path, {}))


def examined(root: Path, rule: str) -> list[Finding]:
    return table.examine(folder.read(root), table.chosen([rule], []))


def test_a_clean_work_tree_is_right(repository: Path) -> None:
    assert examined(repository, "CH1") == []


def test_a_changed_file_and_a_new_one_are_found(repository: Path) -> None:
    (repository / "weights.csv").write_text("1\n")
    (repository / "rows.csv").write_text("1\n")

    (found,) = examined(repository, "CH105")

    assert found.message == "2 not as in the last commit: weights.csv, rows.csv"


def test_a_change_beside_the_folder_does_not_count(repository: Path) -> None:
    inner = write(repository / "inner", {})
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "inner")
    (repository / "weights.csv").write_text("1\n")
    assert examined(inner, "CH105") == []

    (inner / "weights.csv").write_text("1\n")

    assert [each.message for each in examined(inner, "CH105")] == [
        "1 not as in the last commit: weights.csv"
    ]


def test_a_file_of_the_model_that_git_ignores_is_found(repository: Path) -> None:
    git(repository, "rm", "-q", "--cached", "weights.csv")
    (repository / ".gitignore").write_text("*.csv\n")
    git(repository, "add", ".gitignore")
    git(repository, "commit", "-q", "-m", "fewer")
    (repository / "other.csv").write_text("1\n")

    (found,) = examined(repository, "CH106")

    assert found.place == "weights.csv"
