from __future__ import annotations

import asyncio
import logging

import pytest
from charter.exchange import Answer, Asked, Handler
from charter.transport.access import Limited, Quota, logged

PATH = "/a b\n/c"


async def hello(asked: Asked) -> Answer | None:
    return 201, b"hello", [(b"a", b"b")]


async def fails(asked: Asked) -> Answer | None:
    raise LookupError


async def leaves(asked: Asked) -> Answer | None:
    return None


def ask(handle: Handler, client: str = "127.0.0.1") -> Answer | None:
    async def run() -> Answer | None:
        return await handle(Asked("GET", PATH, b"", (), b"", client=client))

    return asyncio.run(run())


def test_a_request_is_one_line_and_the_answer_is_untouched(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    assert ask(logged(hello)) == ask(hello)

    (record,) = caplog.records
    assert record.getMessage().startswith('127.0.0.1 "GET /a%20b%0A/c" 201 ')


def test_a_client_that_left_and_a_mistake_are_logged_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    assert ask(logged(leaves), client="-") is None
    with pytest.raises(LookupError):
        ask(logged(fails), client="-")

    for record in caplog.records:
        assert record.getMessage().startswith('- "GET /a%20b%0A/c" 499 ')


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
    assert after == (201, b"hello", [(b"a", b"b"), (b"connection", b"close")])
    assert ask(Limited(leaves, Quota(9, lambda: None))) is None
