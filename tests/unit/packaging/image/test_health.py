import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from charter.errors import StartError
from charter.packaging.image.health import check


class _Ready(BaseHTTPRequestHandler):
    status, body = 200, b'{"ready":true}'

    def do_GET(self) -> None:
        assert self.path == "/ready"
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


class _Loading(_Ready):
    status, body = 503, b'{"ready":false,"state":"loading"}'


def _ask(handler: type[BaseHTTPRequestHandler]) -> str:
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        try:
            return check(server.server_port)
        finally:
            thread.join()


def test_a_ready_service_is_healthy() -> None:
    assert _ask(_Ready) == '{"ready":true}'


def test_a_service_that_loads_is_not() -> None:
    with pytest.raises(StartError, match=r'not ready: \{"ready":false,"state":"loading"\}'):
        _ask(_Loading)


def test_a_port_where_nobody_answers_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(StartError, match=f"port {port}: no answer: "):
        check(port)
