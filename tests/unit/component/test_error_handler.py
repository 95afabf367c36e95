from __future__ import annotations

import pytest
from charter.component import error_handler

flask = pytest.importorskip("flask")


class OwnError(Exception):
    pass


class Unforeseen(Exception):
    pass


class Broken(Exception):
    pass


def blueprint() -> object:
    made = flask.Blueprint("errors", __name__)

    def handle(error: Exception) -> object:
        response = flask.jsonify({"mine": str(error)})
        response.status_code = 418
        response.headers["X-Own"] = "yes"
        return response

    def fail(error: Exception) -> object:
        raise ZeroDivisionError

    made.app_errorhandler(OwnError)(handle)
    made.app_errorhandler(Broken)(fail)
    return made


def handler() -> error_handler.Handler:
    found = error_handler.of(type("Model", (), {"model_error_handler": blueprint()})())
    assert found is not None
    return found


def raised(error: Exception) -> Exception:
    """Return an error that has been raised, as Flask wants it."""
    try:
        raise error
    except Exception as caught:  # noqa: BLE001 - any error
        return caught


def test_an_error_of_its_kind_is_answered_by_the_handler() -> None:
    response = handler()(raised(OwnError("boom")))

    assert response is not None
    assert (response.status, response.body) == (418, b'{"mine":"boom"}\n')
    assert (b"x-own", b"yes") in response.headers
    assert not [name for name, _ in response.headers if name == b"content-length"]


def test_an_error_without_a_handler_is_not_answered() -> None:
    assert handler()(raised(Unforeseen())) is None


def test_a_handler_that_raises_is_logged_and_not_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert handler()(raised(Broken())) is None
    assert "ZeroDivisionError" in caplog.text


def test_a_component_without_a_handler_has_none() -> None:
    assert error_handler.of(object()) is None
