"""The places of a service's workers, and the processes in them as the supervisor sees them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from charter.metrics.table import Table, shared_memory
from charter.transport import launch, worker

_MOST_LINE_BYTES = 2**20
# What is left in the socket of a process that has ended is there at once, but a process that the
# user's code forked may hold the other end open for ever.
_LAST_WORDS_S = 1.0


class Slot:
    """Hold the place of one worker, which its replacements take over with the counts in it.

    A worker on trial is not tried again if it ends before it was ready.

    Args:
        number: what the model's metrics in it are labelled with.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.memory = shared_memory()
        self.table = Table(self.memory)
        self.is_ready = asyncio.Event()
        self.is_given_up = asyncio.Event()
        self.is_trial = False
        self.process: Process | None = None

    def launch(
        self,
        model: str,
        settings: dict[str, Any],
        sock: socket.socket | None,
        *,
        is_successor: bool,
    ) -> Process:
        """Start a worker here.

        Args:
            model: its name, as `charter serve` takes it.
            settings: all settings, by name.
            sock: what REST is accepted on; `None` without REST.
            is_successor: take no requests before the model is loaded, as others do meanwhile.

        Raises:
            OSError: the system has no process to give.
        """
        http = None if sock is None else sock.fileno()
        job = {"model": model, "settings": settings, "http": http, "memory": self.memory}
        job["successor"] = is_successor
        inherited = [self.memory] if http is None else [self.memory, http]
        title = f"charter worker {self.number}"
        self.is_ready.clear()
        self.process = Process(*launch.start(worker.__name__, job, title, inherited))
        return self.process

    def report(self) -> dict[str, Any]:
        """Return what is told about the last worker that was here."""
        assert self.process is not None
        told: dict[str, Any] = {"worker": self.number, "pid": self.process.pid}
        if self.process.status is not None:
            return {**told, "state": "ended"}
        state = "ready" if self.is_ready.is_set() else "loading"
        is_replaced = self.process.is_replaced and self.is_ready.is_set()
        state = "being replaced" if is_replaced else state
        return {**told, "state": state, "seconds": round(self.process.seconds, 1)}

    async def proves(self) -> bool:
        """Wait until the worker is ready, and return true; false where nobody keeps it at work."""
        ready = asyncio.ensure_future(self.is_ready.wait())
        given_up = asyncio.ensure_future(self.is_given_up.wait())
        try:
            await asyncio.wait({ready, given_up}, return_when=asyncio.FIRST_COMPLETED)
            return self.is_ready.is_set()
        finally:
            ready.cancel()
            given_up.cancel()


class Process:
    """Hold the process of a worker and our end of the socket to it."""

    def __init__(self, process: subprocess.Popen[bytes], link: socket.socket) -> None:
        self._process = process
        self._link = link
        self._started = time.monotonic()
        self.is_replaced = False
        self._fault: str | None = None
        self.has_ended = asyncio.Event()

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Return the exit status, negative for the signal that killed it; `None` while it lives."""
        return self._process.returncode

    @property
    def seconds(self) -> float:
        """Return how long ago it was started."""
        return time.monotonic() - self._started

    @property
    def end(self) -> str:
        """Return in words how it ended."""
        status = self._process.returncode
        if self._fault is not None:
            return f"was killed because it was hung: {self._fault}"
        if status < 0:
            return f"was killed by {_name(-status)}"
        return f"ended with status {status}"

    def retire(self) -> None:
        """Tell it that another has taken its place."""
        with contextlib.suppress(OSError):  # it has ended
            self._link.sendall(worker.RETIRE)

    def drain(self) -> None:
        """Tell it to finish what it does and end."""
        with contextlib.suppress(OSError):
            self._link.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        """End it at once."""
        if self._process.returncode is None:
            self._process.kill()

    @property
    def was_hung(self) -> bool:
        """Return whether it was ended because it was hung."""
        return self._fault is not None

    def end_hung(self, fault: str) -> None:
        """End it at once, because of a fault that `end` tells then."""
        self._fault = fault
        self.kill()

    async def follow(self, hear: Callable[[dict[str, Any]], object], pool: Executor | None) -> None:
        """Pass on what the process tells until it has ended.

        Args:
            hear: given each thing it tells.
            pool: where one thread can wait for the end; `None` for the event loop's own.
        """
        reading = asyncio.ensure_future(self._read(hear))
        await asyncio.get_running_loop().run_in_executor(pool, self._process.wait)
        await asyncio.wait({reading}, timeout=_LAST_WORDS_S)
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading
        self.has_ended.set()

    async def _read(self, hear: Callable[[dict[str, Any]], object]) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=self._link, limit=_MOST_LINE_BYTES)
        with contextlib.closing(writer), contextlib.suppress(ConnectionError):
            async for line in reader:
                if line.endswith(b"\n"):  # who was killed while it spoke is not heard
                    hear(json.loads(line))


def _name(number: int) -> str:
    """Return the name of a signal; most of the real-time ones have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
