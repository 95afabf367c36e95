"""The model's own metrics: COUNTER, GAUGE and TIMER as Seldon Core 1.17 takes them, in a table."""

from __future__ import annotations

import logging
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from charter.errors import shown
from charter.metrics.labels import labels, metric_name
from charter.metrics.table import DROPPED, Table

logger = logging.getLogger(__name__)

COUNTER, GAUGE, TIMER = "COUNTER", "GAUGE", "TIMER"
KINDS = {COUNTER: "C", GAUGE: "G", TIMER: "T"}
"""The kinds of a table's rows, by the type of the metric."""
# Upper ends in seconds: 50 of equal ratio from 1 ms to 30 s, to the last digit those of Seldon.
TIMER_BOUNDS = (
    *(0.001, 0.0012341553253454693, 0.0015231393670785815, 0.0018797905611233593),
    *(0.0023199535315445415, 0.002863183005509725, 0.0035336125536884733, 0.004361026750842238),
    *(0.005382184388525997, 0.006642451525090608, 0.008197816923039709, 0.010117379411776668),
    *(0.012486417679584786, 0.015410178873747385, 0.019018554321561593, 0.02347185009632733),
    *(0.028967908792092944, 0.03575089889988335, 0.04412216226317852, 0.05445360152285871),
    *(0.06720420230367624, 0.0829404241586763, 0.10236136616184238, 0.12632982515827532),
    *(0.15591062646904755, 0.19241792993472334, 0.2374736129208902, 0.2930793240153456),
    *(0.3617054084821892, 0.44640065608455204, 0.5509277469444613, 0.6799304127720881),
    *(0.8391397397870157, 1.035628778567157, 1.2781267721496807, 1.5774069623151439),
    *(1.9467652027782552, 2.402610642206036, 2.965194718810281, 3.65951085290597),
    *(4.516404807273444, 5.573945044312399, 6.879113959621136, 8.489895126924782),
    *(10.477849282518772, 12.931293490187748, 15.959224724520412, 19.696162182151948),
    *(24.30812344597087, 29.999999999999996),
)
_SUM = len(TIMER_BOUNDS) + 1
_SIZES = {COUNTER: 1, GAUGE: 1, TIMER: _SUM + 1}
# Room that stays for the counts of requests when a model has filled the table: 1 MiB.
_LEFT_FREE = 2**17
# Tags that are no labels in the end may differ without end while the rows are few.
_MOST_REMEMBERED = 2**16

_Given: TypeAlias = tuple[str, str, str, tuple[tuple[str, str], ...]]
"""What names a row before it is made fit for Prometheus: type, key, method, tags."""


class ModelMetrics:
    """Add up what user code gives with its calls.

    Args:
        table: where the numbers are; rows that it has are gone on with.
        lock: held while the table changes.
    """

    def __init__(self, table: Table, lock: threading.Lock) -> None:
        self._table = table
        self._lock = lock
        self._places: dict[_Given, int] = {}
        rows = [row for row in table.rows() if row.kind in KINDS.values()]
        self._rows = {(row.kind, _frozen(row.key)): row.place for row in rows}
        self._said: set[str] = set()

    def observe(self, metrics: Iterable[Mapping[str, Any]], method: str) -> None:
        """Take the metrics of one call; leave out and log, once a kind, what cannot be taken."""
        for metric in metrics:
            try:
                given, value = _read(metric, method)
            except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
                self._say("bad", "a metric is left out: %s: %s", type(error).__name__, error)
                continue
            with self._lock:
                self._take(given, value)

    def _take(self, given: _Given, value: float) -> None:
        place = self._places.get(given)
        if place is None:
            place = self._find(given)
        if place is None:
            self._table.numbers[DROPPED] += 1.0
            self._say("full", "the table of metrics is full; no new label sets are taken")
            return
        _UPDATES[given[0]](self._table.numbers, place, value)

    def _find(self, given: _Given) -> int | None:
        """Return the place of a row that was not used lately; `None` where there is no room."""
        type_, key, method, tags = given
        name = metric_name(key.removesuffix("_total") if type_ == COUNTER else key)
        row_key = [name, labels(dict(tags), method)]
        found = (KINDS[type_], _frozen(row_key))
        place = self._rows.get(found)
        if place is None:
            place = self._table.add(found[0], row_key, _SIZES[type_], leaving=_LEFT_FREE)
        if place is not None:
            if len(self._places) >= _MOST_REMEMBERED:
                self._places.clear()
            self._places[given] = self._rows[found] = place
        return place

    def _say(self, problem: str, message: str, *arguments: object) -> None:
        if problem not in self._said:
            self._said.add(problem)
            logger.warning(message, *arguments)


def _read(metric: Mapping[str, Any], method: str) -> tuple[_Given, float]:
    """Return what names the row of a metric, and its value; raise as Python does."""
    type_ = metric["type"]
    if type_ not in KINDS:
        raise ValueError(f"type: expected one of {', '.join(KINDS)}, got {shown(type_)}")
    tags = metric.get("tags") or {}
    named = tuple(sorted((str(name), str(value)) for name, value in tags.items()))
    return (type_, str(metric["key"]), method, named), float(metric["value"])


def _count(numbers: memoryview[float], place: int, value: float) -> None:
    numbers[place] += value


def _set(numbers: memoryview[float], place: int, value: float) -> None:
    numbers[place] = value


def _time(numbers: memoryview[float], place: int, milliseconds: float) -> None:
    seconds = milliseconds / 1000
    # Not a number is in no bucket but the last, which is without end.
    bucket = bisect_left(TIMER_BOUNDS, seconds) if seconds == seconds else len(TIMER_BOUNDS)
    numbers[place + bucket] += 1.0
    numbers[place + _SUM] += seconds


_UPDATES: Mapping[str, Callable[[memoryview[float], int, float], None]] = {
    COUNTER: _count,
    GAUGE: _set,
    TIMER: _time,
}


def _frozen(key: list[Any]) -> tuple[Any, ...]:
    """Return the JSON key of a row as something that can be looked up."""
    return tuple(tuple(sorted(part.items())) if isinstance(part, dict) else part for part in key)
