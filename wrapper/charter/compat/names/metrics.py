"""Metrics that a model returns, and a registry of them to test with: `seldon_core.metrics`.

A served model's metrics are counted by Charter itself, not here.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
from prometheus_client import CollectorRegistry, exposition
from prometheus_client.core import Metric
from seldon_core import env_utils

COUNTER = "COUNTER"
GAUGE = "GAUGE"
TIMER = "TIMER"

FEEDBACK_KEY = "seldon_api_model_feedback"
FEEDBACK_REWARD_KEY = "seldon_api_model_feedback_reward"

PREDICT_METRIC_METHOD_TAG = "predict"
INPUT_TRANSFORM_METRIC_METHOD_TAG = "inputtransform"
OUTPUT_TRANSFORM_METRIC_METHOD_TAG = "outputtransform"
ROUTER_METRIC_METHOD_TAG = "router"
AGGREGATE_METRIC_METHOD_TAG = "aggregate"
FEEDBACK_METRIC_METHOD_TAG = "feedback"
HEALTH_METRIC_METHOD_TAG = "health"

BINS = [0.0, *np.logspace(-3, np.log10(30), 50).tolist(), float("inf")]
"""Ends of a timer's buckets, in seconds."""

_Key: TypeAlias = tuple[str, str, str]
_Histogram: TypeAlias = tuple[list[float], float]
_Samples: TypeAlias = Iterator[tuple[str, dict[str, str], float]]


def create_counter(key: str, value: float) -> dict[str, Any]:
    """Return a metric that adds; raise `TypeError` where the value is no number."""
    return _metric(key, COUNTER, value)


def create_gauge(key: str, value: float) -> dict[str, Any]:
    """Return a metric that replaces; raise `TypeError` where the value is no number."""
    return _metric(key, GAUGE, value)


def create_timer(key: str, value: float) -> dict[str, Any]:
    """Return a metric of a duration, in milliseconds; raise `TypeError` if it is no number."""
    return _metric(key, TIMER, value)


def _metric(key: str, kind: str, value: float) -> dict[str, Any]:
    value + 1  # an array or a number of any library will do
    return {"key": key, "type": kind, "value": value}


def validate_metrics(metrics: Any) -> bool:
    """Return whether these are metrics: a list of dicts with key, value and a known type."""
    return isinstance(metrics, list) and all(map(_is_metric, metrics))


def _is_metric(metric: Any) -> bool:
    if not {"key", "value", "type"} <= set(metric):
        return False
    if metric["type"] not in (COUNTER, GAUGE, TIMER):
        return False
    try:
        metric["value"] + 1
    except TypeError:
        return False
    return True


def split_image_tag(tag: str) -> tuple[str, str]:
    """Return name and version of an image; what stands before and after the last colon."""
    name, _, version = tag.rpartition(":")
    return name, version


def _default_labels() -> dict[str, str]:
    image, version = split_image_tag(env_utils.get_image_name())
    deployment = env_utils.get_deployment_name()
    return {
        "deployment_name": deployment,
        "model_name": env_utils.get_model_name(),
        "model_image": image,
        "model_version": version,
        "predictor_name": env_utils.get_predictor_name(),
        "predictor_version": env_utils.get_predictor_version(),
        "seldon_deployment_name": deployment,
        "image_name": image,
        "image_version": version,
    }


DEFAULT_LABELS = _default_labels()
"""The labels of every metric, from the environment."""


class SeldonMetrics:
    """Hold the metrics of this process; a collector for `prometheus_client.CollectorRegistry`.

    Args:
        worker_id_func: gives the label `worker_id`.
        extra_default_labels: join `DEFAULT_LABELS`.
    """

    def __init__(
        self,
        worker_id_func: Callable[[], object] = os.getpid,
        extra_default_labels: Mapping[str, str] | None = None,
    ) -> None:
        self.data: dict[object, dict[_Key, dict[str, Any]]] = {}
        self.worker_id_func = worker_id_func
        self._extra_labels = dict(extra_default_labels or {})
        self._lock = threading.Lock()

    def update(self, custom_metrics: list[dict[str, Any]], method: str) -> None:
        """Take the metrics of one call of a method; see `validate_metrics`."""
        with self._lock:
            worker = self.data.setdefault(self.worker_id_func(), {})
            for metric in custom_metrics:
                kind = metric.get("type", COUNTER)
                tags = {**metric.get("tags", {}), "method": method}
                key = (kind, metric["key"], self._generate_tags_key(tags))
                held = worker.get(key, {}).get("value")
                worker[key] = {"value": _updated(kind, held, metric["value"]), "tags": tags}

    def update_reward(self, reward: float) -> None:
        """Count a feedback and its reward; nothing where the reward is 0."""
        if reward:
            feedback = [
                create_counter(FEEDBACK_KEY, 1),
                create_counter(FEEDBACK_REWARD_KEY, reward),
            ]
            self.update(feedback, FEEDBACK_METRIC_METHOD_TAG)

    def collect(self) -> Iterator[Metric]:
        """Yield one family for each type and key."""
        families: dict[tuple[str, str], Metric] = {}
        with self._lock:
            for worker, metrics in self.data.items():
                for (kind, name, _), held in metrics.items():
                    family = families.setdefault((kind, name), Metric(name, "", _FAMILIES[kind]))
                    for suffix, labels, value in _SAMPLES[kind](held["value"]):
                        labels |= self._labels(worker, held["tags"])
                        family.add_sample(name + suffix, labels, value)
        yield from families.values()

    def generate_metrics(self) -> tuple[str, str]:
        """Return the exposition text and its content type."""
        registry = CollectorRegistry()
        registry.register(self)
        return exposition.generate_latest(registry).decode(), exposition.CONTENT_TYPE_LATEST

    def clear(self) -> None:
        """Forget the metrics of this worker."""
        with self._lock:
            self.data.pop(self.worker_id_func(), None)

    def _labels(self, worker: object, tags: Mapping[str, str]) -> dict[str, str]:
        return {**tags, **DEFAULT_LABELS, **self._extra_labels, "worker_id": str(worker)}

    @staticmethod
    def _generate_tags_key(tags: Mapping[str, str]) -> str:
        # Private by its name, but the way that tests find their metric in `data`.
        return "_".join(f"{name}-{tags[name]}" for name in sorted(tags))


def _updated(kind: str, held: Any, value: float) -> Any:
    """Return what a series holds after a value has come; `held` is `None` for its first."""
    if kind not in _UPDATES:
        raise ValueError(f"type: expected one of {', '.join(_UPDATES)}, got {kind!r}")
    return _UPDATES[kind](held, value)


def _timed(held: _Histogram | None, milliseconds: float) -> _Histogram:
    counts, total_s = held or ([0.0] * (len(BINS) - 1), 0.0)
    seconds = milliseconds / 1000
    bucket = max(bisect_left(BINS, seconds) - 1, 0)
    counts = [count + (index == bucket) for index, count in enumerate(counts)]
    return counts, total_s + seconds


def _histogram_samples(held: _Histogram) -> _Samples:
    counts, total_s = held
    below = 0.0
    for end, count in zip(BINS[1:], counts, strict=True):
        below += count
        yield "_bucket", {"le": "+Inf" if end == BINS[-1] else str(end)}, below
    yield "_count", {}, below
    yield "_sum", {}, total_s


_UPDATES: Mapping[str, Callable[[Any, float], Any]] = {
    COUNTER: lambda held, value: (held or 0) + value,
    GAUGE: lambda held, value: value,
    TIMER: _timed,
}
_SAMPLES: Mapping[str, Callable[[Any], _Samples]] = {
    COUNTER: lambda held: iter([("_total", {}, held)]),
    GAUGE: lambda held: iter([("", {}, held)]),
    TIMER: _histogram_samples,
}
_FAMILIES = {COUNTER: "counter", GAUGE: "gauge", TIMER: "histogram"}
