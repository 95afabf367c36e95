"""Which Charter an image gets: a version of an index, a wheel, or the source tree that runs now."""

from __future__ import annotations

import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import charter
from charter._version import VERSION
from charter.errors import StartError, shown
from charter.packaging import processes
from charter.settings import environment

_PARTS = ("wrapper", "README.md", "LICENSE", "pyproject.toml", "setup.py")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.+!]*")
_EPOCH = "315532800"
"""1980, the earliest time in a zip: the same sources give the same wheel, so its layer is kept."""


@dataclass(frozen=True, slots=True)
class Charter:
    """Say where an image gets Charter from.

    Args:
        version: of Charter.
        wheel: file to install; `None` for an index or a tree.
        tree: folder of Charter's own sources, of which a wheel is made; `None` for none.
    """

    version: str
    wheel: Path | None = None
    tree: Path | None = None

    @property
    def is_file(self) -> bool:
        """Return whether the build's context has to have a wheel."""
        return bool(self.wheel or self.tree)


def resolve(given: str) -> Charter:
    """Return the Charter of an image.

    Args:
        given: a version, or the path of a wheel; "" for the Charter that runs now.

    Raises:
        StartError: it is neither, or the Charter that runs now is on no index.
    """
    if not given:
        return _this()
    if given.endswith(".whl"):
        wheel = Path(given)
        if not wheel.is_file() or not wheel.name.startswith("charter-"):
            raise StartError(f"--charter: expected a file charter-….whl, got {shown(given)}")
        return Charter(wheel.name.split("-")[1], wheel)
    if not _VERSION.fullmatch(given):
        expected = "expected a version like 0.1.0 or the path of a wheel"
        raise StartError(f"--charter: {expected}, got {shown(given)}")
    return Charter(given)


def _this() -> Charter:
    tree = Path(charter.__file__).resolve().parents[2]
    if all((tree / part).exists() for part in _PARTS):
        return Charter(VERSION, tree=tree)
    if ".dev" in VERSION:
        raise StartError(
            f"this Charter is {VERSION}, which is on no index: name its wheel by --charter WHEEL"
        )
    return Charter(VERSION)


def put(own: Charter, folder: Path, scratch: Path) -> None:
    """Put the wheel into a folder; make it first where there is a source tree.

    Args:
        own: where Charter comes from; nothing is done for one of an index.
        folder: of the build's context.
        scratch: an empty folder for what making a wheel leaves behind.

    Raises:
        StartError: the wheel cannot be made.
    """
    if own.wheel is not None:
        shutil.copy(own.wheel, folder)
    if own.tree is None:
        return
    for part in _PARTS:
        source = own.tree / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, scratch / part)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--wheel-dir", str(folder), str(scratch)]
    variables = {**environment(), "SOURCE_DATE_EPOCH": _EPOCH}
    if processes.tell(command, variables):
        raise StartError(f"{own.tree}: no wheel of Charter can be made; name one by --charter")
