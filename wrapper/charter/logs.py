"""Logging of the command line, and the user's own part of a traceback."""

from __future__ import annotations

import itertools
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = str(Path(__file__).parent)
_MACHINERY = ("<frozen importlib", "/importlib/", "/concurrent/futures/", "/asyncio/", "uvloop/")


def configure(level: str) -> None:
    """Send log lines to standard error; called by the commands, never by the library."""
    form = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
    logging.basicConfig(level=level, format=form, force=True)


def user_traceback(error: BaseException) -> str:
    """Return the traceback of an exception, and of its causes, from the first user frame on.

    Frames of Charter and of Python's machinery before it tell the user nothing; where user code has
    no frame at all (a syntax error), only the exception itself is left.
    """
    told = traceback.TracebackException.from_exception(error)
    for part in _chain(told):
        frames = _of_user(part.stack)
        # An absent stack is written without the line “Traceback (most recent call last)”.
        part.stack = traceback.StackSummary.from_list(frames) if frames else None  # type: ignore[assignment]
    return "".join(told.format()).rstrip()


def _of_user(stack: list[traceback.FrameSummary]) -> list[traceback.FrameSummary]:
    """Return the frames behind those that called Charter, of Charter and of the machinery."""
    ours = next((n for n, frame in enumerate(stack) if frame.filename.startswith(_PACKAGE)), 0)
    return list(itertools.dropwhile(_is_ours, stack[ours:]))


def _chain(part: traceback.TracebackException | None) -> Iterator[traceback.TracebackException]:
    while part is not None:
        yield part
        part = part.__cause__ or (None if part.__suppress_context__ else part.__context__)


def _is_ours(frame: traceback.FrameSummary) -> bool:
    return frame.filename.startswith(_PACKAGE) or any(
        machinery in frame.filename for machinery in _MACHINERY
    )
