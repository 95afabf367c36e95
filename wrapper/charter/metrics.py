"""Counts and durations of the requests of one process, and what its model counts.

The hot path adds to plain numbers in a table, which the supervisor of several workers maps too;
prometheus-client's own objects are made only when somebody scrapes, because they cost several times
what a small request costs.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from threading import get_ident
from typing import Any, TypeAlias

from charter.metrics_model import COUNTER, ModelMetrics
from charter.metrics_table import IN_PROGRESS, IN_PROGRESS_ELSEWHERE, READY, Table

REQUEST = "R"
"""The kind of a table's rows that hold the durations of requests."""
LABELS = ("method", "transport", "code")
# Upper ends in seconds, each about twice the one before: 100 µs to 30 s.
BOUNDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
# A row has a number for each bucket, and then the sum in seconds.
_SUM = len(BOUNDS) + 1
# As Seldon Core 1.17 has it; exposed with `_total`.
FEEDBACK = "seldon_api_model_feedback"
FEEDBACK_REWARD = "seldon_api_model_feedback_reward"
_FEEDBACK_METHOD = "feedback"

Key: TypeAlias = tuple[str, str, int | str]
"""The method's label, the transport, and its status code."""


class Metrics:
    """Count what one process answers.

    A lock costs as much as all the rest, so the thread that made the object has rows of its own and
    takes none; it should be the event loop's. All other threads share rows and a lock.

    Args:
        table: where the numbers are; `None` makes one for this process alone. Rows that it has are
            gone on with.
        counts_rewards: whether `reward` counts.
    """

    def __init__(self, table: Table | None = None, *, counts_rewards: bool = True) -> None:
        self.table = table or Table()
        self._numbers = self.table.numbers
        self._lock = threading.Lock()
        self._owner = get_ident()
        self._counts_rewards = counts_rewards
        self._model = ModelMetrics(self.table, self._lock)
        self._own: dict[Key, memoryview[float]] = {}
        self._others: dict[Key, memoryview[float]] = {}
        for row in self.table.rows():
            if row.kind == REQUEST:
                *key, is_own = row.key
                self._rows(is_own=is_own)[_key(key)] = self._at(row.place)

    @property
    def is_ready(self) -> bool:
        """Return whether the model is loaded and requests are taken."""
        return bool(self._numbers[READY])

    @is_ready.setter
    def is_ready(self, is_ready: bool) -> None:
        self._numbers[READY] = float(is_ready)

    def begin(self) -> None:
        """Count a request that has arrived."""
        if get_ident() == self._owner:
            self._numbers[IN_PROGRESS] += 1.0
            return
        with self._lock:
            self._numbers[IN_PROGRESS_ELSEWHERE] += 1.0

    def end(self, key: Key, seconds: float) -> None:
        """Count a request that was answered.

        Args:
            key: the method's label, the transport, and its status code.
            seconds: from the last byte of the request to the reply, ready to be sent.
        """
        bucket = bisect_left(BOUNDS, seconds)
        if get_ident() == self._owner:
            row = self._own.get(key)
            if row is None:
                row = self._add_own(key)
            row[bucket] += 1.0
            row[_SUM] += seconds
            self._numbers[IN_PROGRESS] -= 1.0
            return
        with self._lock:
            row = self._others.get(key)
            if row is None:
                row = self._add(key, is_own=False)
            row[bucket] += 1.0
            row[_SUM] += seconds
            self._numbers[IN_PROGRESS_ELSEWHERE] -= 1.0

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

    def _rows(self, *, is_own: bool) -> dict[Key, memoryview[float]]:
        return self._own if is_own else self._others

    def _add_own(self, key: Key) -> memoryview[float]:
        with self._lock:
            return self._add(key, is_own=True)

    def _add(self, key: Key, *, is_own: bool) -> memoryview[float]:
        """Return a new row; one that nobody reads where the table is full."""
        place = self.table.add(REQUEST, [*key, is_own], _SUM + 1)
        row = memoryview(bytearray(8 * (_SUM + 1))).cast("d") if place is None else self._at(place)
        self._rows(is_own=is_own)[key] = row
        return row

    def _at(self, place: int) -> memoryview[float]:
        return self._numbers[place : place + _SUM + 1]


def _key(parts: list[Any]) -> Key:
    method, transport, code = parts
    return method, transport, code
