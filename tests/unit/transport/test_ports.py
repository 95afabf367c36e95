from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest
from charter.errors import StartError
from charter.transport import ports

LOCAL = "127.0.0.1"
HAS_PROC = Path("/proc/net/tcp").exists()


def refused(error: Exception, port: int = 5000) -> str:
    return ports.refusal(LOCAL, port, "--http-port", error)


def test_a_free_port_is_listened_on() -> None:
    with ports.listen(LOCAL, 0, "--http-port") as sock:
        port = sock.getsockname()[1]

        with socket.create_connection((LOCAL, port), 5):
            pass

    assert port > 0


def test_a_port_is_free_again_once_closed() -> None:
    with ports.listen(LOCAL, 0, "--http-port") as sock:
        port = sock.getsockname()[1]

    with ports.listen(LOCAL, port, "--http-port"):
        pass


def test_a_port_is_free_again_right_after_a_connection() -> None:
    # Without SO_REUSEADDR a restarted server would have to wait for TIME_WAIT to end.
    with ports.listen(LOCAL, 0, "--http-port") as sock:
        port = sock.getsockname()[1]
        with socket.create_connection((LOCAL, port), 5):
            connection, _ = sock.accept()
            connection.close()

    with ports.listen(LOCAL, port, "--http-port"):
        pass


@pytest.mark.parametrize("host", [LOCAL, "0.0.0.0", "localhost"])
def test_a_taken_port_is_refused_with_the_remedy(host: str) -> None:
    with ports.listen(LOCAL, 0, "--http-port") as sock:
        port = sock.getsockname()[1]

        with pytest.raises(StartError) as raised:
            ports.listen(host, port, "--grpc-port")

    message = raised.value.message
    assert message.startswith(f"port {port} is taken by ")
    assert message.endswith("; choose another with --grpc-port, or 0 for any free one")


@pytest.mark.skipif(not HAS_PROC, reason="needs Linux's /proc")
def test_a_taken_port_is_refused_with_the_process_that_holds_it() -> None:
    with ports.listen(LOCAL, 0, "--http-port") as sock:
        port = sock.getsockname()[1]

        with pytest.raises(StartError) as raised:
            ports.listen(LOCAL, port, "--http-port")

    name = Path("/proc/self/comm").read_text().strip()
    assert f"is taken by {name} (process {os.getpid()});" in raised.value.message


def test_a_holder_that_cannot_be_seen_is_another_process() -> None:
    # Nothing listens there, so nothing is found.
    with ports.listen(LOCAL, 0, "--http-port") as sock:
        port = sock.getsockname()[1]

    message = refused(OSError(errno.EADDRINUSE, "in use"), port)

    assert message.startswith(f"port {port} is taken by another process; ")


def test_a_port_that_needs_root_says_so() -> None:
    message = refused(PermissionError(errno.EACCES, "Permission denied"), 80)

    assert message == "port 80 needs root; choose one from 1024 up with --http-port"


def test_an_address_of_another_machine_is_refused_with_what_the_system_says() -> None:
    with pytest.raises(StartError) as raised:
        ports.listen("192.0.2.1", 5000, "--http-port")  # RFC 5737: for documentation only

    assert raised.value.message.startswith("cannot listen on 192.0.2.1:5000: ")
    assert "[Errno" not in raised.value.message


def test_a_name_that_is_no_host_is_refused() -> None:
    with pytest.raises(StartError, match=r"^cannot listen on no\.such\.host\.invalid:5000: "):
        ports.listen("no.such.host.invalid", 5000, "--http-port")


def test_a_host_that_cannot_be_encoded_is_refused() -> None:
    with pytest.raises(StartError, match=r"^cannot listen on "):
        ports.listen("x" * 70 + ".invalid", 5000, "--http-port")


def test_a_reserved_port_is_for_those_who_share_it() -> None:
    with ports.reserve(LOCAL, 0, "--grpc-port") as reserved:
        name = reserved.getsockname()

        with socket.socket() as one, socket.socket() as other:
            for sock in (one, other):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                sock.bind(name)
                sock.listen()
            with socket.create_connection(name, 5):
                pass


def test_a_reserved_port_is_taken_for_all_others() -> None:
    with ports.reserve(LOCAL, 0, "--grpc-port") as reserved:
        port = reserved.getsockname()[1]

        for take in (ports.listen, ports.reserve):
            with pytest.raises(StartError, match=f"^port {port} is taken"):
                take(LOCAL, port, "--grpc-port")


def test_a_port_that_is_reserved_takes_no_connection_itself() -> None:
    with ports.reserve(LOCAL, 0, "--grpc-port") as reserved, pytest.raises(ConnectionRefusedError):
        socket.create_connection(reserved.getsockname(), 5)


def test_a_port_can_be_reserved_right_after_a_connection() -> None:
    with ports.listen(LOCAL, 0, "--grpc-port") as sock:
        port = sock.getsockname()[1]
        with socket.create_connection((LOCAL, port), 5):
            connection, _ = sock.accept()
            connection.close()

    with ports.reserve(LOCAL, port, "--grpc-port"):
        pass


@pytest.mark.parametrize(
    ("host", "text"),
    [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80"), ("a.example", "a.example:80")],
)
def test_an_address_is_written_with_its_port(host: str, text: str) -> None:
    assert ports.address(host, 80) == text


@pytest.mark.parametrize(
    ("host", "reachable"),
    [
        ("0.0.0.0", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("::", "::1"),
        ("10.0.0.1", "10.0.0.1"),
        ("a.example", "a.example"),
    ],
)
def test_where_a_server_listens_is_not_always_where_a_client_goes(
    host: str, reachable: str
) -> None:
    assert ports.reachable(host) == reachable
