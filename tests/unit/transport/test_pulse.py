from __future__ import annotations

import asyncio
import threading

from charter.metrics.table import BEAT, CALL_S, LOOP_S, Table
from charter.transport.pulse import Pulse, interval_s

LIMIT_S = 0.4


class Calls:
    """Say that a call runs for so long, and when that is asked."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.asked = threading.Semaphore(0)

    def longest_call_s(self) -> float:
        self.asked.release()
        return self._seconds


def numbers(table: Table) -> tuple[float, float, float]:
    return table.numbers[BEAT], table.numbers[CALL_S], table.numbers[LOOP_S]


def wait_for(calls: Calls, beats: int) -> None:
    for _ in range(beats):
        assert calls.asked.acquire(timeout=30)


def test_beats_go_on_and_tell_of_the_longest_call() -> None:
    calls, table = Calls(7.5), Table()

    async def run() -> list[tuple[float, float, float]]:
        pulse = Pulse(calls, table, LIMIT_S)
        shown = []
        for _ in range(2):
            await asyncio.to_thread(wait_for, calls, 3)
            shown.append(numbers(table))
        pulse.stop()
        return shown

    first, second = asyncio.run(run())

    assert 0 < first[0] < second[0]
    assert first[1] == second[1] == 7.5
    assert second[2] < LIMIT_S


def test_a_loop_that_does_not_come_round_is_shown() -> None:
    calls, table = Calls(0.0), Table()

    async def run() -> float:
        pulse = Pulse(calls, table, LIMIT_S)
        wait_for(calls, 12)  # and so block the loop
        pulse.stop()
        return numbers(table)[2]

    assert asyncio.run(run()) > LIMIT_S


def test_it_beats_many_times_within_the_limit_and_not_too_rarely() -> None:
    assert [interval_s(limit) for limit in (0.8, 8.0, 600.0)] == [0.1, 1.0, 1.0]
