from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeAlias

import pytest
import uvloop
from charter.exchange import Answer, Asked, Handler
from charter.transport import http
from charter.transport.http import Connection
from charter.transport.http_server import HttpServer
from charter.transport.traffic import Limits, Traffic

GET = b"GET /a HTTP/1.1\r\n\r\n"
WAIT_S = 10.0
SEEN: contextvars.ContextVar[str] = contextvars.ContextVar("seen", default="")

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter


@contextlib.asynccontextmanager
async def serving(
    handle: Handler, *, needs_task: bool = True, **limits: Any
) -> AsyncIterator[tuple[HttpServer, Callable[[], Coroutine[Any, Any, tuple[Reader, Writer]]]]]:
    server = HttpServer(handle, Limits(**limits), ["/a"], lambda asked: needs_task)
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port, writers = sock.getsockname()[1], list[Writer]()

        async def connect() -> tuple[Reader, Writer]:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writers.append(writer)
            return reader, writer

        await server.start(sock)
        try:
            yield server, connect
        finally:
            await server.drain(0.0)
            for writer in writers:
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()


async def answer(reader: Reader) -> tuple[int, bytes, bytes]:
    """Return status, head and body of the next answer."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WAIT_S)
    size = int(head.partition(b"content-length: ")[2].split(b"\r\n")[0])
    return int(head.split()[1]), head, await asyncio.wait_for(reader.readexactly(size), WAIT_S)


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Any:
    return request.param


def ok(body: bytes) -> Answer:
    return 200, body, ()


@pytest.mark.parametrize("needs_task", [True, False])
def test_what_waits_is_answered_and_keeps_its_context(run: Any, needs_task: bool) -> None:
    async def handle(asked: Asked) -> Answer | None:
        before = SEEN.get()
        SEEN.set("this request")
        with contextlib.suppress(KeyError):
            await fails()
        await asyncio.sleep(0)
        await asyncio.get_running_loop().run_in_executor(None, str)
        return ok(f"{before}, {SEEN.get()}".encode())

    async def fails() -> None:
        failing = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(failing.set_exception, KeyError())
        await failing

    async def ask() -> list[bytes]:
        async with serving(handle, needs_task=needs_task) as (_, connect):
            reader, writer = await connect()
            writer.write(GET * 3)
            return [(await answer(reader))[2] for _ in range(3)]

    assert run(ask()) == [b", this request"] * 3


@pytest.mark.parametrize("needs_task", [True, False])
def test_a_mistake_of_the_handler_ends_its_connection_and_is_logged(
    run: Any, needs_task: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)

    async def handle(asked: Asked) -> Answer | None:
        raise LookupError("mistake")

    async def ask() -> bytes:
        async with serving(handle, needs_task=needs_task) as (_, connect):
            reader, writer = await connect()
            writer.write(GET)
            with contextlib.suppress(ConnectionResetError):
                return await asyncio.wait_for(reader.read(), WAIT_S)
            return b""

    assert run(ask()) == b""
    assert "LookupError: mistake" in caplog.text


def test_a_header_that_is_none_is_a_mistake_too(run: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def handle(asked: Asked) -> Answer | None:
        return 200, b"", [(b"a", b"b\r\nc: d")]

    async def ask() -> bytes:
        async with serving(handle) as (_, connect):
            reader, writer = await connect()
            writer.write(GET)
            with contextlib.suppress(ConnectionResetError):
                return await asyncio.wait_for(reader.read(), WAIT_S)
            return b""

    assert run(ask()) == b""
    assert "no header of HTTP" in caplog.text


@pytest.mark.parametrize("needs_task", [True, False])
def test_a_client_that_leaves_cancels_what_it_asked_for(run: Any, needs_task: bool) -> None:
    async def ask() -> tuple[bool, bool]:
        entered, cancelled = asyncio.Event(), asyncio.Event()

        async def handle(asked: Asked) -> Answer | None:
            entered.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise
            return None

        async with serving(handle, needs_task=needs_task) as (server, connect):
            _, writer = await connect()
            writer.write(GET)
            await asyncio.wait_for(entered.wait(), WAIT_S)
            # Without this it would end as one that only shuts down its writing side.
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            await asyncio.wait_for(cancelled.wait(), WAIT_S)
            return cancelled.is_set(), await server.emptied(WAIT_S)

    assert run(ask()) == (True, True)


def test_a_drain_closes_what_is_idle_and_answers_what_is_asked_as_the_last(run: Any) -> None:
    async def ask() -> tuple[bytes, int, bytes, bytes]:
        entered, leave = asyncio.Event(), asyncio.Event()

        async def handle(asked: Asked) -> Answer | None:
            entered.set()
            await leave.wait()
            return ok(b"done")

        async with serving(handle) as (server, connect):
            idle, _ = await connect()
            reader, writer = await connect()
            writer.write(GET)
            await asyncio.wait_for(entered.wait(), WAIT_S)
            draining = asyncio.ensure_future(server.drain(WAIT_S))
            nothing = await asyncio.wait_for(idle.read(), WAIT_S)
            leave.set()
            status, head, _ = await answer(reader)
            end = await asyncio.wait_for(reader.read(), WAIT_S)
            await draining
            return nothing, status, head, end

    nothing, status, head, end = run(ask())

    assert (nothing, status, end) == (b"", 200, b"")
    assert b"connection: close\r\n" in head


def test_what_outlives_a_drain_is_cut_off_and_answered(run: Any) -> None:
    async def ask() -> tuple[int, bytes]:
        entered = asyncio.Event()

        async def handle(asked: Asked) -> Answer | None:
            entered.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return 503, b"cut off", ()
            return None

        async with serving(handle) as (server, connect):
            reader, writer = await connect()
            writer.write(GET)
            await asyncio.wait_for(entered.wait(), WAIT_S)
            await server.drain(0.0)
            status, _, body = await answer(reader)
            return status, body

    assert run(ask()) == (503, b"cut off")


def test_a_large_answer_is_sent_whole_and_the_next_after_it(run: Any) -> None:
    large = bytes(range(256)) * 40_000

    async def handle(asked: Asked) -> Answer | None:
        return ok(large)

    async def ask() -> list[bool]:
        async with serving(handle, needs_task=False) as (_, connect):
            reader, writer = await connect()
            writer.write(GET * 2)
            return [(await answer(reader))[2] == large for _ in range(2)]

    assert run(ask()) == [True, True]


def test_more_connections_than_can_be_told_are_closed_without_a_word(run: Any) -> None:
    async def handle(asked: Asked) -> Answer | None:
        assert asked.refusal is not None
        return 503, b"", ()

    async def ask() -> list[bytes]:
        async with serving(handle, max_connections=1) as (_, connect):
            opened = [await connect() for _ in range(70)]
            read = (asyncio.wait_for(reader.read(), WAIT_S) for reader, _ in opened[1:])
            found = await asyncio.gather(*read, return_exceptions=True)
            return [each[:12] if isinstance(each, bytes) else b"" for each in found]

    found = run(ask())

    assert found.count(b"HTTP/1.1 503") >= 64
    assert b"" in found


def test_a_call_that_waits_goes_on_in_what_every_python_takes_for_a_coroutine() -> None:
    async def waits() -> None:
        return None

    begun = waits()
    resumed = http._resumed(begun, None)
    try:
        assert isinstance(resumed, Coroutine)  # generators are no longer from Python 3.12 on
    finally:
        resumed.close()
        begun.close()


@pytest.mark.parametrize("needs_task", [True, False])
def test_what_is_read_after_requests_that_waited_has_a_context_of_its_own(
    run: Any, needs_task: bool
) -> None:
    async def handle(asked: Asked) -> Answer | None:
        before = SEEN.get()
        SEEN.set("a request before")
        await asyncio.sleep(0)
        return ok(before.encode() + bytes(len(asked.body)))

    async def ask() -> list[bytes]:
        async with serving(handle, needs_task=needs_task) as (_, connect):
            reader, writer = await connect()
            bodies = []
            for sent in (GET * 3, GET, GET * 2):
                writer.write(sent)
                bodies += [(await answer(reader))[2] for _ in range(sent.count(GET))]
            return bodies

    assert run(ask()) == [b""] * 6


def test_a_request_that_goes_on_when_its_client_reads_has_a_context_of_its_own(run: Any) -> None:
    async def handle(asked: Asked) -> Answer | None:
        before = SEEN.get()
        SEEN.set("a request before")
        return ok(before.encode() + bytes(10_000_000))

    async def ask() -> list[int]:
        async with serving(handle, needs_task=False) as (_, connect):
            reader, writer = await connect()
            writer.write(GET * 2)
            return [len((await answer(reader))[2]) for _ in range(2)]

    assert run(ask()) == [10_000_000] * 2


@pytest.mark.parametrize("needs_task", [True, False])
def test_a_call_that_cancels_itself_ends_its_connection(run: Any, needs_task: bool) -> None:
    async def handle(asked: Asked) -> Answer | None:
        await asyncio.sleep(0)
        raise asyncio.CancelledError

    async def ask() -> bool:
        async with serving(handle, needs_task=needs_task) as (server, connect):
            reader, writer = await connect()
            writer.write(GET)
            with contextlib.suppress(ConnectionResetError):
                await asyncio.wait_for(reader.read(), WAIT_S)
            return await server.emptied(WAIT_S)

    assert run(ask())


def test_a_call_that_is_cut_off_before_it_began_holds_nothing(run: Any) -> None:
    async def handle(asked: Asked) -> Answer | None:
        return await asyncio.Event().wait() and None

    async def ask() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        traffic = Traffic(handle, Limits())
        made = asyncio.Event()

        class Begun(Connection):
            def data_received(self, data: bytes) -> None:
                super().data_received(data)
                held.append(traffic.held_bytes)
                self.cut_off()
                made.set()

        held: list[int] = []
        listener = await loop.create_server(lambda: Begun(traffic, set(), loop), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
        writer.write(b"POST /a HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc")
        await asyncio.wait_for(made.wait(), WAIT_S)
        with contextlib.suppress(ConnectionResetError):
            await asyncio.wait_for(reader.read(), WAIT_S)
        writer.close()
        listener.close()
        return held[0], traffic.held_bytes

    assert run(ask()) == (3, 0)


def test_a_last_answer_is_not_cut_off_where_its_client_reads_later(run: Any) -> None:
    large = bytes(10_000_000)

    async def handle(asked: Asked) -> Answer | None:
        return ok(large)

    async def ask() -> int:
        async with serving(handle) as (server, connect):
            reader, writer = await connect()
            writer.write(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WAIT_S)
            (connection,) = server._connections
            for _ in range(3):
                server._traffic.sweeps += server._traffic.linger_sweeps
                connection.expire()  # as after two seconds, in which nothing is read
            return len(await asyncio.wait_for(reader.read(), WAIT_S))

    assert run(ask()) == 10_000_000


def test_without_keepalive_the_first_answer_is_the_last_however_late_it_is_asked(run: Any) -> None:
    async def handle(asked: Asked) -> Answer | None:
        return ok(b"a")

    async def ask() -> tuple[bytes, bytes]:
        async with serving(handle, keepalive_s=0.0) as (server, connect):
            reader, writer = await connect()
            server._sweep(asyncio.get_running_loop())
            server._sweep(asyncio.get_running_loop())
            writer.write(GET)
            _, head, _ = await answer(reader)
            return head, await asyncio.wait_for(reader.read(), WAIT_S)

    head, end = run(ask())

    assert b"connection: close\r\n" in head
    assert end == b""


def test_a_drain_lets_a_client_read_that_sent_more_than_is_answered(run: Any) -> None:
    async def ask() -> tuple[int, bytes]:
        entered, leave = asyncio.Event(), asyncio.Event()

        async def handle(asked: Asked) -> Answer | None:
            entered.set()
            await leave.wait()
            return ok(b"done")

        async with serving(handle) as (server, connect):
            reader, writer = await connect()
            writer.write(GET * 20_000)
            await asyncio.wait_for(entered.wait(), WAIT_S)
            draining = asyncio.ensure_future(server.drain(WAIT_S))
            leave.set()
            status, _, _ = await answer(reader)
            end = await asyncio.wait_for(reader.read(), WAIT_S)
            writer.close()
            await draining
            return status, end

    assert run(ask()) == (200, b"")
