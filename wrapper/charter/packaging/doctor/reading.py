"""Reading files whose names and content are the user's: nothing in them may end the check."""

from __future__ import annotations

from pathlib import Path

from charter.errors import StartError


def text(path: Path, encoding: str = "utf-8-sig") -> str:
    """Return the text of a file; bytes that are no UTF-8, and zeros, are replaced.

    Args:
        path: of the file.
        encoding: `utf-8` keeps a byte order mark.

    Raises:
        StartError: it cannot be read.
    """
    try:
        found = path.read_text(encoding, "replace")
    except OSError as error:
        raise StartError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    return found.replace("\0", "\N{REPLACEMENT CHARACTER}")


def is_file(path: Path) -> bool:
    """Return whether there is a file; a name that is too long names none."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Return whether there is a folder; a name that is too long names none."""
    try:
        return path.is_dir()
    except OSError:
        return False
