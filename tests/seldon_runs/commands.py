"""Start `seldon-core-microservice`, ours or the original's, as a process of its own."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import grpc
from seldon_runs.cases import FOLDER, Sheet

START_S = 60.0
"""Longest time in which a server has to be ready; the original starts seven processes."""
STEP_S = 0.02
COMMAND = Path(sys.executable).with_name("seldon-core-microservice")


@dataclass(frozen=True, slots=True)
class Running:
    """Hold where a server answers."""

    http_port: int
    grpc_port: int
    metrics_port: int

    @property
    def url(self) -> str:
        """Return the base URL of REST."""
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def grpc_address(self) -> str:
        """Return the target of gRPC."""
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def metrics_url(self) -> str:
        """Return the URL that Prometheus would scrape."""
        return f"http://127.0.0.1:{self.metrics_port}/metrics"


@contextlib.contextmanager
def ours(sheet: Sheet, folder: Path = FOLDER) -> Iterator[Running]:
    """Serve a class by our command, on ports of its choice, while the block runs."""
    with _started(COMMAND, sheet, folder, (0, 0, 0)) as (process, output):
        ports: dict[str, int] = {}

        def is_ready() -> bool:
            ports.update(_printed_ports(_read(output)))
            return "ready" in ports

        until(is_ready, process, output)
        yield Running(ports["REST"], ports["gRPC"], ports["metrics"])


@contextlib.contextmanager
def original(python: Path, sheet: Sheet, folder: Path = FOLDER) -> Iterator[Running]:
    """Serve a class by the original's command, on ports that were free, while the block runs."""
    command = python.with_name("seldon-core-microservice")
    ports = free_ports()
    with _started(command, sheet, folder, ports) as (process, output):
        running = Running(*ports)
        for port in ports:
            until(functools.partial(_accepts, port), process, output)
        with grpc.insecure_channel(running.grpc_address) as channel:
            grpc.channel_ready_future(channel).result(START_S)
        yield running


def until(
    condition: Callable[[], bool], process: subprocess.Popen[bytes], output: IO[bytes]
) -> None:
    """Return when a condition holds; fail with what a process said when it ended before."""
    deadline = time.monotonic() + START_S
    while not condition():
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = process.wait(STEP_S)
            raise AssertionError(f"ended with {status}:\n{_read(output)}")
        assert time.monotonic() < deadline, f"not ready in {START_S} s:\n{_read(output)}"


def free_ports() -> tuple[int, int, int]:
    """Return three different ports that nobody listens on."""
    with contextlib.ExitStack() as stack:
        socks = [stack.enter_context(socket.create_server(("", 0))) for _ in range(3)]
        first, second, third = (sock.getsockname()[1] for sock in socks)
    return first, second, third


@contextlib.contextmanager
def _started(
    command: Path, sheet: Sheet, folder: Path, ports: tuple[int, int, int]
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    flags = zip(("--http-port", "--grpc-port", "--metrics-port"), map(str, ports), strict=True)
    words = [str(command), sheet.name, *(word for pair in flags for word in pair)]
    words += ["--parameters", sheet.parameters]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **sheet.environment}
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process, output
        finally:
            # The original's gRPC children outlive a SIGTERM, and a SIGKILL of their parent.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _read(output: IO[bytes]) -> str:
    # The offset is the process's too: pread leaves it alone.
    return os.pread(output.fileno(), 10**6, 0).decode("utf-8", "replace")


def _printed_ports(text: str) -> dict[str, int]:
    found = re.findall(r"^(REST|gRPC|metrics) .*?:(\d+)(?:/\S*)?$", text, re.MULTILINE)
    ports = {word: int(port) for word, port in found}
    return {**ports, "ready": 1} if re.search(r"^ready ", text, re.MULTILINE) else ports


def _accepts(port: int) -> bool:
    with contextlib.suppress(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=START_S).close()
        return True
    return False
