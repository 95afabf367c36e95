"""What the settings change in the answers of REST."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from charter.assembly import make
from charter.service import Service
from charter.settings import Settings
from charter.transport.rest import rest_app

GOOD = {"data": {"ndarray": [[1, 2]]}}


class Echo:
    def predict(self, X: Any, names: Any) -> Any:
        return X


@contextlib.asynccontextmanager
async def client(component: Any, **chosen: Any) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(**chosen)
    service: Service = make(component, settings)
    await service.load()
    transport = httpx.ASGITransport(rest_app(service, settings))
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://charter") as opened:
            yield opened
    finally:
        service.close()


def ask(
    component: Any, verb: str, path: str, request: Any = None, /, **chosen: Any
) -> httpx.Response:
    async def run() -> httpx.Response:
        async with client(component, **chosen) as opened:
            return await opened.request(verb, path, **(request or {}))

    return asyncio.run(run())


ORIGIN = "access-control-allow-origin"


@pytest.mark.parametrize(
    ("verb", "path"), [("POST", "/predict"), ("GET", "/ready"), ("GET", "/no")]
)
def test_a_page_of_another_origin_may_read_every_reply_where_it_is_let(
    verb: str, path: str
) -> None:
    response = ask(Echo, verb, path, {"json": GOOD} if verb == "POST" else {}, cors="*")

    assert response.headers[ORIGIN] == "*"
    assert "vary" not in response.headers


def test_one_origin_may_be_let_alone() -> None:
    response = ask(Echo, "GET", "/ready", cors="https://a.example")

    assert (response.headers[ORIGIN], response.headers["vary"]) == ("https://a.example", "Origin")


def test_a_browser_is_told_before_what_it_may_send() -> None:
    asks = {"headers": {"access-control-request-headers": "content-type, x-own"}}

    response = ask(Echo, "OPTIONS", "/predict", asks, cors="*")

    assert response.status_code == 204
    assert response.headers["access-control-allow-headers"] == "content-type, x-own"
    assert "POST" in response.headers["access-control-allow-methods"]


def test_no_origin_is_let_where_nothing_was_chosen() -> None:
    responses = [ask(Echo, "POST", "/predict", {"json": GOOD}), ask(Echo, "OPTIONS", "/predict")]

    assert not [r for r in responses if any("access-control" in name for name in r.headers)]


def test_head_is_answered_without_a_body() -> None:
    whole, head = ask(Echo, "GET", "/health/status"), ask(Echo, "HEAD", "/health/status")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == whole.headers["content-length"]


class Waits:
    async def predict(self, X: Any) -> Any:
        await asyncio.Event().wait()


def test_a_call_over_the_time_limit_is_504() -> None:
    response = ask(Waits, "POST", "/predict", {"json": GOOD}, rest_timeout=0.01)

    assert response.status_code == 504
    assert response.json()["status"] == {
        "code": -1,
        "info": "no answer within 0.01 s; the limit is --rest-timeout",
        "reason": "MICROSERVICE_TOO_LATE",
        "status": 1,
    }


def test_a_call_within_the_time_limit_is_answered() -> None:
    response = ask(Echo, "POST", "/predict", {"json": GOOD}, rest_timeout=60.0)

    assert response.json()["data"]["ndarray"] == [[1, 2]]


class Reverses:
    def predict_raw(self, body: bytes) -> bytes:
        return body[::-1]


def test_a_payload_passes_as_it_is_where_that_was_chosen() -> None:
    response = ask(
        Reverses, "POST", "/predict", {"content": b"\x00\xffab"}, payload_passthrough=True
    )

    assert (response.status_code, response.content) == (200, b"ba\xff\x00")
    assert response.headers["content-type"] == "application/json"


def test_only_predict_passes_a_payload() -> None:
    response = ask(
        Echo, "POST", "/transform-input", {"json": {"strData": "s"}}, payload_passthrough=True
    )

    assert response.json()["strData"] == "s"


STRICT: list[tuple[str, str, Any, int, str]] = [
    ("GET", "/nowhere", {}, 500, "MICROSERVICE_INTERNAL_ERROR"),
    ("PUT", "/predict", {"json": GOOD}, 500, "MICROSERVICE_INTERNAL_ERROR"),
    ("POST", "/predict", {"json": {"data": {"ndarray": [[1], [1, 2]]}}}, 500, ""),
    ("POST", "/predict", {"json": {"binData": "a"}}, 500, ""),
    ("POST", "/predict", {"json": {"meta": None, **GOOD}}, 500, ""),
    ("POST", "/predict", {"data": {"json": "{bad"}}, 500, ""),
    ("POST", "/predict", {"json": []}, 400, "MICROSERVICE_BAD_DATA"),
    (
        "POST",
        "/predict",
        {"content": b"{bad", "headers": {"content-type": "application/json"}},
        400,
        "",
    ),
    ("POST", "/predict", {"content": b'{"strData": "s"}'}, 400, "MICROSERVICE_BAD_DATA"),
]


@pytest.mark.parametrize(("verb", "path", "request_", "status", "reason"), STRICT)
def test_strict_has_the_statuses_of_the_original(
    verb: str, path: str, request_: Any, status: int, reason: str
) -> None:
    response = ask(Echo, verb, path, request_, compat="strict")

    assert response.status_code == status
    assert response.json()["status"]["reason"].startswith(reason)
    assert response.content.endswith(b"\n")


def test_strict_writes_the_bytes_of_the_original() -> None:
    content = b'{"meta": {"puid": "\xc3\xa9"}, "data": {"ndarray": [[NaN, 1]]}}'
    headers = {"content-type": "application/json"}

    response = ask(
        Echo, "POST", "/predict", {"content": content, "headers": headers}, compat="strict"
    )

    assert response.content == (
        b'{"data":{"names":["t:0","t:1"],"ndarray":[[NaN,1.0]]},"meta":{"puid":"\\u00e9"}}\n'
    )
