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


Handler: TypeAlias = Callable[[BaseException], "Response | None"]


def of(user: object) -> Handler | None:
    """Return what answers an error; `None` where the user's object has no `model_error_handler`.

    The handler returns `None` for an error that the Blueprint has nothing for.
    """
    blueprint = seldon_types.member(user, "model_error_handler")
    flask: Any = sys.modules.get("flask")
    if blueprint is None or flask is None:
        return None
    app = flask.Flask("charter")
    app.register_blueprint(blueprint)

    def handle(error: BaseException) -> Response | None:
        with app.test_request_context():
            return _response(app, error)

    return handle


def _response(app: Any, error: BaseException) -> Response | None:
    try:
        made = app.make_response(app.handle_user_exception(error))
    except BaseException as raised:
        if raised is not error:  # no handler for it: Flask raises it again
            logger.exception("model_error_handler raised")
        return None
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in made.headers.items()
        if name.lower() != "content-length"
    ]
    return Response(made.status_code, tuple(headers), made.get_data())
