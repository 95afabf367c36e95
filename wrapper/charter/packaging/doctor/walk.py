"""The files of a folder with their sizes, read once; nothing follows a link."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Folders that nobody means to put into an image; they are counted and not looked into.
HEAPS = frozenset(
    {
        *(".git", ".hg", ".svn", ".venv", "venv", "env", ".env", ".tox", ".nox", "node_modules"),
        *("__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints"),
        *(".hypothesis", ".idea", ".vscode", ".dvc", "mlruns", "wandb", "lightning_logs"),
    }
)
# … and these only where they are virtual environments; others may be the user's sources.
_ENVIRONMENTS = frozenset({"env", ".env", "venv", ".venv"})
_READ_NAMES = ("Dockerfile", "before-run")
_READ_SUFFIXES = frozenset(
    {".pem", ".key", ".json", ".cfg", ".ini", ".toml", ".yaml", ".yml", ".env", ".sh"}
)
_LARGEST_READ = 64 * 1024
# A pointer of Git LFS is that short, and may stand in place of any file.
_POINTER_BYTES = 300


@dataclass(frozen=True, slots=True)
class Walk:
    """Hold the files of a folder.

    Args:
        files: the size in bytes by path, relative to the folder, with `/`.
        heaps: the size in bytes of each folder of `HEAPS`, by path.
        texts: the content of some small files, by path.
        executables: the files that may be executed.
    """

    files: dict[str, int]
    heaps: dict[str, int]
    texts: dict[str, str]
    executables: frozenset[str]


def walk(root: Path) -> Walk:
    """Return the files of a folder."""
    files: dict[str, int] = {}
    heaps: dict[str, int] = {}
    for path, is_heap in _below(root):
        name = path.relative_to(root).as_posix()
        if is_heap:
            heaps[name] = sum(size(each) for each in path.rglob("*") if not each.is_symlink())
        else:
            files[name] = size(path)
    texts = {name: _text(root / name) for name, bytes_ in files.items() if _is_read(name, bytes_)}
    able = frozenset(name for name in files if os.access(root / name, os.X_OK))
    return Walk(files, heaps, texts, able)


def _below(folder: Path) -> Iterator[tuple[Path, bool]]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    for entry in entries:
        if entry.is_symlink() and not entry.is_file():
            continue
        if not entry.is_dir():
            yield entry, False
        elif _is_heap(entry):
            yield entry, True
        else:
            yield from _below(entry)


def _is_heap(folder: Path) -> bool:
    if (folder / "pyvenv.cfg").is_file():  # a virtual environment, whatever its name
        return True
    return folder.name in HEAPS - _ENVIRONMENTS


def size(path: Path) -> int:
    """Return the bytes of a file; 0 for what is none, or cannot be looked at."""
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def _is_read(name: str, bytes_: int) -> bool:
    path = Path(name)
    is_known = path.name in _READ_NAMES or path.suffix in _READ_SUFFIXES
    is_script = name.startswith(".s2i/bin/") or path.name.startswith((".env", "Dockerfile"))
    return bytes_ <= _POINTER_BYTES or (bytes_ <= _LARGEST_READ and (is_known or is_script))


def _text(path: Path) -> str:
    try:
        # Bytes as they are: line ends matter in scripts.
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        return ""
