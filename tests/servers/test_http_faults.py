"""What clients do wrong, and what is promised then; the table is docs/faults.md, “Clients”.

Each row is a promise of its own, kept by the real server on uvloop; after each it answers as ever.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvloop
from charter.assembly import make, prepare
from charter.transport.workers import Endpoints, running
from serving import FREE, WAIT_S, served, until

ROOT = Path(__file__).parents[2]
MOST_CONNECTIONS, MOST_PENDING = 20, 400_000
CHOSEN = {
    "host": "127.0.0.1",
    "http_port": 0,
    "grpc_port": 0,
    "metrics_port": 0,
    "no_grpc": True,
    "keepalive": 2.0,
    "header_timeout": 0.6,
    "body_timeout": 0.6,
    "write_timeout": 0.6,
    "max_header_bytes": 2000,
    "max_url_bytes": 1000,
    "max_body_bytes": 300_000,
    "max_pending_bytes": MOST_PENDING,
    "max_connections": MOST_CONNECTIONS,
    # In auto the calls that wait would hold up the loop, once others have proved short.
    "execution": "threads",
}
MANY, FILES, FEW_FILES = 10_000, 15_000, 100
TINY = 7
BODY = b'{"strData": "s"}'
HEAD = b"POST /predict HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n"
GOOD = HEAD + b"content-length: %d\r\n\r\n" % len(BODY) + BODY
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
LONG = "x" * 200_000


class Echo:
    """Give back what it is asked with; wait with `wait` until it may go on; be long with `long`."""

    def __init__(self) -> None:
        self.entered, self.leave = threading.Semaphore(0), threading.Event()

    def predict(self, X: Any) -> Any:
        if X == "wait":
            self.entered.release()
            assert self.leave.wait(WAIT_S)
        return X if X != "long" else LONG * 50


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def info(self) -> str:
        info: str = json.loads(self.body)["status"]["info"]
        return info


class Client:
    """A socket that sends and reads in tiny pieces."""

    def __init__(self, port: int, receive_bytes: int = 0) -> None:
        self.sock = socket.socket()
        if receive_bytes:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.sock.settimeout(WAIT_S)
        self.sock.connect(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._read = b""

    def send(self, data: bytes, size: int = TINY) -> None:
        for start in range(0, len(data), size):
            self.sock.sendall(data[start : start + size])

    def answer(self, *, has_body: bool = True) -> Answer:
        head, _, self._read = self._until(b"\r\n\r\n").partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        size = int(headers.get("content-length", 0)) if has_body else 0
        while len(self._read) < size:
            self._read += self._more()
        body, self._read = self._read[:size], self._read[size:]
        return Answer(int(first.split()[1]), headers, body)

    @property
    def is_closed(self) -> bool:
        """Wait for the end; nothing may come before it."""
        assert self._read == b""
        with contextlib.suppress(ConnectionResetError):
            return self.sock.recv(1) == b""
        return True

    def reset(self) -> None:
        """Go away without a word."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def _until(self, end: bytes) -> bytes:
        while end not in self._read:
            self._read += self._more()
        return self._read

    def _more(self) -> bytes:
        part = self.sock.recv(TINY if len(self._read) < 1000 else 2**16)
        assert part, f"closed after {self._read!r}"
        return part


class Server:
    """What the rows are given."""

    def __init__(self, model: Echo, endpoints: Endpoints) -> None:
        assert endpoints.http_port
        self.model = model
        self.port = endpoints.http_port
        self._endpoints = endpoints
        self._open: list[Client] = []

    def client(self, *sent: bytes, receive_bytes: int = 0) -> Client:
        client = Client(self.port, receive_bytes)
        self._open.append(client)
        for data in sent:
            client.send(data)
        return client

    def counted(self, code: int) -> float:
        text = httpx.get(self._endpoints.metrics_url, trust_env=False).text
        start = f'charter_requests_total{{code="{code}",'
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(start))

    def close(self) -> None:
        for client in self._open:
            client.sock.close()
        self._open.clear()
        self.model.leave.set()


@contextlib.contextmanager
def serving(model: Echo, **chosen: Any) -> Iterator[Endpoints]:
    """Serve a model on uvloop in a thread."""
    opened: Future[tuple[Endpoints, Callable[[], object]]] = Future()

    async def serve() -> None:
        create, settings = prepare(model, {**CHOSEN, **chosen})
        service = make(create, settings)
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        async with running(service, settings) as endpoints:
            await service.load()
            opened.set_result((endpoints, lambda: loop.call_soon_threadsafe(ended.set)))
            await ended.wait()
        service.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(lambda: uvloop.run(serve()))
        endpoints, end = opened.result(WAIT_S)
        try:
            yield endpoints
        finally:
            end()
            done.result(WAIT_S)


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    model = Echo()
    with serving(model) as endpoints:
        yield Server(model, endpoints)


@pytest.fixture
def server(shared: Server) -> Iterator[Server]:
    shared.model.leave.clear()
    try:
        yield shared
    finally:
        shared.close()


@dataclass(frozen=True)
class Row:
    does: str
    promise: str
    run: Callable[[Server], None]


ROWS: list[Row] = []


def row(does: str, promise: str) -> Callable[[Callable[[Server], None]], Callable[[Server], None]]:
    def add(run: Callable[[Server], None]) -> Callable[[Server], None]:
        ROWS.append(Row(does, promise, run))
        return run

    return add


def refused(client: Client, status: int, says: str) -> Answer:
    """Check an error in the form of the protocol, after which the connection is closed."""
    answer = client.answer()
    assert (answer.status, answer.headers["connection"]) == (status, "close")
    assert says in answer.info
    assert client.is_closed
    return answer


@row(
    "sends headers byte by byte, without an end",
    "408 after `--header-timeout`, closed; progress is no excuse",
)
def slow_headers(server: Server) -> None:
    client = server.client(b"GET /live HTTP/1.1\r\nx: ")
    while not select.select([client.sock], [], [], 0.02)[0]:
        client.sock.sendall(b"x")

    refused(client, 408, "--header-timeout")


@row("stops in the middle of a body", "408 after `--body-timeout`, closed")
def slow_body(server: Server) -> None:
    refused(server.client(GOOD[:-3]), 408, "--body-timeout")


@row("sends a body for longer than `--body-timeout`, but never pauses so long", "answered")
def steady_body(server: Server) -> None:
    client, end = server.client(GOOD[: -len(BODY)]), time.monotonic() + 1.0
    for number in range(len(BODY)):
        select.select([client.sock], [], [], max(0.0, end - time.monotonic()) / len(BODY) * 1.5)
        client.send(BODY[number : number + 1])

    assert client.answer().body == b'{"strData":"s","meta":{}}'


@row(
    "connects and sends nothing",
    "closed without a word after `--keepalive`; where that is 0, after `--header-timeout`",
)
def silent(server: Server) -> None:
    assert server.client().is_closed


@row("sends larger headers than `--max-header-bytes`", "431, closed")
def large_headers(server: Server) -> None:
    lines = b"".join(b"x-%d: %s\r\n" % (number, b"v" * 80) for number in range(30))

    refused(server.client(b"GET /live HTTP/1.1\r\n" + lines + b"\r\n"), 431, "--max-header-bytes")


@row("sends one header that has no end", "431 as soon as it is too large, closed")
def endless_header(server: Server) -> None:
    client = server.client(b"GET /live HTTP/1.1\r\nx: ")
    with contextlib.suppress(ConnectionError):
        client.send(b"v" * 4000, 500)

    refused(client, 431, "--max-header-bytes")


@row("asks for a longer path than `--max-url-bytes`", "414, closed")
def long_url(server: Server) -> None:
    refused(server.client(b"GET /" + b"a" * 1100 + b" HTTP/1.1\r\n\r\n"), 414, "--max-url-bytes")


@row(
    "sends both Content-Length and Transfer-Encoding",
    "400, closed; what follows is not taken for a request (RFC 9112 §6.3)",
)
def both_lengths(server: Server) -> None:
    both = HEAD + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"

    refused(server.client(both + GOOD), 400, "Content-Length")


@row("sends two Content-Lengths", "400, closed")
def two_lengths(server: Server) -> None:
    twice = HEAD + b"content-length: 4\r\ncontent-length: 5\r\n\r\n"

    refused(server.client(twice), 400, "Content-Length")


@row("sends a Content-Length that is no number", "400, closed")
def no_length(server: Server) -> None:
    refused(server.client(HEAD + b"content-length: -4\r\n\r\n"), 400, "Content-Length")


@row("sends a chunk whose size is no number", "400, closed")
def bad_chunk(server: Server) -> None:
    refused(server.client(CHUNKED + b"zz\r\n"), 400, "chunk size")


@row("sends a body in chunks of one byte, and trailers", "answered; trailers are not read")
def tiny_chunks(server: Server) -> None:
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY)
    client = server.client(CHUNKED + chunks + b"0\r\ncontent-type: a/b\r\n\r\n")

    assert client.answer().body == b'{"strData":"s","meta":{}}'


@row("sends a transfer coding other than chunked", "501, closed")
def other_coding(server: Server) -> None:
    coded = HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n"

    refused(server.client(coded), 501, "expected chunked")


@row("ends lines with LF alone", "400, closed, since others would see other requests")
def bare_line_feeds(server: Server) -> None:
    refused(server.client(b"GET /live HTTP/1.1\nhost: h\n\n"), 400, "CRLF")


@row("puts a space between a header's name and its colon", "400, closed")
def spaced_header(server: Server) -> None:
    refused(server.client(b"GET /live HTTP/1.1\r\nhost : h\r\n\r\n"), 400, "header token")


@row("folds a header over two lines", "400, closed")
def folded_header(server: Server) -> None:
    refused(server.client(b"GET /live HTTP/1.1\r\nx: a\r\n b\r\n\r\n"), 400, "whitespace")


@row("sends a NUL in a header", "400, closed")
def zero_in_header(server: Server) -> None:
    refused(server.client(b"GET /live HTTP/1.1\r\nx: a\0b\r\n\r\n"), 400, "header value")


@row("speaks TLS to a port that does not", "400, closed")
def speaks_tls(server: Server) -> None:
    refused(server.client(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400, "method")


@row("begins with the preface of HTTP/2", "505, closed")
def speaks_http2(server: Server) -> None:
    refused(server.client(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505, "expected HTTP/1.1")


@row("asks to upgrade to h2c or a websocket", "answered over HTTP/1.1, and the connection goes on")
def upgrades(server: Server) -> None:
    for protocol in (b"h2c", b"websocket"):
        wants = HEAD + b"connection: upgrade\r\nupgrade: " + protocol + GOOD[len(HEAD) - 2 :]
        client = server.client(wants, GOOD)

        assert [client.answer().status for _ in range(2)] == [200, 200]


@row("asks for a tunnel with CONNECT", "400, closed; what follows is not taken for a request")
def connects(server: Server) -> None:
    refused(server.client(b"CONNECT h:80 HTTP/1.1\r\nhost: h\r\n\r\n"), 400, "expected a path")
    tunnel = b"CONNECT http://h/live HTTP/1.1\r\nhost: h\r\n\r\n"
    refused(server.client(tunnel + GOOD), 400, "expected no tunnel")


@row("sends trailers or a chunk extension without an end", "431 as soon as it is too large, closed")
def endless_trailers(server: Server) -> None:
    client = server.client(CHUNKED + b"0\r\n")
    with contextlib.suppress(ConnectionError):
        client.send(b"t: u\r\n" * 200_000, 20_000)

    refused(client, 431, "--max-header-bytes")


@row("speaks HTTP/1.0 and sends its body in chunks", "answered, closed (RFC 9112 §6.1)")
def chunks_of_1_0(server: Server) -> None:
    old = CHUNKED.replace(b"HTTP/1.1\r\n", b"HTTP/1.0\r\nconnection: keep-alive\r\n")
    client = server.client(old + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY) + GOOD)

    assert client.answer().status == 200
    assert client.is_closed


@row("sends no Host, or two", "answered: nothing depends on it (RFC 9112 §3.2 would have it 400)")
def hosts(server: Server) -> None:
    client = server.client(
        GOOD.replace(b"host: h\r\n", b""), GOOD.replace(b"host: h", b"host: h\r\nhost: i")
    )

    assert [client.answer().status for _ in range(2)] == [200, 200]


@row("sends bytes beyond ASCII in the path", "400, closed")
def bytes_in_path(server: Server) -> None:
    refused(server.client(b"GET /\xff HTTP/1.1\r\n\r\n"), 400, "url")


@row(
    "sends empty lines before a request, and a whole URL in it", "answered (RFC 9112 §2.2, §3.2.2)"
)
def unusual(server: Server) -> None:
    client = server.client(b"\r\n\r\nGET http://h/live HTTP/1.1\r\nhost: h\r\nx:\r\n\r\n")

    assert client.answer().body == b'{"live":true}'


@row("speaks HTTP/1.0", "answered, closed")
def speaks_1_0(server: Server) -> None:
    client = server.client(GOOD.replace(b"HTTP/1.1", b"HTTP/1.0"))
    answer = client.answer()

    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert client.is_closed


@row("speaks HTTP/1.0 and asks to keep the connection", "answered, kept")
def keeps_1_0(server: Server) -> None:
    request = GOOD.replace(b"HTTP/1.1\r\n", b"HTTP/1.0\r\nconnection: keep-alive\r\n")
    client = server.client(request, request)

    for _ in range(2):
        answer = client.answer()
        assert (answer.status, answer.headers["connection"]) == (200, "keep-alive")


@row("says `Connection: close`", "answered, closed; what follows is not read")
def closes(server: Server) -> None:
    client = server.client(GOOD.replace(b"host: h", b"connection: close") + GOOD)

    assert client.answer().status == 200
    assert client.is_closed


@row(
    "sends requests without waiting for answers",
    "answered in the same order, also where the first takes longest",
)
def pipelines(server: Server) -> None:
    texts = [b"wait", b"a", b"b"]
    requests = [
        HEAD
        + b"content-length: %d\r\n\r\n" % (len(BODY) - 1 + len(text))
        + BODY.replace(b's"}', text + b'"}')
        for text in texts
    ]
    client = server.client(b"".join(requests))
    assert server.model.entered.acquire(timeout=WAIT_S)
    server.model.leave.set()

    assert [json.loads(client.answer().body)["strData"] for _ in texts] == ["wait", "a", "b"]


@row(
    "sends something that is no HTTP behind a good request",
    "the good one is answered, then 400, closed",
)
def pipelines_badly(server: Server) -> None:
    client = server.client(GOOD + b"nonsense\r\n\r\n")

    assert client.answer().status == 200
    refused(client, 400, "no HTTP/1.1")


@row("says `Expect: 100-continue`", "100 before the body is read, then the answer")
def expects(server: Server) -> None:
    client = server.client(GOOD.replace(b"host: h", b"expect: 100-continue")[: -len(BODY)])
    assert client.answer().status == 100
    client.send(BODY)

    assert client.answer().status == 200


@row("says `Expect: 100-continue` of more than `--max-body-bytes`", "413 at once, closed")
def expects_too_much(server: Server) -> None:
    much = HEAD + b"expect: 100-continue\r\ncontent-length: 300001\r\n\r\n"

    refused(server.client(much), 413, "--max-body-bytes")


@row(
    "says that its body is far larger than `--max-body-bytes`",
    "413 at once, closed; no memory is set aside",
)
def says_too_much(server: Server) -> None:
    refused(server.client(HEAD + b"content-length: 99999999999\r\n\r\n"), 413, "--max-body-bytes")


@row("sends more than `--max-body-bytes` before it reads", "413, which it gets to read, closed")
def sends_too_much(server: Server) -> None:
    client = server.client(HEAD + b"content-length: 600000\r\n\r\n")
    client.send(b"x" * 600_000, 10_000)

    refused(client, 413, "--max-body-bytes")


@row(
    "goes on sending after it was refused",
    "what comes is dropped for 2 seconds, so that it can read why",
)
def goes_on(server: Server) -> None:
    client = server.client(b"nonsense\r\n\r\n")
    assert select.select([client.sock], [], [], WAIT_S)[0]
    client.send(b"x" * 2_000_000, 100_000)

    refused(client, 400, "no HTTP/1.1")


@row("sends chunks without an end", "413 as soon as they are too much, closed")
def endless_chunks(server: Server) -> None:
    client = server.client(CHUNKED)
    with contextlib.suppress(ConnectionError):
        for _ in range(200):
            client.send(b"2710\r\n" + b"x" * 10_000 + b"\r\n", 20_000)

    with contextlib.suppress(ConnectionError):
        refused(client, 413, "--max-body-bytes")


@row("sends a body that is not UTF-8", "400; the connection goes on")
def not_utf_8(server: Server) -> None:
    client = server.client(GOOD.replace(b'"s"', b'"\xff"'), GOOD)

    assert client.answer().status == 400
    assert client.answer().status == 200


@row("asks HEAD", "the headers of GET and no body; the connection goes on")
def asks_head(server: Server) -> None:
    client = server.client(b"HEAD /live HTTP/1.1\r\nhost: h\r\n\r\n", GOOD)

    assert client.answer(has_body=False).headers["content-length"] == "13"
    assert client.answer().status == 200


@row("shuts down its writing side after the request", "answered, closed")
def half_closes(server: Server) -> None:
    client = server.client(GOOD.replace(b'"s"', b'"wait"').replace(b": 16", b": 19"))
    assert server.model.entered.acquire(timeout=WAIT_S)
    client.sock.shutdown(socket.SHUT_WR)
    server.model.leave.set()

    assert client.answer().status == 200
    assert client.is_closed


@row("shuts down its writing side in the middle of a request", "closed, counted as 499")
def half_closes_early(server: Server) -> None:
    before = server.counted(499)
    client = server.client(GOOD[:-3])
    client.sock.shutdown(socket.SHUT_WR)

    assert client.is_closed
    until(lambda: server.counted(499) == before + 1)


@row("goes away in the middle of a body", "counted as 499; what it held is free for others")
def leaves_early(server: Server) -> None:
    before = server.counted(499)
    for _ in range(5):
        client = server.client(HEAD + b"content-length: 250000\r\n\r\n")
        client.send(b"x" * 200_000, 50_000)
        client.reset()

    until(lambda: server.counted(499) == before + 5)

    assert large(server).status == 200


@row("goes away while the model works on its request", "counted as 499; the server goes on")
def leaves_late(server: Server) -> None:
    before = server.counted(499)
    client = server.client(GOOD.replace(b'"s"', b'"wait"').replace(b": 16", b": 19"))
    assert server.model.entered.acquire(timeout=WAIT_S)
    client.reset()

    until(lambda: server.counted(499) == before + 1)


@row(
    "sends bodies, over several connections, of more than `--max-pending-bytes`",
    "503 with Retry-After for what is too much, closed; answered again when there is room",
)
def too_many_bytes(server: Server) -> None:
    first, second = (server.client(HEAD + b"content-length: 250000\r\n\r\n") for _ in range(2))
    first.send(b" " * 200_000, 50_000)
    until(lambda: select.select([], [first.sock], [], 0)[1])
    with contextlib.suppress(ConnectionError):
        second.send(b" " * 250_000, 50_000)
    busy = [each for each in (first, second) if select.select([each.sock], [], [], 0.3)[0]]

    assert "retry-after" in refused(busy[0], 503, "--max-pending-bytes").headers
    first.reset()
    assert large(server).status == 200


@row(
    "opens more connections than `--max-connections`",
    "503 with Retry-After, closed; answered again when others have ended",
)
def too_many_connections(server: Server) -> None:
    clients = [server.client() for _ in range(MOST_CONNECTIONS + 3)]
    last = clients[-1]

    assert "retry-after" in refused(last, 503, "--max-connections").headers
    for client in clients:
        client.reset()


@row(
    "does not read its answer",
    "disconnected after `--write-timeout`; others are answered meanwhile",
)
def does_not_read(server: Server) -> None:
    client = server.client(receive_bytes=4096)
    client.send(GOOD.replace(b'"s"', b'"long"').replace(b": 16", b": 19"))
    assert select.select([client.sock], [], [], WAIT_S)[0]

    assert good(server).status == 200
    until(lambda: client.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))


@row("reads its answer slowly, but never pauses for `--write-timeout`", "gets all of it")
def reads_slowly(server: Server) -> None:
    client = server.client(receive_bytes=4096)
    client.send(GOOD.replace(b'"s"', b'"long"').replace(b": 16", b": 19"))
    slow_until = time.monotonic() + 1.5
    while time.monotonic() < slow_until:
        client._read += client.sock.recv(20_000)
        select.select([], [], [], 0.02)
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)

    assert len(json.loads(client.answer().body)["strData"]) == len(LONG) * 50


@row(
    "is 10,000 clients that stay idle", "others are answered meanwhile; each costs less than 10 kB"
)
def many_are_idle(_: Server) -> None:
    with contextlib.ExitStack() as stack:
        stack.enter_context(files(FILES))
        process = stack.enter_context(served("echoes:Model", *FREE, "--no-grpc"))
        process.read_until("ready")
        port = int(process.url.rpartition(":")[2])
        assert process.predict("s").status_code == 200
        before = resident_bytes(process.pid)
        for _number in range(MANY):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), WAIT_S))

        assert process.predict("s").status_code == 200
        assert (resident_bytes(process.pid) - before) / MANY < 10_000


@row(
    "opens more connections than the process may open files",
    "those are closed, without a busy loop; answered again when others have ended",
)
def out_of_files(_: Server) -> None:
    with contextlib.ExitStack() as stack:
        with files(FEW_FILES):
            chosen = (*FREE, "--no-grpc", "--max-connections", "100000")
            process = stack.enter_context(served("echoes:Model", *chosen))
            process.read_until("ready")
        port = int(process.url.rpartition(":")[2])
        before = cpu_s(process.pid)
        with contextlib.ExitStack() as opened:
            socks = [
                opened.enter_context(socket.create_connection(("127.0.0.1", port), WAIT_S))
                for _ in range(FEW_FILES * 2)
            ]
            until(lambda: len(select.select(socks, [], [], WAIT_S)[0]) >= FEW_FILES)
            select.select([], [], [], 1.0)

            assert cpu_s(process.pid) - before < 0.5
        until(lambda: process.is_ready)


def good(server: Server) -> Answer:
    return server.client(GOOD).answer()


@contextlib.contextmanager
def files(most: int) -> Iterator[None]:
    """Let this process, and those it starts, open so many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def large(server: Server) -> Answer:
    """Return the answer to a request for which there must be room."""
    client = server.client(HEAD + b"content-length: 250000\r\n\r\n")
    client.send(BODY + b" " * (250_000 - len(BODY)), 50_000)
    return client.answer()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.run.__name__)
def test_a_fault_of_a_client_comes_out_as_promised(row: Row, server: Server) -> None:
    row.run(server)

    server.close()
    until(lambda: good(server).status == 200)


def test_the_page_has_these_promises() -> None:
    page = (ROOT / "docs" / "faults.md").read_text("utf-8").partition("\n## Clients\n")[2]
    lines = [line for line in page.partition("\n## ")[0].splitlines() if line.startswith("| ")][1:]

    assert lines == [f"| {each.does} | {each.promise} |" for each in ROWS]
