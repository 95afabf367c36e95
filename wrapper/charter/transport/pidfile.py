"""The file with the process id, for whoever stops the service by it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from charter.errors import StartError


@contextlib.contextmanager
def written(path: str) -> Iterator[None]:
    """Keep this process's id in a file while the block runs; no file for "".

    Raises:
        StartError: the file cannot be written.
    """
    if not path:
        yield
        return
    try:
        Path(path).write_text(_content(), "ascii")
    except OSError as error:
        raise StartError(f"--pidfile: cannot write {path}: {error.strerror}") from error
    try:
        yield
    finally:
        remove(path)


def remove(path: str) -> None:
    """Remove the file, as at the end of `written`, unless another has written it since."""
    file = Path(path)
    if path and file.is_file() and file.read_text("ascii", errors="replace") == _content():
        file.unlink(missing_ok=True)


def _content() -> str:
    return f"{os.getpid()}\n"
