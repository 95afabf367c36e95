from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families
from seldon_core.metrics import (
    BINS,
    DEFAULT_LABELS,
    SeldonMetrics,
    create_counter,
    create_gauge,
    create_timer,
    split_image_tag,
    validate_metrics,
)

MAKERS = {"COUNTER": create_counter, "GAUGE": create_gauge, "TIMER": create_timer}


def samples(metrics: SeldonMetrics) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Return what a scraper reads: labels and values by the names of samples."""
    text, _ = metrics.generate_metrics()
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("value", [1, 2.5, np.float32(0.5), np.int64(3)])
def test_a_metric_is_a_dict(kind: str, value: Any) -> None:
    assert MAKERS[kind]("k", value) == {"key": "k", "type": kind, "value": value}


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("value", ["1", None, [], {}])
def test_a_value_that_is_no_number_is_a_type_error(kind: str, value: Any) -> None:
    with pytest.raises(TypeError):
        MAKERS[kind]("k", value)


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ([], True),
        ([create_counter("k", 1), create_gauge("g", 2.5), create_timer("t", 3)], True),
        ([{"key": "k", "type": "COUNTER", "value": 1, "tags": {"a": "b"}}], True),
        ([{"key": "k", "type": "COUNTER"}], False),
        ([{"type": "COUNTER", "value": 1}], False),
        ([{"key": "k", "value": 1}], False),
        ([{"key": "k", "type": "SUM", "value": 1}], False),
        ([{"key": "k", "type": "COUNTER", "value": "1"}], False),
        (({"key": "k", "type": "COUNTER", "value": 1},), False),
        ({"key": "k", "type": "COUNTER", "value": 1}, False),
        (None, False),
    ],
)
def test_metrics_are_valid_as_in_the_original(metrics: Any, expected: bool) -> None:
    assert validate_metrics(metrics) is expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [("a:1", ("a", "1")), ("host:5000/a:1", ("host:5000/a", "1")), ("a", ("", "a"))],
)
def test_an_image_is_split_at_its_last_colon(image: str, expected: tuple[str, str]) -> None:
    assert split_image_tag(image) == expected


def test_counters_add_and_gauges_replace() -> None:
    metrics = SeldonMetrics()

    for value in (1, 2.5):
        metrics.update([create_counter("c", value), create_gauge("g", value)], "predict")

    assert [value for _, value in samples(metrics)["c_total"]] == [3.5]
    assert [value for _, value in samples(metrics)["g"]] == [2.5]


def test_timers_are_told_in_seconds() -> None:
    metrics = SeldonMetrics()

    metrics.update([create_timer("t", 5), create_timer("t", 20_000)], "predict")

    found = samples(metrics)
    below = {labels["le"]: value for labels, value in found["t_bucket"]}
    assert found["t_count"][0][1] == 2
    assert found["t_sum"][0][1] == pytest.approx(20.005)
    assert len(below) == len(BINS) - 1
    assert below["0.001"] == 0
    assert below[str(next(end for end in BINS if end > 0.005))] == 1
    assert below["+Inf"] == 2


def test_a_series_has_the_labels_of_the_original() -> None:
    metrics = SeldonMetrics(extra_default_labels={"team": "a"})
    tags = {"mine": "x", "model_name": "loses"}

    metrics.update([{**create_counter("c", 1), "tags": tags}], "router")

    labels, _ = samples(metrics)["c_total"][0]
    own = {"mine": "x", "method": "router", "team": "a", "worker_id": str(os.getpid())}
    assert labels == {**DEFAULT_LABELS, **own}
    assert tags == {"mine": "x", "model_name": "loses"}


def test_series_of_other_tags_and_workers_are_apart() -> None:
    workers = iter([1, 2, 2])
    metrics = SeldonMetrics(worker_id_func=lambda: next(workers))

    metrics.update([create_counter("c", 1)], "predict")
    metrics.update([{**create_counter("c", 2), "tags": {"a": "b"}}], "predict")
    metrics.update([create_counter("c", 4)], "predict")

    assert sorted(value for _, value in samples(metrics)["c_total"]) == [1, 2, 4]
    assert metrics.generate_metrics()[0].count("# TYPE c_total counter") == 1


def test_tests_find_a_series_as_in_the_original() -> None:
    metrics = SeldonMetrics()

    metrics.update([create_gauge("g", 100)], "predict")

    key = ("GAUGE", "g", SeldonMetrics._generate_tags_key({"method": "predict"}))
    assert metrics.data[os.getpid()][key] == {"value": 100, "tags": {"method": "predict"}}


def test_rewards_are_counted_unless_they_are_none() -> None:
    metrics = SeldonMetrics()

    for reward in (0.5, 0, 0.25):
        metrics.update_reward(reward)

    found = samples(metrics)
    assert found["seldon_api_model_feedback_total"][0][1] == 2
    assert found["seldon_api_model_feedback_reward_total"][0][1] == 0.75


def test_cleared_metrics_are_gone() -> None:
    metrics = SeldonMetrics()
    metrics.update([create_counter("c", 1)], "predict")

    metrics.clear()

    assert samples(metrics) == {}


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^type: expected one of COUNTER, GAUGE, TIMER, got 'X'$"):
        SeldonMetrics().update([{"key": "k", "type": "X", "value": 1}], "predict")
