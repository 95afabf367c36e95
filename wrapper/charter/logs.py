"""Logging of the command line, and the user's own part of a traceback."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from types import TracebackType

_PACKAGE = str(Path(__file__).parent)
_MACHINERY = ("<frozen importlib", "/concurrent/futures/", "/importlib/")


def configure(level: str) -> None:
    """Send log lines to standard error; called by the commands, never by the library."""
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    logging.getLogger("uvicorn.error").setLevel(max(logging.WARNING, logging.getLevelName(level)))


def user_traceback(error: BaseException) -> str:
    """Return the traceback of an exception from the first frame of user code on.

    Frames of Charter and of Python's import machinery before it tell the user nothing; where user
    code has no frame at all (a syntax error), only the exception itself is left.
    """
    return "".join(
        traceback.format_exception(type(error), error, _first_of_user(error.__traceback__))
    ).rstrip()


def _first_of_user(frames: TracebackType | None) -> TracebackType | None:
    while frames is not None and _is_ours(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    return frames


def _is_ours(file: str) -> bool:
    return file.startswith(_PACKAGE) or any(part in file for part in _MACHINERY)
