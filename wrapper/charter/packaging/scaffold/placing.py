"""From a finished project to the user's folder: nothing replaced unasked, nothing half-written."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from charter.errors import StartError

_HIDDEN = ".charter-init-"


@contextlib.contextmanager
def workshop(target: Path) -> Iterator[Path]:
    """Give an empty folder beside the target while the block runs; what is left there is removed.

    Args:
        target: the user's folder, which need not be there; files are moved, so both are on one
            file system.

    Raises:
        StartError: none can be made there.
    """
    parent = next(each for each in (target, *target.parents) if each.exists())
    if not parent.is_dir():
        raise StartError(f"{parent} is a file, not a folder")
    try:
        folder = tempfile.mkdtemp(prefix=_HIDDEN, dir=parent)
    except OSError as error:
        raise StartError(f"{parent}: {(error.strerror or str(error)).lower()}") from error
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def taken(paths: Sequence[str], target: Path) -> list[str]:
    """Return those paths that the target has already; raise `StartError` where one is a folder."""
    found = [path for path in paths if os.path.lexists(target / path)]
    for path in found:
        if (target / path).is_dir():
            raise StartError(f"{target / path} is a folder, and a file is to be written there")
    return found


def place(folder: Path, paths: Sequence[str], target: Path) -> None:
    """Move files of a folder into the target, in place of those that it has.

    Raises:
        StartError: one cannot be written; those before it are.
    """
    for path in paths:
        file = target / path
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            (folder / path).replace(file)
        except OSError as error:
            raise StartError(f"{file}: {(error.strerror or str(error)).lower()}") from error


def chosen(paths: Sequence[str], target: Path, may_replace: Callable[[str], bool]) -> list[str]:
    """Return the paths to write: all that are not there, and those that may be replaced."""
    there = set(taken(paths, target))
    return [path for path in paths if path not in there or may_replace(path)]
