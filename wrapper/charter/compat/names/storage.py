"""Bring a model's files to where it reads them: `seldon_core.storage`. Local files only."""

from __future__ import annotations

import logging
from pathlib import Path

logger = logging.getLogger(__name__)

_LOCAL = "file://"


class Storage:
    """Hold what models call: `Storage.download(uri)`."""

    @staticmethod
    def download(uri: str, out_dir: str | None = None) -> str:
        """Return the local path of a model's files.

        Args:
            uri: a path, or `file://` and a path.
            out_dir: a folder, made if need be, which gets a link to the file, or to each file in
                the folder; `None` returns the path itself.

        Raises:
            RuntimeError: there is no such path; or the files lie elsewhere than on this machine.
        """
        path = uri.removeprefix(_LOCAL)
        if not Path(path).exists():
            raise RuntimeError(_not_there(uri, path))
        if out_dir is None:
            return path
        _link(Path(path).absolute(), Path(out_dir))
        return out_dir


def _link(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in _listed(source):
        link = folder / file.name
        if link.exists() and link.samefile(file):  # an earlier worker made it
            continue
        logger.info("linking %s into %s", file, folder)
        link.symlink_to(file)


def _listed(source: Path) -> list[Path]:
    """Return the file, or the files of a folder but the hidden ones."""
    if not source.is_dir():
        return [source]
    return sorted(file for file in source.iterdir() if not file.name.startswith("."))


def _not_there(uri: str, path: str) -> str:
    scheme, colon, _ = uri.partition("://")
    if not colon or uri.startswith(_LOCAL):
        return f"no file or folder {path!r}"
    return (
        f"{uri!r}: expected a local path or file://, got {scheme}://; let the pod bring the files "
        f"and name their path: modelUri does it with the rclone init container, pvc:// by a mount"
    )
