"""What git says of a folder, with a real git."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import repositories
from charter.packaging import git


def known(folder: Path) -> git.WorkTree:
    tree = git.read(folder)
    assert tree is not None
    return tree


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "inner").mkdir()
    (tmp_path / "rows.csv").write_text("1\n")
    (tmp_path / "inner" / "Model.py").write_text("x = 1\n")
    return repositories.committed(tmp_path)


def test_the_label_says_whether_files_differ_from_the_commit(repository: Path) -> None:
    clean = known(repository).label
    (repository / "new.txt").write_text("")

    tree = known(repository)

    assert len(clean) == 40
    assert tree.label == f"{clean}-dirty"
    assert tree.changed == ("new.txt",)


def test_names_are_those_of_the_folder_that_is_asked_for(repository: Path) -> None:
    (repository / "inner" / "new.txt").write_text("")

    tree = known(repository / "inner")

    assert (tree.tracked, tree.changed) == (frozenset({"Model.py"}), ("new.txt",))


def test_a_renamed_file_is_one_change(repository: Path) -> None:
    repositories.git(repository, "mv", "rows.csv", "r.csv")

    assert known(repository).changed == ("r.csv",)


def test_a_work_tree_without_a_commit_has_no_label(tmp_path: Path) -> None:
    repositories.git(tmp_path, "init", "-q")
    (tmp_path / "new.txt").write_text("")

    assert known(tmp_path).label == ""


def test_a_folder_that_is_no_work_tree_is_none(tmp_path: Path) -> None:
    assert git.read(tmp_path) is None


def test_a_copy_in_the_work_tree_of_others_is_none(repository: Path) -> None:
    shutil.copytree(repository / "inner", repository / "copy")

    assert git.read(repository / "copy") is None


def test_no_program_that_the_folder_names_is_run(repository: Path, tmp_path: Path) -> None:
    program = tmp_path / "watch"
    program.write_text(f"#!/bin/sh\ntouch '{tmp_path / 'ran'}'\n")
    program.chmod(0o755)
    repositories.git(repository, "config", "core.fsmonitor", str(program))

    assert git.read(repository) is not None
    assert not (tmp_path / "ran").exists()
