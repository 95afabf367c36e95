"""Counts and durations of requests, and their exposition through prometheus-client.

The hot path adds to plain numbers under a lock; prometheus-client's own objects are made only when
somebody scrapes, because they cost several times what a small request costs.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, platform_collector, process_collector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from charter.message import Json

REQUESTS = "charter_requests"
DURATION = "charter_request_duration_seconds"
IN_PROGRESS = "charter_requests_in_progress"
READY = "charter_ready"
LABELS = ("method", "transport", "code")
# Upper ends in seconds, each about twice the one before: 100 µs to 30 s.
BOUNDS = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05),
    *(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)


class Durations:
    """Hold one histogram: how many requests fell into each bucket, and their sum in seconds."""

    __slots__ = ("counts", "total_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total_s = 0.0

    def buckets(self) -> list[tuple[str, float]]:
        """Return the cumulative counts as Prometheus wants them."""
        ends = [*map(str, BOUNDS), "+Inf"]
        totals = [sum(self.counts[: index + 1]) for index in range(len(ends))]
        return [(end, float(total)) for end, total in zip(ends, totals, strict=True)]


class RequestMetrics:
    """Count the requests of one process; a collector for `CollectorRegistry`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._durations: dict[tuple[str, str, int | str], Durations] = {}
        self._in_progress = 0
        self.is_ready = False

    def begin(self) -> None:
        """Count a request that has arrived."""
        with self._lock:
            self._in_progress += 1

    def end(self, key: tuple[str, str, int | str], seconds: float) -> None:
        """Count a request that was answered.

        Args:
            key: the method's label, the transport, and its status code.
            seconds: from the last byte of the request to the reply, ready to be sent.
        """
        bucket = bisect_left(BOUNDS, seconds)
        with self._lock:
            self._in_progress -= 1
            durations = self._durations.get(key)
            if durations is None:
                durations = self._durations[key] = Durations()
            durations.counts[bucket] += 1
            durations.total_s += seconds

    def observe(self, metrics: Sequence[Json], label: str) -> None:
        """Count what a component reported with one reply."""

    def reward(self, reward: float) -> None:
        """Count a feedback with a reward."""

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily]:
        """Yield the metric families of this moment."""
        requests = CounterMetricFamily(REQUESTS, "Requests answered.", labels=LABELS)
        duration = HistogramMetricFamily(
            DURATION, "Seconds from a request's last byte to its reply.", labels=LABELS
        )
        with self._lock:
            for key, durations in self._durations.items():
                labels = [str(part) for part in key]
                requests.add_metric(labels, sum(durations.counts))
                duration.add_metric(labels, durations.buckets(), durations.total_s)
            in_progress = self._in_progress
        yield requests
        yield duration
        yield GaugeMetricFamily(IN_PROGRESS, "Requests being answered.", value=in_progress)
        yield GaugeMetricFamily(READY, "1 when the model is loaded.", value=float(self.is_ready))


def registry(requests: RequestMetrics) -> CollectorRegistry:
    """Return what is exposed: the requests, the process's memory and CPU, the Python version."""
    collected = CollectorRegistry()
    collected.register(requests)
    process_collector.ProcessCollector(registry=collected)
    platform_collector.PlatformCollector(registry=collected)
    return collected
