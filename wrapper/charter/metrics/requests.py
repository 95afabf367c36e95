"""Counts and durations of the requests of one process, and what its model counts.

The hot path adds to plain numbers in a table, which the supervisor of several workers maps too;
prometheus-client's own objects are made only when somebody scrapes, because they cost several times
what a small request costs.
"""

from __future__ import annotations

import threading
import weakref
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from charter.metrics.model import COUNTER, ModelMetrics
from charter.metrics.table import (
    ENDED,
    IN_PROGRESS,
    QUEUED,
    READY,
    TEST_PASSED,
    TESTED_ROWS,
    TESTED_S,
    Table,
)

REQUEST = "R"
"""The kind of rows that hold the durations of requests, of one thread."""
LABELS = ("method", "transport", "code")
BREACH = "B"
"""The kind of rows that count what broke the contract."""
BREACH_LABELS = ("direction", "feature", "check")
# Upper ends in seconds, each about twice the one before: 100 µs to 30 s.
BOUNDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
BATCH = "N"
"""The kind of rows that hold histograms of batches, by what is measured."""
BATCH_ROWS, BATCH_WAIT = "rows", "wait"
BATCH_BOUNDS = {
    BATCH_ROWS: tuple(float(2**power) for power in range(11)),
    # In seconds; the first one is for those that did not wait.
    BATCH_WAIT: (0.0, *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1)),
}
# A row has a number for each bucket, and then the sum in seconds.
_SUM = len(BOUNDS) + 1
# As Seldon Core 1.17 has it; exposed with `_total`.
FEEDBACK = "seldon_api_model_feedback"
FEEDBACK_REWARD = "seldon_api_model_feedback_reward"
_FEEDBACK_METHOD = "feedback"

Key: TypeAlias = tuple[str, str, int | str]
"""The method's label, the transport, and its status code."""


class _Cells:
    """The numbers that one thread at a time adds to."""

    __slots__ = ("in_progress", "number", "rows")

    def __init__(self, number: int, in_progress: memoryview[float]) -> None:
        self.number = number
        self.in_progress = in_progress
        self.rows: dict[Key, memoryview[float]] = {}


class _Holder:
    """Goes when its thread ends."""


class Metrics:
    """Count what one process answers.

    A lock costs more than all the rest, so each thread has cells of its own and takes none; the
    cells of a thread that has ended go to the next one.

    Args:
        table: where the numbers are; `None` makes one for this process alone. Rows that it has are
            gone on with.
        counts_rewards: whether `reward` counts.
    """

    def __init__(self, table: Table | None = None, *, counts_rewards: bool = True) -> None:
        self.table = table or Table()
        self.table.numbers[ENDED] = self.table.numbers[QUEUED] = (
            0.0  # whoever counted in it has ended
        )
        self._lock = threading.Lock()
        self._local = threading.local()
        self._counts_rewards = counts_rewards
        self._model = ModelMetrics(self.table, self._lock)
        self._breaches: dict[tuple[str, ...], memoryview[float]] = {}
        self._batches: dict[str, memoryview[float]] = {}
        cells: dict[int, _Cells] = {}
        for row in self.table.rows():
            if row.kind == IN_PROGRESS:
                cells[row.key] = _Cells(row.key, self.table.at(row))
            elif row.kind == REQUEST:
                method, transport, code, number = row.key
                cells[number].rows[method, transport, code] = self.table.at(row)
            elif row.kind == BREACH:
                self._breaches[tuple(row.key)] = self.table.at(row)
            elif row.kind == BATCH:
                self._batches[row.key] = self.table.at(row)
        self._made = len(cells)
        self._free = list(cells.values())

    @property
    def is_ready(self) -> bool:
        """Return whether the model is loaded and requests are taken."""
        return bool(self.table.numbers[READY])

    @is_ready.setter
    def is_ready(self, is_ready: bool) -> None:
        self.table.numbers[READY] = float(is_ready)

    def queued(self, calls: int) -> None:
        """Say how many calls wait for the model."""
        self.table.numbers[QUEUED] = float(calls)

    def tested(self, rows: int, seconds: float, *, has_passed: bool) -> None:
        """Count the rows of a self-test, and say how long it took and whether it has passed."""
        numbers = self.table.numbers
        numbers[TESTED_ROWS] += float(rows)
        numbers[TESTED_S], numbers[TEST_PASSED] = seconds, float(has_passed)

    def begin(self) -> None:
        """Count a request that has arrived; in the thread that will call `end`."""
        try:
            cells = self._local.cells
        except AttributeError:
            cells = self._join()
        cells.in_progress[0] += 1.0

    def end(self, key: Key, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            key: the method's label, the transport, and its status code.
            seconds: from the last byte of the request to the reply, ready to be sent.
        """
        bucket = bisect_left(BOUNDS, seconds)
        cells = self._local.cells
        row = cells.rows.get(key)
        if row is None:
            row = self._add(key, cells)
        row[bucket] += 1.0
        row[_SUM] += seconds
        cells.in_progress[0] -= 1.0

    def observe(self, metrics: Iterable[Mapping[str, Any]], method: str) -> None:
        """Take the metrics that user code gave with one call; nothing in them makes a call fail.

        Args:
            metrics: mappings with `type`, `key`, `value` and perhaps `tags`; a TIMER's value is in
                milliseconds.
            method: the method's label.
        """
        self._model.observe(metrics, method)

    def reward(self, value: float) -> None:
        """Count the reward of one feedback; as with Seldon, 0 is no reward and not counted."""
        if value and self._counts_rewards:
            counts = ((FEEDBACK, 1), (FEEDBACK_REWARD, value))
            rewards = [{"type": COUNTER, "key": key, "value": count} for key, count in counts]
            self.observe(rewards, _FEEDBACK_METHOD)

    def breach(self, direction: str, feature: str, check: str) -> None:
        """Count a message that broke the contract.

        Args:
            direction: request or reply.
            feature: the feature or target; "" where it is about the whole message.
            check: what it did not pass.
        """
        key = (direction, feature, check)
        with self._lock:
            row = self._breaches.get(key)
            if row is None:
                row = self._breaches[key] = self._row(BREACH, key, 1)
            row[0] += 1.0

    def batch(self, rows: int, wait_s: float) -> None:
        """Count a call of the model that may answer several requests.

        Args:
            rows: how many it was asked with.
            wait_s: how long it was put off for more of them, in seconds.
        """
        with self._lock:
            for name, value in ((BATCH_ROWS, rows), (BATCH_WAIT, wait_s)):
                bounds = BATCH_BOUNDS[name]
                row = self._batches.get(name)
                if row is None:
                    row = self._batches[name] = self._row(BATCH, name, len(bounds) + 2)
                row[bisect_left(bounds, value)] += 1.0
                row[-1] += value

    def _join(self) -> _Cells:
        """Give this thread its cells, until it ends."""
        with self._lock:
            cells = self._free.pop() if self._free else self._make()
        self._local.cells, self._local.holder = cells, _Holder()
        weakref.finalize(self._local.holder, self._free.append, cells).atexit = False
        return cells

    def _make(self) -> _Cells:
        number = self._made
        self._made += 1
        return _Cells(number, self._row(IN_PROGRESS, number, 1))

    def _add(self, key: Key, cells: _Cells) -> memoryview[float]:
        with self._lock:
            row = cells.rows[key] = self._row(REQUEST, [*key, cells.number], _SUM + 1)
        return row

    def _row(self, kind: str, key: Any, size: int) -> memoryview[float]:
        """Return the numbers of a new row; such as nobody reads where the table is full."""
        place = self.table.add(kind, key, size)
        if place is None:
            return memoryview(bytearray(8 * size)).cast("d")
        return self.table.numbers[place : place + size]
