from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from charter.transport.access import App, Event, Limited, Quota, Receive, Scope, Send, logged

SCOPE = {"type": "http", "method": "GET", "path": "/a b\n/c", "client": ("127.0.0.1", 1)}


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 201, "headers": [(b"a", b"b")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def fails(scope: Scope, receive: Receive, send: Send) -> None:
    raise LookupError


def ask(app: App, **scope: Any) -> list[Event]:
    sent: list[Event] = []

    async def send(event: Event) -> None:
        sent.append(event)

    async def receive() -> Event:
        return {"type": "http.request"}

    asyncio.run(app({**SCOPE, **scope}, receive, send))  # type: ignore[arg-type]  # it is a coroutine
    return sent


def test_a_request_is_one_line_and_the_answer_is_untouched(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    assert ask(logged(hello)) == ask(hello)

    (record,) = caplog.records
    assert record.getMessage().startswith('127.0.0.1 "GET /a%20b%0A/c" 201 ')


def test_a_client_that_left_and_one_without_an_address_are_logged_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    with pytest.raises(LookupError):
        ask(logged(fails), client=None)

    assert caplog.records[0].getMessage().startswith('- "GET /a%20b%0A/c" 499 ')


def test_when_there_were_enough_requests_it_is_said_once() -> None:
    said: list[int] = []
    asked: list[int] = []
    app = Limited(hello, Quota(2, lambda: said.append(len(asked))))

    for number in range(1, 5):
        asked.append(number)
        ask(app)

    assert said == [2]


def test_connections_are_ended_from_then_on_that_it_is_retiring() -> None:
    app = Limited(hello, Quota(9, lambda: None))

    before = ask(app)
    app.is_retiring = True
    after = ask(app)

    assert before == ask(hello)
    assert after[0]["headers"] == [(b"a", b"b"), (b"connection", b"close")]
    assert after[1:] == before[1:]
