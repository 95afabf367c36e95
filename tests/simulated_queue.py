"""A queue before a model in simulated time: callers, one or more slots, batches by a `Pace`."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TypeAlias

from charter.batching.pace import Pace

Takes: TypeAlias = Callable[[int], float]
"""Returns how many seconds a call with so many rows takes."""


@dataclass
class Run:
    """Hold what happened.

    Args:
        batches: rows of each call, with its start.
        latencies: seconds from arrival to answer, with the time of the answer.
        idle_waits: how long a request waited for others while a slot was free.
    """

    batches: list[tuple[float, int]] = field(default_factory=list)
    latencies: list[tuple[float, float]] = field(default_factory=list)
    idle_waits: list[tuple[float, float]] = field(default_factory=list)

    def rate(self, since: float, until: float) -> float:
        return sum(since <= at < until for at, _ in self.latencies) / (until - since)

    def mean_batch(self, since: float = 0.0) -> float:
        sizes = [rows for at, rows in self.batches if at >= since]
        return sum(sizes) / len(sizes)

    def mean_latency(self, since: float = 0.0) -> float:
        found = [seconds for at, seconds in self.latencies if at >= since]
        return sum(found) / len(found)

    def waited(self, since: float = 0.0) -> list[float]:
        return [seconds for at, seconds in self.idle_waits if at >= since and seconds > 0]


class Simulation:
    """Answer requests of one row each by one model, in simulated seconds.

    Args:
        takes: how long a call takes.
        pace: says when to wait.
        most_rows: so many rows has a call at most.
        slots: how many calls run at a time.
    """

    def __init__(self, takes: Takes, pace: Pace, most_rows: int, slots: int = 1) -> None:
        self.takes, self.pace, self.most_rows, self.free = takes, pace, most_rows, slots
        self.now = 0.0
        self.run = Run()
        self._queue: list[tuple[float, int]] = []
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._free_since = 0.0
        self.answered: Callable[[int], None] = lambda caller: None

    def at(self, time: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (time, next(self._numbers), event))

    def ask(self, caller: int) -> None:
        self._queue.append((self.now, caller))
        self.pace.arrived(self.now, 1)
        self._consider()

    def go(self, until: float) -> Run:
        while self._events and self._events[0][0] <= until:
            self.now, _, event = heapq.heappop(self._events)
            event()
        return self.run

    def _consider(self) -> None:
        while self._queue and self.free:
            wait_s = self.pace.wait_s(self.now, len(self._queue), self._queue[0][0])
            if wait_s:
                self.at(self.now + wait_s, self._consider)
                return
            self._start()

    def _start(self) -> None:
        batch, self._queue = self._queue[: self.most_rows], self._queue[self.most_rows :]
        self.free -= 1
        waited = self.now - max(batch[0][0], self._free_since)
        self.run.batches.append((self.now, len(batch)))
        self.run.idle_waits.append((self.now, waited))
        seconds = self.takes(len(batch))
        self.at(self.now + seconds, lambda: self._end(batch, seconds))

    def _end(self, batch: list[tuple[float, int]], seconds: float) -> None:
        self.free += 1
        self._free_since = self.now
        self.pace.ended(self.now, len(batch), seconds, len(self._queue))
        for arrived, caller in batch:
            self.run.latencies.append((self.now, self.now - arrived))
            self.answered(caller)
        self._consider()


def closed_loop(simulation: Simulation, callers: int, pause_s: float, seed: int = 0) -> None:
    """Let callers ask again as soon as they were answered, after a pause of about so long."""
    chance = random.Random(seed)

    def back(caller: int) -> None:
        pause = pause_s * chance.uniform(0.5, 1.5)
        simulation.at(simulation.now + pause, partial(simulation.ask, caller))

    simulation.answered = back
    for caller in range(callers):
        simulation.at(chance.uniform(0, pause_s), partial(simulation.ask, caller))


def open_loop(simulation: Simulation, times: Iterable[float], after: float = 0.0) -> None:
    """Let requests come at such times, whatever is answered; none that are before `after`."""
    for caller, time in enumerate(time for time in times if time >= after):
        simulation.at(time, partial(simulation.ask, caller))


def poisson(rate: float, until: float, seed: int = 0) -> Iterator[float]:
    """Yield the times of requests that come by themselves, so many a second."""
    chance = random.Random(seed)
    time = chance.expovariate(rate)
    while time < until:
        yield time
        time += chance.expovariate(rate)
