"""The user's `model_error_handler`: a Flask Blueprint with handlers for errors of the user's code.

Flask is never imported for it: an object that has one has imported Flask itself.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from charter.component import seldon_types
from charter.exchange import Asked

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Response:
    """Hold an HTTP response that user code made.

    Args:
        status: 200 to 599.
        headers: names in lower case, and values.
        body: the bytes.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


Handler: TypeAlias = Callable[[BaseException, Asked], "Response | None"]


def of(user: object) -> Handler | None:
    """Return what answers an error; `None` where the user's object has no `model_error_handler`.

    The handler returns `None` for an error that the Blueprint has nothing for.
    """
    blueprint = seldon_types.member(user, "model_error_handler")
    flask: Any = sys.modules.get("flask")
    if blueprint is None or flask is None:
        return None
    app = flask.Flask("charter")
    unhandled = app.response_class()
    # The least specific of handlers; where the Blueprint has one for Exception, that takes over.
    app.register_error_handler(Exception, lambda error: unhandled)
    app.register_blueprint(blueprint)

    def handle(error: BaseException, asked: Asked) -> Response | None:
        try:
            with app.test_request_context(**_environment(asked)):
                made = app.make_response(app.handle_user_exception(error))
        except Exception:
            logger.exception("model_error_handler raised")
            return None
        return None if made is unhandled else _response(made)

    return handle


def _environment(asked: Asked) -> dict[str, Any]:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in asked.headers]
    return {
        "path": asked.path,
        "method": asked.verb,
        "query_string": asked.query.decode("latin-1"),
        "headers": headers,
        "data": asked.body,
    }


def _response(made: Any) -> Response:
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in made.headers.items()
        if name.lower() != "content-length"
    ]
    return Response(made.status_code, tuple(headers), made.get_data())
