"""What a span says of an error: the user's own exception where it was that.

Reference: OpenTelemetry Semantic Conventions, “Exceptions on spans” and “Recording errors”.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from opentelemetry.trace import Span, Status, StatusCode

from charter.component.adapter import text_of
from charter.errors import UserCodeRaised
from charter.logs import user_traceback

ERROR_TYPE = "error.type"


@contextlib.contextmanager
def recorded(span: Span) -> Iterator[None]:
    """Record on a span what is raised in the block."""
    try:
        yield
    except BaseException as error:
        if span.is_recording():
            _record(span, error)
        raise


def _record(span: Span, error: BaseException) -> None:
    raised = _raised(error)
    kind = _name(type(raised))
    event = {
        "exception.type": kind,
        "exception.message": text_of(raised),
        "exception.stacktrace": user_traceback(raised),
    }
    # Not span.record_exception: text and frames of user code are read here as in the log.
    span.add_event("exception", event)
    span.set_attribute(ERROR_TYPE, kind)
    span.set_status(Status(StatusCode.ERROR, text_of(error)))


def _raised(error: BaseException) -> BaseException:
    """Return what user code raised, of the error that the caller is told."""
    return error.__cause__ or error if isinstance(error, UserCodeRaised) else error


def _name(kind: type[BaseException]) -> str:
    is_builtin = kind.__module__ == "builtins"
    return kind.__qualname__ if is_builtin else f"{kind.__module__}.{kind.__qualname__}"
