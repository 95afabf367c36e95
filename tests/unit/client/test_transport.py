from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from charter.client.server import at
from charter.client.transport import async_transport, transport
from charter.errors import CallError, Unanswered
from charter.methods import HEALTH_STATUS, PREDICT, TRANSFORM_INPUT, Method
from google.protobuf import any_pb2
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

Ask = Callable[..., bytes]
"""Takes scheme and port, and more by name; sends `{}` and returns the reply."""


@contextlib.contextmanager
def tcp_server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Give the first connection to `answer`, and yield the port."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        ThreadPoolExecutor(1) as pool,
    ):
        listener.settimeout(10)
        served = pool.submit(lambda: _serve_one(listener, answer))
        yield listener.getsockname()[1]
        served.result()


def _serve_one(listener: socket.socket, answer: Callable[[socket.socket], None]) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.settimeout(10)
        answer(connection)


@contextlib.contextmanager
def grpc_server(behaviour: Callable[[bytes, grpc.ServicerContext], bytes]) -> Iterator[int]:
    """Answer every rpc of `seldon.protos.Model` with the behaviour, and yield the port."""
    handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(behaviour)
    server = grpc.server(
        ThreadPoolExecutor(1),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("seldon.protos.Model", {"Predict": handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def request_of(connection: socket.socket) -> bytes:
    """Read a request up to its body of `{}`."""
    received = b""
    while not received.endswith(b"{}"):
        received += connection.recv(1000)
    return received


def http(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


def ask_plainly(
    scheme: str,
    port: int,
    *,
    timeout_s: float = 10.0,
    method: Method = PREDICT,
    body: bytes = b"{}",
) -> bytes:
    server = at(scheme, "127.0.0.1", port, timeout_s=timeout_s)
    with contextlib.closing(transport(server)) as carrier:
        return carrier.call(method, body)


def ask_in_a_loop(
    scheme: str,
    port: int,
    *,
    timeout_s: float = 10.0,
    method: Method = PREDICT,
    body: bytes = b"{}",
) -> bytes:
    async def ask() -> bytes:
        carrier = async_transport(at(scheme, "127.0.0.1", port, timeout_s=timeout_s))
        try:
            return await carrier.call(method, body)
        finally:
            await carrier.close()

    return asyncio.run(ask())


@pytest.fixture(params=[ask_plainly, ask_in_a_loop])
def ask(request: pytest.FixtureRequest) -> Ask:
    chosen: Ask = request.param
    return chosen


def test_rest_posts_json_to_the_path_of_the_method(ask: Ask) -> None:
    requests: list[bytes] = []

    def answer(connection: socket.socket) -> None:
        requests.append(request_of(connection))
        connection.sendall(http("200 OK", b"reply"))

    with tcp_server(answer) as port:
        reply = ask("http", port, method=TRANSFORM_INPUT)

    assert reply == b"reply"
    assert requests[0].startswith(b"POST /transform-input HTTP/1.1\r\n")
    assert b"content-type: application/json" in requests[0].lower()


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (
            "400 Bad Request",
            b'{"status":{"code":-1,"info":"data: missing","reason":"BAD","status":1}}',
            "status 400: data: missing",
        ),
        ("500 Oops", b"<h1>oops</h1>", "status 500: '<h1>oops</h1>'"),
        ("502 Bad Gateway", b'{"error": 1}', "status 502: {'error': 1}"),
        ("503 Later", b"\xff\xfe", "status 503: '\N{REPLACEMENT CHARACTER}"),
        ("302 Found", b"elsewhere", "status 302: 'elsewhere'"),
    ],
)
def test_rest_says_why_the_server_refused(ask: Ask, status: str, body: bytes, message: str) -> None:
    def answer(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(http(status, body))

    with tcp_server(answer) as port, pytest.raises(CallError) as failure:
        ask("http", port)

    assert failure.value.message.startswith(message)
    assert failure.value.status == int(status[:3])
    assert failure.value.reason == ("BAD" if b"BAD" in body else None)
    assert not isinstance(failure.value, Unanswered)


def test_rest_gives_reason_and_info_of_a_seldon_error(ask: Ask) -> None:
    body = b'{"status":{"code":-1,"info":"data: missing","reason":"BAD","status":1}}'

    def answer(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(http("400 Bad Request", body))

    with tcp_server(answer) as port, pytest.raises(CallError) as failure:
        ask("http", port)

    assert (failure.value.reason, failure.value.info) == ("BAD", "data: missing")


def test_rest_says_that_the_server_hung_up(ask: Ask) -> None:
    def hang_up(connection: socket.socket) -> None:
        request_of(connection)

    with tcp_server(hang_up) as port, pytest.raises(CallError, match="hung up") as failure:
        ask("http", port)

    assert not isinstance(failure.value, Unanswered)


def test_rest_says_that_the_server_did_not_finish(ask: Ask) -> None:
    def cut_off(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(http("200 OK", b"whole")[:-2])

    with tcp_server(cut_off) as port, pytest.raises(CallError, match="hung up"):
        ask("http", port)


def test_rest_says_that_no_answer_came_in_time(ask: Ask) -> None:
    over = threading.Event()

    def keep_silent(_: socket.socket) -> None:
        over.wait(10)

    with tcp_server(keep_silent) as port:
        with pytest.raises(Unanswered) as failure:
            ask("http", port, timeout_s=0.05)
        over.set()

    assert failure.value.message == f"no answer from 127.0.0.1:{port} within 0.05 s"
    assert failure.value.reason is None


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_closed_port_is_a_refused_connection(ask: Ask, scheme: str) -> None:
    port = free_port()

    with pytest.raises(Unanswered) as failure:
        ask(scheme, port)

    assert failure.value.message == f"nothing answers on 127.0.0.1:{port}: connection refused"
    assert (failure.value.status, failure.value.reason) == (None, None)


def test_grpc_carries_bytes_both_ways(ask: Ask) -> None:
    with grpc_server(lambda request, _: request + b"!") as port:
        assert ask("grpc", port) == b"{}!"


def test_grpc_carries_more_than_its_own_limit(ask: Ask) -> None:
    with grpc_server(lambda request, _: request) as port:
        assert len(ask("grpc", port, timeout_s=60, body=bytes(9_000_000))) == 9_000_000


def test_grpc_says_why_the_server_refused(ask: Ask) -> None:
    def refuse(_: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, "data: missing")
        raise AssertionError("abort raises")

    with grpc_server(refuse) as port, pytest.raises(CallError) as failure:
        ask("grpc", port)

    assert failure.value.message == "status INVALID_ARGUMENT: data: missing"
    assert (failure.value.status, failure.value.info) == (400, "data: missing")
    assert failure.value.reason is None


def test_grpc_gives_the_reason_in_the_details_of_a_status(ask: Ask) -> None:
    detail = any_pb2.Any()
    detail.Pack(ErrorInfo(reason="MICROSERVICE_NOT_READY"))
    code = grpc.StatusCode.UNAVAILABLE
    status = Status(code=code.value[0], message="the model is loading", details=[detail])

    def refuse(_: bytes, context: grpc.ServicerContext) -> bytes:
        context.abort_with_status(rpc_status.to_status(status))
        raise AssertionError("abort raises")

    with grpc_server(refuse) as port, pytest.raises(CallError) as failure:
        ask("grpc", port)

    assert not isinstance(failure.value, Unanswered)
    assert failure.value.message == "status UNAVAILABLE: the model is loading"
    assert (failure.value.status, failure.value.reason) == (503, "MICROSERVICE_NOT_READY")


def test_grpc_does_not_stumble_over_details_that_are_none(ask: Ask) -> None:
    def refuse(_: bytes, context: grpc.ServicerContext) -> bytes:
        context.set_trailing_metadata((("grpc-status-details-bin", b"\xff"),))
        context.abort(grpc.StatusCode.INTERNAL, "out of coffee")
        raise AssertionError("abort raises")

    with grpc_server(refuse) as port, pytest.raises(CallError) as failure:
        ask("grpc", port)

    assert failure.value.message == "status INTERNAL: out of coffee"


def test_grpc_asks_health_in_the_way_of_grpc(ask: Ask) -> None:
    with (
        grpc_server(lambda request, _: request) as port,
        pytest.raises(CallError, match="status UNIMPLEMENTED"),
    ):
        ask("grpc", port, method=HEALTH_STATUS)


def test_grpc_says_that_the_method_is_not_there(ask: Ask) -> None:
    with (
        grpc_server(lambda request, _: request) as port,
        pytest.raises(CallError, match="status UNIMPLEMENTED") as failure,
    ):
        ask("grpc", port, method=TRANSFORM_INPUT)

    assert failure.value.status == 501


def test_grpc_says_that_no_answer_came_in_time(ask: Ask) -> None:
    over = threading.Event()

    def keep_silent(request: bytes, _: grpc.ServicerContext) -> bytes:
        over.wait(10)
        return request

    with grpc_server(keep_silent) as port:
        with pytest.raises(Unanswered, match=r"within 0\.2 s"):
            ask("grpc", port, timeout_s=0.2)
        over.set()


def test_grpc_says_that_a_rest_server_does_not_speak_it(ask: Ask) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(http("400 Bad Request", b"what?"))

    with tcp_server(answer) as port, pytest.raises(Unanswered, match="does not speak gRPC"):
        ask("grpc", port)
