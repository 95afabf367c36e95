"""What Prometheus scrapes: the tables of all workers as one valid page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from operator import add
from typing import Any

from prometheus_client import CollectorRegistry, platform_collector
from prometheus_client.core import Metric
from prometheus_client.exposition import generate_latest

from charter.metrics.labels import WORKER
from charter.metrics.model import COUNTER, GAUGE, KINDS, TIMER, TIMER_BOUNDS
from charter.metrics.process import CPU, process_metrics
from charter.metrics.requests import (
    BATCH,
    BATCH_BOUNDS,
    BATCH_ROWS,
    BATCH_WAIT,
    BOUNDS,
    BREACH,
    BREACH_LABELS,
    LABELS,
    REQUEST,
)
from charter.metrics.table import (
    DROPPED,
    ENDED,
    IN_PROGRESS,
    QUEUED,
    READY,
    TEST_PASSED,
    TESTED_ROWS,
    TESTED_S,
    Row,
    Table,
)

logger = logging.getLogger(__name__)

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
REQUESTS = "charter_requests"
DURATION = "charter_request_duration_seconds"
IN_PROGRESS_REQUESTS = "charter_requests_in_progress"
QUEUE_LENGTH = "charter_queue_length"
READY_WORKERS = "charter_ready"
DROPPED_METRICS = "charter_metrics_dropped"
SELF_TEST_ROWS = "charter_self_test_rows"
SELF_TEST_DURATION = "charter_self_test_duration_seconds"
SELF_TEST_PASSED = "charter_self_test_passed"
BREACHES = "charter_contract_breaches"
BATCHES = {
    BATCH_ROWS: ("charter_batch_rows", "Rows of a call of the model."),
    BATCH_WAIT: ("charter_batch_wait_seconds", "Seconds that a call was put off for more rows."),
}
# How a type of Seldon is exposed: Prometheus's type and what the page says about it.
_EXPOSED = {
    KINDS[COUNTER]: ("counter", "Counter given by the model."),
    KINDS[GAUGE]: ("gauge", "Gauge given by the model."),
    KINDS[TIMER]: ("histogram", "Durations given by the model, in seconds."),
}
# What a family of a type may call its samples, in either of the two text formats.
_SUFFIXES = {
    "counter": ("", "_total", "_created"),
    "gauge": ("",),
    "histogram": ("", "_bucket", "_sum", "_count", "_created"),
    "info": ("", "_info"),
}


class Page:
    """Make the page; a collector for `CollectorRegistry`.

    Args:
        tables: one for each worker; its index is the worker's number.
        identity: labels that all of the model's metrics have.
        workers: how many workers are ready when the service is.
        processes: returns the process ids of the workers; the own process counts anyway.
    """

    def __init__(
        self,
        tables: Sequence[Table],
        identity: Mapping[str, str],
        *,
        workers: int = 1,
        processes: Callable[[], Iterable[int]] = tuple,
    ) -> None:
        self._tables = tables
        self._identity = identity
        self._workers = workers
        self._processes = processes
        self._owners: dict[str, str] = {}
        self._cpu_s = 0.0
        self._refused: set[str] = set()
        self._registry = CollectorRegistry()
        self._registry.register(self)
        self._python = platform_collector.PlatformCollector(registry=None)

    def text(self) -> bytes:
        """Return the page, in the text format that every scraper takes."""
        # Not OpenMetrics: prometheus-client writes there another name for samples with a colon.
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the metric families of this moment; those of the model come last and give way."""
        for family in self._own():
            self._may_show(family, "charter")
            yield family
        for family in self._of_the_model():
            if self._may_show(family, "the model"):
                yield family

    def requests(self) -> Iterator[Metric]:
        """Yield what Charter itself counts, summed over the workers."""
        rows: dict[tuple[str, ...], list[float]] = {}
        in_progress = 0.0
        for table, row in self._rows():
            if row.kind == REQUEST:
                key = tuple(map(str, row.key[: len(LABELS)]))
                numbers = list(table.at(row))
                rows[key] = list(map(add, rows[key], numbers)) if key in rows else numbers
            elif row.kind == IN_PROGRESS:
                in_progress += table.at(row)[0]
        yield from _request_families(rows)
        yield _gauge(IN_PROGRESS_REQUESTS, "Requests being answered.", in_progress)
        yield _gauge(QUEUE_LENGTH, "Calls that wait for the model.", self._sum(QUEUED))
        ready = float(self._sum(READY) >= self._workers)
        yield _gauge(READY_WORKERS, "1 when the model is loaded, in every worker.", ready)
        dropped = Metric(DROPPED_METRICS, "Values of the model's metrics left out.", "counter")
        dropped.add_sample(f"{DROPPED_METRICS}_total", {}, self._sum(DROPPED))
        yield dropped
        yield self._breaches()
        yield from self._self_test()
        yield from self._batches()

    def _self_test(self) -> Iterator[Metric]:
        """Yield the results of the workers' self-tests, once there is one."""
        count = self._sum(TESTED_ROWS)
        if not count:
            return
        rows = Metric(SELF_TEST_ROWS, "Rows answered in self-tests.", "counter")
        rows.add_sample(f"{SELF_TEST_ROWS}_total", {}, count)
        yield rows
        longest = max(float(table.numbers[TESTED_S]) for table in self._tables)
        yield _gauge(SELF_TEST_DURATION, "Seconds of the longest last self-test.", longest)
        passed = float(self._sum(TEST_PASSED) >= self._workers)
        yield _gauge(SELF_TEST_PASSED, "1 when the self-test has passed, in every worker.", passed)

    def _breaches(self) -> Metric:
        """Return how many messages broke the contract."""
        counts: dict[tuple[str, ...], float] = {}
        for table, row in self._rows():
            if row.kind == BREACH:
                key = tuple(map(_sendable, row.key))
                counts[key] = counts.get(key, 0.0) + table.at(row)[0]
        breaches = Metric(BREACHES, "Messages that broke the contract, by feature.", "counter")
        for key, count in counts.items():
            labels = dict(zip(BREACH_LABELS, key, strict=True))
            breaches.add_sample(f"{BREACHES}_total", labels, count)
        return breaches

    def _batches(self) -> Iterator[Metric]:
        """Yield what is known of batches, once there is one."""
        found: dict[str, list[float]] = {}
        for table, row in self._rows():
            if row.kind == BATCH:
                numbers = list(table.at(row))
                before = found.get(row.key)
                found[row.key] = numbers if before is None else list(map(add, before, numbers))
        for key, numbers in found.items():
            family = Metric(*BATCHES[key], "histogram")
            _add_histogram(family, {}, numbers, BATCH_BOUNDS[key])
            yield family

    def _own(self) -> Iterator[Metric]:
        yield from self.requests()
        for family in process_metrics(self._processes()):
            self._keep_up(family)
            yield family
        yield from self._python.collect()

    def _keep_up(self, family: Metric) -> None:
        """Let CPU time never go back: a worker that ends while it is read may count twice."""
        if family.name == CPU:
            sample = family.samples[0]
            self._cpu_s = max(self._cpu_s, sample.value)
            family.samples[0] = sample._replace(value=self._cpu_s)

    def _of_the_model(self) -> Iterable[Metric]:
        families: dict[tuple[str, str], Metric] = {}
        for number, table in enumerate(self._tables):
            for row in table.rows():
                # What a gauge says of a worker that has ended is not so any more.
                if row.kind in _EXPOSED and (row.kind != KINDS[GAUGE] or not table.numbers[ENDED]):
                    name, labels = row.key
                    family = families.get((row.kind, name)) or _family(row.kind, name)
                    families[row.kind, name] = family
                    labels = {**labels, **self._identity, WORKER: str(number)}
                    _SAMPLES[family.type](family, labels, list(table.at(row)))
        return families.values()

    def _may_show(self, family: Metric, source: str) -> bool:
        """Return whether a family may be on the page: nobody before it had one of its names."""
        names = [family.name + suffix for suffix in _SUFFIXES[family.type]]
        owner = f"{source}'s {family.type} {family.name}"
        taken = next((name for name in names if self._owners.get(name, owner) != owner), None)
        if taken is None:
            self._owners.update(dict.fromkeys(names, owner))
            return True
        if owner not in self._refused:
            self._refused.add(owner)
            logger.warning("%s is not exposed: there is %s", owner, self._owners[taken])
        return False

    def _rows(self) -> Iterator[tuple[Table, Row]]:
        for table in self._tables:
            for row in table.rows():
                yield table, row

    def _sum(self, place: int) -> float:
        return float(sum(table.numbers[place] for table in self._tables))


def _sendable(text: str) -> str:
    """Return text that can be written as UTF-8: names in JSON may hold halves of characters."""
    return text.encode("utf-8", "replace").decode()


def _request_families(rows: Mapping[tuple[str, ...], list[float]]) -> Iterator[Metric]:
    requests = Metric(REQUESTS, "Requests answered.", "counter")
    duration = Metric(DURATION, "Seconds from a request's last byte to its reply.", "histogram")
    for key, numbers in rows.items():
        labels = dict(zip(LABELS, key, strict=True))
        requests.add_sample(f"{REQUESTS}_total", labels, sum(numbers[:-1]))
        _add_histogram(duration, labels, numbers, BOUNDS)
    yield requests
    yield duration


def _gauge(name: str, help_: str, value: float) -> Metric:
    gauge = Metric(name, help_, "gauge")
    gauge.add_sample(name, {}, value)
    return gauge


def _family(kind: str, name: str) -> Metric:
    type_, help_ = _EXPOSED[kind]
    return Metric(name, help_, type_)


def _add_counter(family: Metric, labels: dict[str, str], numbers: Sequence[float]) -> None:
    family.add_sample(f"{family.name}_total", labels, numbers[0])


def _add_gauge(family: Metric, labels: dict[str, str], numbers: Sequence[float]) -> None:
    family.add_sample(family.name, labels, numbers[0])


def _add_timer(family: Metric, labels: dict[str, str], numbers: Sequence[float]) -> None:
    _add_histogram(family, labels, numbers, TIMER_BOUNDS)


def _add_histogram(
    family: Metric, labels: dict[str, str], numbers: Sequence[float], bounds: Sequence[float]
) -> None:
    """Add the cumulative buckets, their count and the sum, which is the last of the numbers."""
    counts = list(accumulate(numbers[:-1]))
    for end, count in zip([*map(str, bounds), "+Inf"], counts, strict=True):
        family.add_sample(f"{family.name}_bucket", {**labels, "le": end}, count)
    family.add_sample(f"{family.name}_count", labels, counts[-1])
    family.add_sample(f"{family.name}_sum", labels, numbers[-1])


_SAMPLES: Mapping[str, Callable[[Metric, dict[str, str], Sequence[float]], Any]] = {
    "counter": _add_counter,
    "gauge": _add_gauge,
    "histogram": _add_timer,
}
