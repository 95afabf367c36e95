"""What was asked, answered and lost, and whether the counters of the service say the same.

No sockets here: it is told of each request when it has ended, and of each kill.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from soak.questions import ANSWERED, GRPC, REST, UNCOUNTED, Kind, Question, Reply, judge, rows_asked

NOTICED_S = 1.0
"""So long after a kill may a client still run into it: the kernel has to take the process apart
and the client has to hear of it."""
ANSWERS, LOSSES, COUNTERS, PROCESSES = "answers", "losses", "counters", "processes"
"""What a promise is about."""
# For each client and kill. grpcio connects again by itself, and may meet the process that is being
# taken apart: 10 of 9 clients' calls were seen to be lost once.
_LOSSES = {REST: 1, GRPC: 2}
_MOST_FAULTS = 20  # that are told, about each


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold a request that has ended.

    Args:
        question: what was asked.
        transport: over which.
        started: when it was sent, in seconds of the clock of the accounts.
        ended: when its reply was there, or it was known that there is none.
        process: who alone can have answered, by what came on the same connection before; `None`
            where that is not known.
    """

    question: Question
    transport: str
    started: float
    ended: float
    process: int | None = None


@dataclass(frozen=True, slots=True)
class Kill:
    """Hold that a process was killed, when, and with about how many requests under way."""

    process: int
    at: float
    under_way: int = 0


class Accounts:
    """Keep the books of a soak.

    Args:
        clients: how many requests of each transport are under way at a time, at most.
    """

    def __init__(self, clients: Mapping[str, int]) -> None:
        self._clients = clients
        self.answered: Counter[tuple[str, str]] = Counter()
        """How many requests were answered, by transport and code."""
        self.kinds: Counter[Kind] = Counter()
        self.rows = self.unsure_rows = 0
        """Of the model's answers: those that came, and those that nobody heard of."""
        self.unheard = 0
        """How many refusals of gRPC itself did not arrive."""
        self.lost: list[tuple[Asked, str]] = []
        self.kills: list[Kill] = []
        self.latencies = {transport: array("d") for transport in clients}
        self.processes: Counter[int] = Counter()
        """How many requests each process has answered."""
        self._uncounted: Counter[tuple[str, str]] = Counter()
        self._faults: dict[str, list[str]] = {}
        self._found: Counter[str] = Counter()
        self._owners: set[int] = set()

    def take(self, asked: Asked, reply: Reply) -> int | None:
        """Take note of a reply; return the process that gave it, where it is told."""
        question, entry = asked.question, (asked.transport, reply.code)
        wrong, process = judge(question, asked.transport, reply)
        if wrong:
            self.fault(f"{asked.transport}, at {asked.ended:.2f} s: {wrong}")
        if question.number in self._owners:
            self.fault(f"{question.puid}: answered twice")
        self._owners.add(question.number)
        self.answered[entry] += 1
        self.kinds[question.kind] += 1
        if process is not None:
            self.processes[process] += 1
        self._uncounted[entry] += (question.kind, asked.transport) in UNCOUNTED
        if reply.code in ANSWERED:
            self.rows += question.rows
            self.latencies[asked.transport].append(asked.ended - asked.started)
        else:
            self.unsure_rows += rows_asked(question)
        return process

    def lose(self, asked: Asked, why: str) -> None:
        """Take note of a request that was not answered.

        What grpcio refuses without reading it is not counted, and its refusal is lost where the
        connection ends at that moment: of age, or because the worker is replaced.
        """
        if (asked.question.kind, asked.transport) in UNCOUNTED:
            self.unheard += 1
            return
        self.lost.append((asked, why))
        self.unsure_rows += rows_asked(asked.question)

    def fault(self, message: str, about: str = ANSWERS) -> None:
        """Take note of a promise that was broken."""
        self._found[about] += 1
        told = self._faults.setdefault(about, [])
        if len(told) < _MOST_FAULTS:
            told.append(message)

    @property
    def total(self) -> int:
        """Return how many requests have ended."""
        return self.answered.total() + len(self.lost) + self.unheard

    def faults(self) -> list[str]:
        """Return what was broken; the first ones, and how many more there are."""
        told = [message for messages in self._faults.values() for message in messages]
        more = {about: self._found[about] - len(few) for about, few in self._faults.items()}
        return told + [f"{about}: and {count} more" for about, count in more.items() if count]

    def check_losses(self) -> None:
        """Find requests that were lost for another reason than that their process was killed."""
        by_kill: Counter[tuple[Kill, str]] = Counter()
        for asked, why in self.lost:
            kill = next((kill for kill in self.kills if _explains(kill, asked)), None)
            if kill is None:
                self.fault(_unexplained(asked, why, self.kills), LOSSES)
            else:
                by_kill[kill, asked.transport] += 1
        for (kill, transport), count in by_kill.items():
            most = self._clients[transport] * _LOSSES[transport]
            if count > most:
                self.fault(
                    f"{transport}: the kill of {kill.process} at {kill.at:.2f} s lost {count} "
                    f"requests; no more than {most} can be",
                    LOSSES,
                )

    def check_counters(self, counted: Mapping[tuple[str, str], float], rows: float) -> None:
        """Compare with the service's counters, once nothing is under way any more.

        Args:
            counted: its requests, by transport and code.
            rows: that its model has counted.
        """
        for transport in self._clients:
            self._check_requests(transport, counted)
        most = self.rows + self.unsure_rows
        if not self.rows <= rows <= most:
            self.fault(f"the model counts {rows:g} rows; expected {self.rows} to {most}", COUNTERS)

    def _check_requests(self, transport: str, counted: Mapping[tuple[str, str], float]) -> None:
        """Compare each code, and the sum.

        What was under way in a process that was killed may have been counted, with any code, and
        was not answered.
        """
        lost = sum(asked.transport == transport for asked, _ in self.lost)
        least = self.answered - self._uncounted
        codes = {code for kind, code in [*least, *counted] if kind == transport}
        for code in sorted(codes):
            count, known = counted.get((transport, code), 0.0), least[transport, code]
            if not known <= count <= known + lost:
                self.fault(
                    f"{transport}: {count:g} requests are counted with {code}; "
                    f"expected {known} to {known + lost}",
                    COUNTERS,
                )
        total = sum(value for (kind, _), value in counted.items() if kind == transport)
        known = sum(value for (kind, _), value in least.items() if kind == transport)
        if not known <= total <= known + lost:
            self.fault(
                f"{transport}: {total:g} requests are counted in all; "
                f"expected {known} answered to {known + lost}, with {lost} lost",
                COUNTERS,
            )


class Rising:
    """Hold the last value of each counter, to find one that goes back or is gone."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}

    def next(self, values: Mapping[str, float]) -> list[str]:
        """Return what is wrong with the counters of the next page."""
        wrong = [
            f"the counter {series} went back from {last:g} to {values.get(series, 0.0):g}"
            for series, last in self._last.items()
            if values.get(series, 0.0) < last
        ]
        self._last.update(values)
        return wrong


def _explains(kill: Kill, asked: Asked) -> bool:
    is_its_own = asked.process in {None, kill.process}
    return is_its_own and asked.started - NOTICED_S <= kill.at <= asked.ended


def _unexplained(asked: Asked, why: str, kills: Iterable[Kill]) -> str:
    times = ", ".join(f"{kill.process} at {kill.at:.2f} s" for kill in kills) or "none"
    who = "an unknown process" if asked.process is None else f"process {asked.process}"
    return (
        f"{asked.transport}: {asked.question.puid} ({asked.question.kind.value}) was lost from "
        f"{asked.started:.2f} to {asked.ended:.2f} s, on a connection to {who}: {why}; "
        f"killed were: {times}"
    )
