from __future__ import annotations

from pathlib import Path

import pytest
from charter.errors import StartError
from charter.packaging.scaffold.placing import chosen, place, taken, workshop


def test_the_workshop_is_on_the_file_system_of_the_target_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    with workshop(tmp_path / "new" / "deep") as aside:
        (aside / "file").write_text("", "utf-8")
        assert aside.parent == tmp_path

    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _interrupted(tmp_path / "new")

    assert list(tmp_path.iterdir()) == []


def _interrupted(target: Path) -> None:
    with workshop(target) as aside:
        (aside / "file").write_text("", "utf-8")
        raise KeyboardInterrupt


def test_a_file_is_no_folder_to_write_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")

    with (
        pytest.raises(StartError, match="file is a file, not a folder"),
        workshop(tmp_path / "file" / "new"),
    ):
        pass


def test_what_is_there_is_named_and_asked_for(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("", "utf-8")
    (tmp_path / "dangling").symlink_to("nowhere")
    asked: list[str] = []

    def may_replace(path: str) -> bool:
        asked.append(path)
        return path == "dangling"

    found = chosen(["new", "mine", "dangling"], tmp_path, may_replace)

    assert taken(["new", "mine", "dangling"], tmp_path) == asked == ["mine", "dangling"]
    assert found == ["new", "dangling"]


def test_a_folder_where_a_file_goes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").mkdir()

    with pytest.raises(StartError, match=r"README\.md is a folder"):
        taken(["README.md"], tmp_path)


def test_files_are_moved_with_their_folders(tmp_path: Path) -> None:
    aside, target = tmp_path / "aside", tmp_path / "new" / "target"
    (aside / "deep").mkdir(parents=True)
    (aside / "deep" / "file").write_text("text", "utf-8")

    place(aside, ["deep/file"], target)

    assert (target / "deep" / "file").read_text("utf-8") == "text"


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "aside").mkdir()
    (tmp_path / "aside" / "file").write_text("", "utf-8")
    (tmp_path / "target").write_text("", "utf-8")

    with pytest.raises(StartError, match="target"):
        place(tmp_path / "aside", ["file"], tmp_path / "target")
