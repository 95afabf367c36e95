"""Clients that ask over REST, on connections they keep, and over gRPC."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

import grpc
import grpc.aio
from soak.accounts import Accounts, Asked
from soak.questions import GRPC, REST, Question, Reply, draw, late, over_grpc, over_rest

ANSWER_S = 15.0
"""No reply takes so long, that of a late request neither."""
# A connection is left after so many requests, so that one descriptor lost for each is seen.
_REQUESTS_A_CONNECTION = 100
_READ_BYTES = 1 << 16
_CHANNEL = (
    # Each channel has a connection of its own, and tries again soon when that is gone.
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 500),
)
_DETAILS = "grpc-status-details-bin"


class Lost(Exception):
    """Say why a request has no reply."""


class Client(Protocol):
    """Ask one request at a time, or several."""

    transport: str
    process: int | None
    """Who answered last, where that is likely to answer next."""
    is_sure: bool
    """Whether it is who answers next, if anybody does."""

    async def ask(self, question: Question) -> Reply:
        """Return the reply; raise `Lost` where there is none."""


class Rest:
    """Ask over REST, one request at a time.

    Args:
        host: of the service.
        port: of REST.
    """

    transport = REST
    is_sure = True

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self._asked = 0
        self.process: int | None = None

    async def ask(self, question: Question) -> Reply:
        """Ask, on a new connection where the old one was closed; raise `Lost`."""
        body = over_rest(question)
        head = (
            f"POST /predict HTTP/1.1\r\nHost: soak\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        surplus = self._leave_if_closed()
        if surplus:
            return Reply("", surplus=surplus)
        if self._socket is None:
            await self._connect()
        assert self._socket is not None
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(self._socket, head.encode() + body)
            reply = await self._read(self._socket)
        except (ConnectionError, EOFError) as error:
            raise Lost(f"{type(error).__name__}: {error}") from error
        self._asked += 1
        if self._asked == _REQUESTS_A_CONNECTION:
            self.close()
        return reply

    @property
    def is_open(self) -> bool:
        """Return whether the next request goes over the same connection."""
        return self._socket is not None

    def close(self) -> None:
        """Leave the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self.process, self._asked = None, None, 0

    def _leave_if_closed(self) -> bytes:
        """Leave a connection that was closed between requests; return what it should not have."""
        if self._socket is None:
            return b""
        try:
            surplus = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return b""
        except ConnectionError:
            surplus = b""
        self.close()
        return surplus

    async def _connect(self) -> None:
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(self._socket, self._address)

    async def _read(self, sock: socket.socket) -> Reply:
        loop, data = asyncio.get_running_loop(), b""
        while b"\r\n\r\n" not in data:
            data += await _part(loop, sock, data)
        head, _, body = data.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in _fields(lines)}
        length = int(headers["content-length"])
        while len(body) < length:
            body += await _part(loop, sock, body)
        if headers.get("connection") == "close":
            self.close()
        return Reply(status.split()[1], body[:length], surplus=body[length:])


def _fields(lines: list[str]) -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in lines]


async def _part(loop: asyncio.AbstractEventLoop, sock: socket.socket, before: bytes) -> bytes:
    part = await loop.sock_recv(sock, _READ_BYTES)
    if not part:
        raise EOFError(f"closed after {len(before)} bytes of the reply")
    return part


class Grpc:
    """Ask over one connection of gRPC.

    Args:
        address: of the service.
    """

    transport = GRPC
    is_sure = False  # grpcio connects again by itself, and does not say so

    def __init__(self, address: str) -> None:
        self._channel = grpc.aio.insecure_channel(address, options=_CHANNEL)
        self._predict: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self._channel.unary_unary(
            "/seldon.protos.Seldon/Predict"
        )
        self.process: int | None = None

    async def ask(self, question: Question) -> Reply:
        """Ask; raise `Lost` where grpcio says that nobody is there."""
        try:
            body = await self._predict(over_grpc(question))
        except grpc.aio.AioRpcError as error:
            told = error.details() or ""
            # One of Charter itself has details.
            is_told = any(key == _DETAILS for key, _ in error.trailing_metadata() or ())
            if error.code() is grpc.StatusCode.UNAVAILABLE and not is_told:
                raise Lost(told) from error
            return Reply(error.code().name, text=told)
        return Reply("OK", body)

    async def close(self) -> None:
        """Leave the connection."""
        await self._channel.close()


class Crowd:
    """Ask with several clients until it is enough.

    Args:
        accounts: what is told of each request.
        now: the clock of the accounts, in seconds.
    """

    def __init__(self, accounts: Accounts, now: Callable[[], float]) -> None:
        self._accounts = accounts
        self._now = now
        self.enough = asyncio.Event()
        """Set when no more requests are to be sent."""
        self._numbers = itertools.count(1)
        self.under_way: Counter[tuple[str, int | None]] = Counter()
        """How many requests are, by transport and the process that is likely to answer."""

    async def ask_steadily(self, client: Client, chance: random.Random, tick_s: float) -> None:
        """Ask at each tick, which all clients have at the same time."""
        async for number in self._ticks(tick_s):
            await self._ask(client, draw(chance, number))

    async def ask_late(self, clients: Sequence[Client], tick_s: float) -> None:
        """Ask what is answered too late, once in so many seconds, each client in its turn.

        One at a time: a worker has two slots, and the other is for all others.
        """
        turns = itertools.cycle(clients)
        async for number in self._ticks(tick_s):
            await self._ask(next(turns), late(number))

    async def _ticks(self, tick_s: float) -> AsyncIterator[int]:
        while True:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.enough.wait(), tick_s - self._now() % tick_s)
                return
            yield next(self._numbers)

    async def _ask(self, client: Client, question: Question) -> None:
        started, way = self._now(), (client.transport, client.process)
        self.under_way[way] += 1
        try:
            reply = await asyncio.wait_for(client.ask(question), ANSWER_S)
        except Lost as error:
            known = client.process if client.is_sure else None
            asked = Asked(question, client.transport, started, self._now(), known)
            self._accounts.lose(asked, str(error))
            _leave(client)
        except (OSError, asyncio.TimeoutError) as error:
            why = f"{type(error).__name__} {error}".strip()
            self._accounts.fault(f"{client.transport}: {question.puid}: {why}")
            _leave(client)
        else:
            asked = Asked(question, client.transport, started, self._now())
            answerer = self._accounts.take(asked, reply)
            if answerer is not None and _is_open(client):
                client.process = answerer
        finally:
            self.under_way[way] -= 1


def _is_open(client: Client) -> bool:
    return not isinstance(client, Rest) or client.is_open


def _leave(client: Client) -> None:
    if isinstance(client, Rest):
        client.close()
    client.process = None
