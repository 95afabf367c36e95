"""A system as a running server: started on a CPU of its own, asked once at a time, ended."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import httpx
from benchmarks.peers import processes
from benchmarks.peers.systems import Endpoint, System
from benchmarks.peers.wires import Array

START_S = 120.0
"""The slowest peer takes half a minute on a quiet machine."""
END_S = 10.0
_ASK_S = 30.0
_PAUSE_S = 0.02
_ANY_SIZE = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
_SHOWN_LINES = 5
# What a server of this machine's user may need and no more: not the caller's PYTHONPATH, for one.
_KEPT_VARIABLES = ("HOME", "LANG", "TMPDIR", "USER")


class NotServed(Exception):
    """A server does not start or does not answer; the message says what it printed last."""


@dataclass(frozen=True, slots=True)
class Server:
    """Hold a server that runs: its process, which leads the tree, and its ports."""

    system: System
    pid: int
    ports: dict[str, int]

    def port(self, endpoint: Endpoint) -> int:
        """Return where an endpoint is."""
        return self.ports["grpc" if endpoint.wire.is_grpc else "http"]

    def ask(self, endpoint: Endpoint, X: Array) -> bytes:
        """Return the body of a reply.

        Raises:
            NotServed: there is no reply, or one with another status than success.
        """
        if endpoint.wire.is_grpc:
            return _ask_grpc(self.port(endpoint), endpoint, X)
        return _ask_rest(self.port(endpoint), endpoint, X)


@contextlib.contextmanager
def serve(system: System, python: Path, cpu: int, log: Path) -> Iterator[Server]:
    """Start a system on a CPU; end it, and all that it started, afterwards.

    Args:
        python: the interpreter of the system's environment.
        log: file for what it prints.
    """
    ports = dict(zip(("http", "grpc", "metrics"), _free_ports(3), strict=True))
    first, *rest = (word.format(**ports) for word in system.command)
    program = [python.parent.parent / first] if first.startswith("bin/") else [python, first]
    environ = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    environ["PATH"] = f"{python.parent}:/usr/bin:/bin"
    places = {"lib": python.resolve().parent.parent / "lib", "scratch": log.parent.resolve()}
    environ |= {name: text.format(**places, **ports) for name, text in system.environ.items()}
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(cpu), *program, *rest],
            cwd=system.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield Server(system, process.pid, ports)
        finally:
            processes.end(process.pid, END_S)
            process.wait()


def wait_for(server: Server, endpoint: Endpoint, X: Array, log: Path) -> None:
    """Return when a server has answered.

    Raises:
        NotServed: it has ended, or taken too long.
    """
    deadline = time.monotonic() + START_S
    while refusal := _refusal(server, endpoint, X):
        if not processes.tree(server.pid) or time.monotonic() > deadline:
            raise NotServed(f"{refusal}; it printed {_end_of(log)}")
        time.sleep(_PAUSE_S)  # a peer tells in no other way that it answers


def _refusal(server: Server, endpoint: Endpoint, X: Array) -> NotServed | None:
    try:
        server.ask(endpoint, X)
    except NotServed as error:
        return error
    return None


def _ask_rest(port: int, endpoint: Endpoint, X: Array) -> bytes:
    url = f"http://127.0.0.1:{port}{endpoint.path}"
    headers = dict(endpoint.wire.headers(X))
    # As wrk does: no compression is asked for.
    headers["Accept-Encoding"] = "identity"
    try:
        reply = httpx.post(
            url,
            content=endpoint.wire.encode(X),
            headers=headers,
            timeout=_ASK_S,
            trust_env=False,
        )
    except httpx.TransportError as error:
        raise NotServed(f"no reply: {error!r}") from error
    if reply.status_code != httpx.codes.OK:
        raise NotServed(f"status {reply.status_code}: {reply.text[:200]}")
    return reply.content


def _ask_grpc(port: int, endpoint: Endpoint, X: Array) -> bytes:
    with grpc.insecure_channel(f"127.0.0.1:{port}", _ANY_SIZE) as channel:
        call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(endpoint.path)
        try:
            return call(endpoint.wire.encode(X), timeout=_ASK_S)
        except grpc.RpcError as error:
            raise NotServed(f"no reply: {error!r:.200}") from error


def _free_ports(count: int) -> list[int]:
    """Return ports that are free now; most peers cannot take a free one by themselves."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _end_of(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()[-_SHOWN_LINES:]
    return " / ".join(line[:200] for line in lines)
