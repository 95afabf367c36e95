"""`charter run` as a process, with a docker whose containers are processes of this machine."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from engine_programs import Programs, programs

WAIT_S = 30.0
SERVER = """
import http.server, os, signal, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        is_ready = self.path == "/ready"
        self.send_response(200 if is_ready else 404)
        self.end_headers()
        self.wfile.write(os.environ["WORD"].encode())
        if self.path == "/die":
            os._exit(3)
    def log_message(self, *words): pass
signal.signal(signal.SIGTERM, lambda *_: (print("drained", flush=True), sys.exit(0)))
print("serving", os.environ["WORD"], flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT_5000"])), Handler).serve_forever()
"""
NEVER = "import signal; print('loading', flush=True); signal.pause()"
DIES = "print('no such class', flush=True); raise SystemExit(7)"


def path(folder: Path, code: str, **more: object) -> Programs:
    found = programs(folder)
    image = {"Env": ["WORD=image"], "Cmd": [sys.executable, "-c", code], **more}
    found.add_containers(image)
    return found


class Running:
    """`charter run` while it runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []

    def read_until(self, word: str) -> str:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if word in line:
                return self.lines[-1]
        raise AssertionError(f"no {word!r} in {self.lines}")

    @property
    def rest(self) -> tuple[str, int]:
        host, port = re.findall(r"REST +http://([\d.]+):(\d+)", "\n".join(self.lines))[0]
        return host, int(port)

    def get(self, where: str) -> str:
        connection = http.client.HTTPConnection(*self.rest, timeout=WAIT_S)
        try:
            connection.request("GET", where)
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def end(self) -> tuple[int, str]:
        """Return the status, and all that was said."""
        out, err = self.process.communicate()
        return self.process.returncode, "\n".join([*self.lines, out, err])


@contextmanager
def running(found: Programs, *words: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "charter", "run", *words]
    with subprocess.Popen(
        command, env=found.variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        watchdog = threading.Timer(WAIT_S, process.terminate)
        watchdog.start()
        try:
            yield Running(process)
        finally:
            process.terminate()  # not killed: it takes its container with it
            process.wait()
            watchdog.cancel()


def removed(found: Programs) -> int:
    return len(list((found.folder / "state").glob("*.removed")))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_container_and_removes_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    found = path(tmp_path, SERVER)

    with running(found, "hello:1") as run:
        run.read_until("metrics")
        answer = run.get("/ready")
        run.process.send_signal(number)
        status, said = run.end()

    assert (status, answer) == (0, "image"), said
    assert "starting hello:1 with docker" in said
    assert "serving image" in said
    assert "drained" in said
    assert removed(found) == 1


def test_a_variable_that_is_given_comes_before_the_images(tmp_path: Path) -> None:
    with running(path(tmp_path, SERVER), "hello:1", "-e", "WORD=given") as run:
        run.read_until("metrics")

        assert run.get("/ready") == "given"


def test_a_signal_before_it_is_ready_stops_it(tmp_path: Path) -> None:
    found = path(tmp_path, NEVER)

    with running(found, "hello:1") as run:
        run.read_until("loading")
        run.process.send_signal(signal.SIGINT)
        status, said = run.end()

    assert status == 0, said
    assert "is ready" not in said
    assert removed(found) == 1


def test_a_container_that_dies_before_it_is_ready_ends_it(tmp_path: Path) -> None:
    found = path(tmp_path, DIES)

    with running(found, "hello:1") as run:
        status, said = run.end()

    assert status == 1
    assert "no such class\n" in said
    assert "Error: hello:1 ended with status 7; its log is above" in said
    assert removed(found) == 1


def test_a_container_that_dies_later_ends_it(tmp_path: Path) -> None:
    found = path(tmp_path, SERVER)

    with running(found, "hello:1") as run:
        run.read_until("metrics")
        run.get("/die")
        status, said = run.end()

    assert status == 1
    assert "Error: hello:1 ended with status 3; its log is above" in said


def test_a_model_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    found = path(tmp_path, NEVER)

    with running(found, "hello:1", "--timeout", "0.01") as run:
        status, said = run.end()

    assert status == 1
    assert re.search(r"hello:1 was not ready in 0.01 s \(.*\); --timeout gives it longer", said)
    assert removed(found) == 1


def test_a_port_that_was_chosen_and_is_taken_is_refused(tmp_path: Path) -> None:
    found = path(tmp_path, SERVER)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        with running(found, "hello:1", "-p", port) as run:
            status, said = run.end()

    assert status == 1
    assert "--port" in said
    assert port in said
    assert removed(found) == 0


def test_grpc_is_next_to_the_port_that_was_chosen(tmp_path: Path) -> None:
    port = next(filter(next_is_free, free_ports()))

    with running(path(tmp_path, SERVER), "hello:1", "-p", str(port)) as run:
        run.read_until("metrics")

    assert run.rest == ("127.0.0.1", port)
    assert f"gRPC     127.0.0.1:{port + 1}" in run.lines


def free_ports() -> Iterator[int]:
    while True:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port: int = server.getsockname()[1]
        yield port


def next_is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port + 1)).close()
    except (OSError, OverflowError):
        return False
    return True


def test_ports_that_were_not_chosen_and_are_taken_are_others(tmp_path: Path) -> None:
    with running(path(tmp_path, SERVER), "hello:1") as first:
        first.read_until("metrics")
        (tmp_path / "second").mkdir()
        with running(path(tmp_path / "second", SERVER), "hello:1") as second:
            second.read_until("metrics")

            assert second.rest != first.rest


def test_an_image_of_grpc_first_is_asked_where_it_has_rest(tmp_path: Path) -> None:
    code = SERVER.replace("PORT_5000", "PORT_5001")

    with running(path(tmp_path, code, Env=["WORD=x", "API_TYPE=GRPC"]), "hello:1") as run:
        run.read_until("metrics")

        assert run.get("/ready") == "x"


def test_an_image_that_is_not_there_is_told(tmp_path: Path) -> None:
    with running(path(tmp_path, SERVER), "missing:1") as run:
        status, said = run.end()

    assert status == 1
    assert "missing:1: no such image in docker; `charter build . -t missing:1` makes it" in said


def test_what_the_engine_refuses_is_told(tmp_path: Path) -> None:
    found = path(tmp_path, SERVER, Refusal="docker: Error response from daemon: no space left.")

    with running(found, "hello:1") as run:
        status, said = run.end()

    assert status == 1
    assert "docker run hello:1: docker: Error response from daemon: no space left." in said


def test_without_any_engine_it_says_what_to_install(tmp_path: Path) -> None:
    with running(programs(tmp_path), "hello:1") as run:
        status, said = run.end()

    assert status == 1
    assert "docker is not on PATH; podman is not on PATH): install Docker" in said
