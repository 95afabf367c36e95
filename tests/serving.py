"""`python -m charter serve` as a process, for the tests of what it does."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import grpc
import httpx
from charter.codecs import seldon_proto
from charter.message import Form, Message

ZOO = Path(__file__).parent / "zoo"
SERVE = ("charter", "serve")
FREE = ("--host", "127.0.0.1", "--http-port", "0", "--grpc-port", "0", "--metrics-port", "0")
WAIT_S = 30.0
"""Beyond it a process is killed and its test fails; none waits so long when it passes."""
HAS_PROC = Path("/proc/net/tcp").exists()

Multi: TypeAlias = "grpc.UnaryUnaryMultiCallable[bytes, bytes]"


class Served:
    """A process that serves a model of the zoo."""

    def __init__(
        self, *arguments: str, folder: Path = ZOO, program: tuple[str, ...] = SERVE
    ) -> None:
        command = [sys.executable, "-m", *program, *arguments]
        self._process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._watchdog = threading.Timer(WAIT_S, self._process.kill)
        self._watchdog.start()
        self._stderr = ThreadPoolExecutor(1)
        assert self._process.stderr is not None
        self._errors = self._stderr.submit(self._process.stderr.read)
        self.lines: list[str] = []

    def read_until(self, word: str) -> str:
        """Return the first line of stdout that starts with a word."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            if line.startswith(word):
                return self.lines[-1]
        raise AssertionError(f"ended before {word!r}: {self.lines}\n{self._errors.result()}")

    @property
    def url(self) -> str:
        return self._found(r"REST +(http://\S+)")

    @property
    def grpc_address(self) -> str:
        return self._found(r"gRPC +(\S+)")

    def _found(self, pattern: str) -> str:
        match = re.search(pattern, "\n".join(self.lines))
        assert match is not None
        return match[1]

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.url}{path}", trust_env=False, timeout=WAIT_S)

    def predict(self, text: str) -> httpx.Response:
        return httpx.post(
            f"{self.url}/predict", json={"strData": text}, trust_env=False, timeout=WAIT_S
        )

    def predict_over_grpc(self, text: str) -> str:
        with grpc.insecure_channel(self.grpc_address) as channel:
            multi: Multi = channel.unary_unary("/seldon.protos.Seldon/Predict")
            body = multi(seldon_proto.encode(Message(Form.TEXT, text)), timeout=WAIT_S)
        value: str = seldon_proto.decode(body).value
        return value

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def children(self) -> list[int]:
        """Return the processes that it has started and that have not ended."""
        return children_of(self.pid)

    @property
    def metrics_url(self) -> str:
        return self._found(r"metrics +(http://\S+)")

    @property
    def metrics(self) -> str:
        return httpx.get(self.metrics_url, trust_env=False).text

    @property
    def is_ready(self) -> bool:
        try:
            return self.get("/ready").status_code == 200
        except httpx.TransportError:  # nobody listens any more
            return False

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> tuple[int, str]:
        """Return the exit status and all of stderr."""
        assert self._process.stdout is not None
        self.lines += self._process.stdout.read().splitlines()
        status = self._process.wait()
        assert self._watchdog.is_alive(), f"had to be killed: {self._errors.result()}"
        return status, self._errors.result()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._watchdog.cancel()
        self._stderr.shutdown()
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None
            pipe.close()


def children_of(parent: int) -> list[int]:
    """Return the processes that a process has started and that have not ended."""
    return [pid for pid, its_parent in _processes() if its_parent == parent]


def _processes() -> Iterator[tuple[int, int]]:
    """Yield the id of each process that lives and that of its parent."""
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            state, parent = file.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                yield int(file.parent.name), int(parent)


def until(is_so: Callable[[], object]) -> None:
    """Return when something is so that comes about by itself, and soon."""
    end = time.monotonic() + WAIT_S
    while not is_so():
        assert time.monotonic() < end, "it has not come about"


def wait_for_the_end(pid: int) -> None:
    """Return when a process that is not our child has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], WAIT_S)[0], f"process {pid} has not ended"
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def served(
    *arguments: str, folder: Path = ZOO, program: tuple[str, ...] = SERVE
) -> Iterator[Served]:
    process = Served(*arguments, folder=folder, program=program)
    try:
        yield process
    finally:
        process.close()


def start(*arguments: str, folder: Path = ZOO) -> tuple[int, str, list[str]]:
    """Return exit status, stderr and stdout of a process that cannot start."""
    with served(*arguments, folder=folder) as process:
        status, errors = process.end()
        return status, errors, process.lines


def parameters(**given: str) -> tuple[str, str]:
    entries = [{"name": name, "value": value, "type": "STRING"} for name, value in given.items()]
    return "--parameters", json.dumps(entries)
