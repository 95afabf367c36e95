from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
from charter.transport.own_sockets import connections, stop_listening


def test_who_has_connected_already_is_accepted_before() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.create_connection(listening.getsockname()) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        stopping = pool.submit(stop_listening, listening.getsockname()[1])
        with listening.accept()[0] as accepted:
            stopping.result()
            accepted.sendall(b"on")
            assert client.recv(2) == b"on"


def test_nobody_connects_any_more_and_connections_go_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        with socket.create_connection(address) as client, listening.accept()[0] as accepted:
            stop_listening(address[1])

            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(address)
            accepted.sendall(b"on")
            assert client.recv(2) == b"on"
            # Both ends are of this process here, and only one of them is bound to the port.
            assert connections(address[1]) == 1
        assert connections(address[1]) == 0
