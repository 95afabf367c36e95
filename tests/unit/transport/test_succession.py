"""Which worker is replaced when; processes are real, and do nothing but end when they are told."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeAlias

import pytest
from charter.transport.slots import Process, Slot
from charter.transport.succession import Succession

PATIENCE_S = 1.0
STANDS = "import sys; sys.stdin.read(1)"
HANGS = "import time; time.sleep(3600)"
Outcome: TypeAlias = bool | str | None


class Crew:
    """Start processes that end when their link does, and say of each what it is told to.

    Args:
        outcomes: whether each becomes ready; `HANGS` is ready and does not end, `None` cannot be
            started.
    """

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self._outcomes = list(outcomes)
        self.slots = [Slot(number) for number in range(3)]
        self.begun: list[int] = []
        self.complete = asyncio.Event()
        self._keepers: list[asyncio.Task[None]] = []
        self.succession = Succession(
            self.slots[2:], self.begin, self.serving, self.complete, patience_s=PATIENCE_S
        )

    def begin(self, slot: Slot) -> None:
        self.begun.append(slot.number)
        slot.is_given_up.clear()
        slot.is_ready.clear()
        outcome = self._outcomes.pop(0)
        if outcome is None:  # the system has no process
            slot.is_given_up.set()
            return
        slot.process = process = started(HANGS if outcome == HANGS else STANDS)
        if outcome:
            slot.is_trial = False
            slot.is_ready.set()
        else:
            process.drain()
        self._keepers.append(asyncio.ensure_future(self._keep(slot, process)))

    async def _keep(self, slot: Slot, process: Process) -> None:
        await process.follow(lambda told: None, None)
        slot.is_ready.clear()
        slot.is_given_up.set()

    def serving(self) -> list[Slot]:
        return [slot for slot in self.slots if slot.process and slot.process.status is None]

    async def end(self) -> None:
        for slot in self.slots:
            if slot.process:
                slot.process.kill()
        await asyncio.gather(*self._keepers)


def started(program: str) -> Process:
    ours, theirs = socket.socketpair()
    with theirs:
        command = [sys.executable, "-S", "-c", program]
        return Process(subprocess.Popen(command, stdin=theirs.fileno()), ours)


@contextlib.asynccontextmanager
async def crew(*outcomes: Outcome, first: Outcome = True) -> AsyncIterator[Crew]:
    """Yield two workers that are ready, and what replaces them, at work."""
    workers = Crew([first, True, *outcomes])
    for slot in workers.slots[:2]:
        workers.begin(slot)
    workers.complete.set()
    running = asyncio.ensure_future(workers.succession.run())
    try:
        yield workers
    finally:
        running.cancel()
        await workers.end()
        for slot in workers.slots:
            slot.table.numbers.release()


async def until(is_so: Callable[[], bool]) -> None:
    async def wait() -> None:
        while not is_so():
            await asyncio.sleep(0.01)

    await asyncio.wait_for(wait(), 30)


def test_a_reload_replaces_all_and_the_place_of_one_is_that_of_the_next_successor() -> None:
    async def run() -> list[int]:
        async with crew(True, True) as workers:
            workers.succession.reload()
            await until(lambda: len(workers.begun) == 4 and len(workers.serving()) == 2)
            return workers.begun

    assert asyncio.run(run()) == [0, 1, 2, 0]


def test_a_successor_that_fails_ends_the_reload_and_the_next_begins_anew() -> None:
    async def run() -> tuple[list[int], list[int]]:
        async with crew(False, True, True) as workers:
            workers.succession.reload()
            await until(lambda: len(workers.begun) == 3 and len(workers.serving()) == 2)
            after_failure = [slot.number for slot in workers.serving()]
            workers.succession.reload()
            await until(lambda: len(workers.begun) == 5 and len(workers.serving()) == 2)
            return after_failure, workers.begun

    assert asyncio.run(run()) == ([0, 1], [0, 1, 2, 2, 0])


def test_one_reload_at_most_waits_for_another() -> None:
    async def run() -> list[int]:
        async with crew(*[True] * 4) as workers:
            for _ in range(5):
                workers.succession.reload()
            await until(lambda: len(workers.begun) == 4 and len(workers.serving()) == 2)
            return workers.begun

    assert asyncio.run(run()) == [0, 1, 2, 0]


def test_who_has_ended_by_itself_is_not_replaced() -> None:
    async def run() -> list[int]:
        async with crew(True) as workers:
            dead, spent = workers.slots[0], workers.slots[1]
            assert dead.process is not None
            assert spent.process is not None
            dead.process.kill()
            await dead.is_given_up.wait()
            workers.succession.replace(dead, dead.process)
            workers.succession.replace(spent, spent.process)
            await until(lambda: [slot.number for slot in workers.serving()] == [2])
            return workers.begun

    assert asyncio.run(run()) == [0, 1, 2]


def test_a_worker_that_does_not_end_when_it_is_replaced_is_killed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def run() -> list[int]:
        async with crew(True, True, first=HANGS) as workers:
            workers.succession.reload()
            await until(lambda: [slot.number for slot in workers.serving()] == [0, 2])
            return workers.begun

    assert asyncio.run(run()) == [0, 1, 2, 0]
    assert "worker 0 does not end: it is killed" in caplog.messages


def test_that_no_successor_could_be_started_is_not_told_as_the_end_of_who_was_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    async def run() -> list[int]:
        async with crew(True, True, None) as workers:
            workers.succession.reload()
            await until(lambda: len(workers.begun) == 4 and len(workers.serving()) == 2)
            workers.succession.reload()
            await until(lambda: sum("given up" in message for message in caplog.messages) == 1)
            return workers.begun

    assert asyncio.run(run()) == [0, 1, 2, 0, 1]
    assert not [message for message in caplog.messages if "the successor of" in message]
