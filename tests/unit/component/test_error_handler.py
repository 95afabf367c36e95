from __future__ import annotations

import pytest
from charter.component import error_handler
from charter.exchange import Asked

flask = pytest.importorskip("flask")
werkzeug = pytest.importorskip("werkzeug.exceptions")


class OwnError(Exception):
    pass


class Unforeseen(Exception):
    pass


class Broken(Exception):
    pass


class Asks(Exception):
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

    def tell(error: Exception) -> object:
        asked = flask.request
        query, body = asked.query_string.decode(), asked.get_data().decode()
        return f"{asked.method} {asked.path} {query} {asked.headers['X-Own']} {body}"

    made.app_errorhandler(Asks)(tell)
    made.app_errorhandler(OwnError)(handle)
    made.app_errorhandler(Broken)(fail)
    return made


def handler() -> error_handler.Handler:
    found = error_handler.of(type("Model", (), {"model_error_handler": blueprint()})())
    assert found is not None
    return found


ASKED = Asked(
    "POST", "/predict", b"a=1", ((b"x-own", b"told"), (b"content-type", b"text/plain")), b"body"
)


def answer(error: Exception) -> error_handler.Response | None:
    """Return what is answered to an error while another is handled, as in the transport."""
    try:
        raise error
    except Exception as caught:  # noqa: BLE001 - any error
        return handler()(caught, ASKED)


def test_an_error_of_its_kind_is_answered_by_the_handler() -> None:
    response = answer(OwnError("boom"))

    assert response is not None
    assert (response.status, response.body) == (418, b'{"mine":"boom"}\n')
    assert (b"x-own", b"yes") in response.headers
    assert not [name for name, _ in response.headers if name == b"content-length"]


@pytest.mark.parametrize("error", [Unforeseen(), werkzeug.NotFound("nothing"), KeyError("k")])
def test_an_error_without_a_handler_is_not_answered_and_not_logged(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    assert answer(error) is None
    assert caplog.records == []


def test_a_handler_that_raises_is_logged_and_not_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert answer(Broken()) is None
    assert "ZeroDivisionError" in caplog.text


def test_a_handler_sees_the_request() -> None:
    response = answer(Asks())

    assert response is not None
    assert response.body == b"POST /predict a=1 told body"


def test_a_component_without_a_handler_has_none() -> None:
    assert error_handler.of(object()) is None
