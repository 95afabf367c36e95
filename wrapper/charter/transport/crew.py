"""The workers of a service, kept at work: started, replaced, and in the end all ended."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from charter.errors import StartError
from charter.settings import Settings
from charter.transport import worker
from charter.transport.custom import CustomService
from charter.transport.hang import end_the_hung
from charter.transport.servers import lingers_s
from charter.transport.slots import Process, Slot
from charter.transport.succession import Succession

logger = logging.getLogger(__name__)

# What a worker may need beyond the drain to close its ports and end.
_MARGIN_S = 5.0
_FIRST_DELAY_S, _LAST_DELAY_S = 0.1, 30.0
# A worker that lived so long did not end because of how it was started.
_STABLE_S = 60.0


class WorkerFailed(Exception):
    """Carry the user's part of the traceback with which a worker could not be started."""


def delays() -> Iterator[float]:
    """Yield how many seconds to wait before each next attempt to start a worker."""
    delay = _FIRST_DELAY_S
    while True:
        yield delay
        delay = min(delay * 2, _LAST_DELAY_S)


class Crew:
    """Keep as many workers at work as the settings want; made on the event loop.

    Args:
        model: its name, as `charter serve` takes it.
        settings: those of the workers.
        sock: what REST is accepted on; `None` without REST.
        custom: started when a worker says that the user's class has a process of its own.
    """

    def __init__(
        self, model: str, settings: Settings, sock: socket.socket | None, custom: CustomService
    ) -> None:
        self._model = model
        self._settings = settings
        self._sock = sock
        self._custom = custom
        # One more, because a worker that is replaced goes on until another is ready.
        count = settings.processes + 1
        self.slots = [Slot(number) for number in range(count)]
        self._first = self.slots[: settings.processes]
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._complete = asyncio.Event()
        self._succession = Succession(
            self.slots[settings.processes :],
            self._begin,
            self._serving,
            self._complete,
            patience_s=max(lingers_s(settings)) + settings.drain_timeout + _MARGIN_S,
        )
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="charter-workers")
        self._keepers: set[asyncio.Task[None]] = set()
        self._opened: set[Slot] = set()
        self._tell_opened: Callable[[], object] = lambda: None
        self._tell_ready: Callable[[], object] = lambda: None

    @property
    def is_over(self) -> bool:
        """Return whether the workers are being ended."""
        return self._over.done()

    def pids(self) -> list[int]:
        """Return the process ids of the workers there are."""
        return [process.pid for process in self._living()]

    def readiness(self) -> tuple[bool, dict[str, Any]]:
        """Return whether some worker takes requests, once all did, and how each of them is."""
        ready = sum(slot.is_ready.is_set() for slot in self.slots)
        is_ready = self._complete.is_set() and ready > 0 and not self.is_over
        state = "draining" if self.is_over else "ready" if is_ready else "loading"
        told = {"ready": is_ready, "state": state, "workers_ready": ready}
        workers = [slot.report() for slot in self.slots if slot.process]
        return is_ready, {**told, "workers": workers}

    def stop(self) -> None:
        """Begin to end the workers, once they have answered what is in flight."""
        if not self.is_over:
            self._over.set_result(None)

    def reload(self) -> None:
        """Replace all workers one by one, each once its successor has loaded the model."""
        if self.is_over:
            logger.info("reload: ignored, since the service ends")
            return
        self._succession.reload()

    def kill(self) -> None:
        """End the workers at once."""
        for process in self._living():
            process.kill()

    async def serve(self, opened: Callable[[], object], ready: Callable[[], object]) -> int:
        """Keep workers at work until `stop`; return the exit status.

        Args:
            opened: told when all have opened their ports, once.
            ready: told when all have loaded the model, once.

        Raises:
            StartError: a worker ended before all were ready for the first time.
            WorkerFailed: … because the user's code raised.
        """
        self._tell_opened, self._tell_ready = opened, ready
        for slot in self._first:
            self._begin(slot)
        tasks = [asyncio.ensure_future(self._succession.run())]
        if self._settings.hang_timeout:
            tasks.append(
                asyncio.ensure_future(end_the_hung(self.slots, self._settings.hang_timeout))
            )
        try:
            await self._over
        finally:
            for task in tasks:
                task.cancel()
            status = await self._end()
        return status

    async def _end(self) -> int:
        if self._sock:
            self._sock.close()  # or connections would wait in it that nobody takes any more
        # A successor that still loads has no calls that could be lost.
        served = [slot.process for slot in self.slots if slot.is_ready.is_set()]
        for process in self._living():
            process.drain()
        if self._keepers:
            most = self._settings.drain_delay + self._settings.drain_timeout + _MARGIN_S
            await asyncio.wait(self._keepers, timeout=most)
        self.kill()
        if self._keepers:
            await asyncio.wait(self._keepers)
        return int(any(process and process.status != 0 for process in served))

    def _begin(self, slot: Slot) -> None:
        slot.is_given_up.clear()
        keeper = asyncio.ensure_future(self._keep(slot))
        self._keepers.add(keeper)
        keeper.add_done_callback(self._let_go)

    def _let_go(self, keeper: asyncio.Task[None]) -> None:
        self._keepers.discard(keeper)
        error = keeper.exception()
        if error is not None:
            self._fail(error)

    async def _keep(self, slot: Slot) -> None:
        """Keep a worker in a slot until another takes its place or all end."""
        waits = delays()
        while not self.is_over:
            process = self._launch(slot)
            if process is None and slot.is_trial:
                break
            if process is None:
                await asyncio.wait({self._over}, timeout=next(waits))
                continue
            await process.follow(functools.partial(self._hear, slot, process), self._pool)
            slot.is_ready.clear()
            slot.table.forget_the_dead()
            if self.is_over or process.is_replaced or slot.is_trial:
                if process.was_hung or (process.is_replaced and process.status):
                    logger.error("worker %d %s", slot.number, process.end)
                break
            if not self._complete.is_set():
                raise StartError(f"worker {slot.number} {process.end} while it started")
            if process.seconds > _STABLE_S:
                waits = delays()
            delay = next(waits)
            logger.error("worker %d %s; it is replaced in %.1f s", slot.number, process.end, delay)
            await asyncio.wait({self._over}, timeout=delay)
        slot.is_given_up.set()

    def _launch(self, slot: Slot) -> Process | None:
        """Start a worker; return `None` where the system has no process for a replacement now."""
        settings, is_successor = dataclasses.asdict(self._settings), self._complete.is_set()
        try:
            return slot.launch(self._model, settings, self._sock, is_successor=is_successor)
        except OSError as error:
            if not self._complete.is_set():
                raise StartError(f"worker {slot.number} cannot be started: {error}") from error
            logger.error("worker %d cannot be started: %s", slot.number, error)
            return None

    def _hear(self, slot: Slot, process: Process, told: dict[str, Any]) -> None:
        event = told["event"]
        if event == worker.OPENED:
            self._note_opened(slot)
        elif event == worker.READY:
            slot.is_trial = False
            slot.is_ready.set()
            self._note_ready()
        elif event == worker.SPENT:
            self._succession.replace(slot, process)
        elif event == worker.HAS_CUSTOM:
            self._custom.start()
        elif self._complete.is_set():
            logger.error("worker %d could not be started\n%s", slot.number, told["text"])
        else:
            kind = StartError if told["is_sentence"] else WorkerFailed
            self._fail(kind(told["text"]))

    def _note_opened(self, slot: Slot) -> None:
        if slot in self._opened or self._complete.is_set():
            return
        self._opened.add(slot)
        if len(self._opened) == len(self._first):
            self._tell_opened()

    def _note_ready(self) -> None:
        if not self._complete.is_set() and all(slot.is_ready.is_set() for slot in self._first):
            self._complete.set()
            self._tell_ready()

    def _fail(self, error: BaseException) -> None:
        if not self.is_over:
            self._over.set_exception(error)

    def _serving(self) -> list[Slot]:
        return [
            slot
            for slot in self.slots
            if slot.process and slot.process.status is None and not slot.process.is_replaced
        ]

    def _living(self) -> list[Process]:
        processes = [slot.process for slot in self.slots]
        return [process for process in processes if process and process.status is None]
