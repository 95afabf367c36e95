"""What misbehaves is found: models and services that break a promise, soaked for a moment."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from charter.message import Form
from serving import HAS_PROC
from soak.plan import Plan
from soak.questions import Kind, Question, Reply, judge
from soak.run import soak
from soak.traffic import Lost, Rest

QUESTION = Question(7, Kind.PLAIN, 2, ("a", "b", "c"), Form.NDARRAY)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
MOMENT = Plan(
    seconds=2.0,
    kills=(),
    reloads=(),
    tick_s=0.05,
    grpc_age_s=10.0,
    warm_up_s=60.0,
    least_life_s=60.0,
    max_requests=0,
)


@contextlib.contextmanager
def answering(*replies: bytes) -> Iterator[tuple[str, int]]:
    """Listen, and answer each request with the next bytes; none left closes the connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            for reply in replies:
                if not connection.recv(1 << 16):
                    return
                connection.sendall(reply)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        thread.join()
        listener.close()


@contextlib.asynccontextmanager
async def client(address: tuple[str, int]) -> AsyncIterator[Rest]:
    rest = Rest(*address)
    try:
        yield rest
    finally:
        rest.close()


async def ask(address: tuple[str, int], times: int) -> list[Reply]:
    async with client(address) as rest:
        return [await rest.ask(QUESTION) for _ in range(times)]


@pytest.mark.parametrize("cut", [0, 10, len(OK) - 1])
def test_a_connection_that_closes_before_the_whole_reply_has_lost_the_request(cut: int) -> None:
    with answering(OK[:cut]) as address, pytest.raises(Lost, match=r"closed after|reset"):
        asyncio.run(ask(address, 1))


def test_two_replies_at_once_are_found() -> None:
    with answering(OK + OK) as address:
        (reply,) = asyncio.run(ask(address, 1))

    assert reply.surplus == OK
    assert "more came than one reply" in judge(QUESTION, "rest", reply)[0]


def test_a_connection_is_kept_for_the_next_request() -> None:
    with answering(OK, OK) as address:
        replies = asyncio.run(ask(address, 2))

    assert [reply.body for reply in replies] == [b"{}", b"{}"]


@pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")
def test_a_model_that_mixes_rows_in_batches_is_found(tmp_path: Path) -> None:
    seen = soak(MOMENT, tmp_path / "log", "soaks:MixesRows")

    faults = seen.faults
    assert [fault for fault in faults if "expected the rows" in fault]
    assert [fault for fault in faults if fault.startswith("the model counts")]
