from __future__ import annotations

from pathlib import Path

import pytest
import seldon_core
from seldon_core.storage import Storage


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    (folder / "1").mkdir(parents=True)
    (folder / "model.joblib").write_text("weights")
    (folder / ".hidden").write_text("secret")
    return folder


def test_it_is_a_name_of_the_package_too() -> None:
    assert seldon_core.Storage is Storage


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_local_path_is_returned_as_it_is(scheme: str, model: Path) -> None:
    assert Storage.download(f"{scheme}{model}/") == f"{model}/"


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_folder_is_linked_file_by_file(scheme: str, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"

    found = Storage.download(f"{scheme}{model}", str(out))

    assert found == str(out)
    assert sorted(path.name for path in out.iterdir()) == ["1", "model.joblib"]
    assert (out / "model.joblib").read_text() == "weights"


def test_a_file_is_linked(model: Path, tmp_path: Path) -> None:
    Storage.download(str(model / "model.joblib"), str(tmp_path / "out"))

    assert (tmp_path / "out" / "model.joblib").read_text() == "weights"


def test_a_relative_path_is_linked_to_where_it_is(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(model.parent)

    Storage.download("model", str(tmp_path / "out"))

    assert (tmp_path / "out" / "model.joblib").read_text() == "weights"


def test_a_worker_that_starts_again_finds_its_links(model: Path, tmp_path: Path) -> None:
    for _ in range(2):
        Storage.download(str(model), str(tmp_path / "out"))

    assert (tmp_path / "out" / "model.joblib").read_text() == "weights"


def test_another_file_of_the_name_stays_and_is_an_error(model: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "model.joblib").write_text("another")

    with pytest.raises(FileExistsError):
        Storage.download(str(model), str(tmp_path / "out"))


@pytest.mark.parametrize("uri", ["/no/such/folder", "file:///no/such/folder"])
def test_a_path_that_is_not_there_is_told(uri: str) -> None:
    with pytest.raises(RuntimeError, match=r"^no file or folder '/no/such/folder'$"):
        Storage.download(uri)


@pytest.mark.parametrize("scheme", ["s3", "gs", "https", "pvc", "wasb"])
def test_elsewhere_is_refused_with_the_way_out(scheme: str) -> None:
    with pytest.raises(RuntimeError, match=f"got {scheme}://; .*rclone init container.*mount"):
        Storage.download(f"{scheme}://bucket/model", "out")
