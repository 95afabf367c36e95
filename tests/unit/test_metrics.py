from __future__ import annotations

import threading

import pytest
from charter.metrics import BOUNDS, LABELS, RequestMetrics, registry
from prometheus_client import generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.parser import text_string_to_metric_families

KEY = ("predict", "rest", 200)
LABELS_OF_KEY = {"method": "predict", "transport": "rest", "code": "200"}


def samples(metrics: RequestMetrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return what a scrape says, by name and labels."""
    text = generate_latest(registry(metrics)).decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(metrics: RequestMetrics, name: str, **labels: str) -> float:
    return samples(metrics)[name, frozenset(labels.items())]


def answered(*seconds: float) -> RequestMetrics:
    metrics = RequestMetrics()
    for duration in seconds:
        metrics.begin()
        metrics.end(KEY, duration)
    return metrics


def test_a_scrape_before_the_first_request_can_be_read() -> None:
    metrics = RequestMetrics()

    assert value(metrics, "charter_requests_in_progress") == 0
    assert value(metrics, "charter_ready") == 0


def test_requests_are_counted_by_method_transport_and_code() -> None:
    metrics = answered(0.1, 0.1)
    metrics.begin()
    metrics.end(("predict", "grpc", "INVALID_ARGUMENT"), 0.1)

    grpc = {"method": "predict", "transport": "grpc", "code": "INVALID_ARGUMENT"}
    assert value(metrics, "charter_requests_total", **LABELS_OF_KEY) == 2
    assert value(metrics, "charter_requests_total", **grpc) == 1


def test_the_count_of_durations_is_the_count_of_requests() -> None:
    metrics = answered(0.0001, 0.3, 100.0)

    assert value(metrics, "charter_request_duration_seconds_count", **LABELS_OF_KEY) == 3
    assert value(metrics, "charter_request_duration_seconds_sum", **LABELS_OF_KEY) == (
        pytest.approx(100.3001)
    )


@pytest.mark.parametrize(
    ("seconds", "first"),
    [(0.0, "0.0001"), (0.0001, "0.0001"), (0.00011, "0.00025"), (30.0, "30.0"), (30.1, "+Inf")],
)
def test_a_duration_falls_into_the_bucket_that_ends_at_or_above_it(
    seconds: float, first: str
) -> None:
    metrics = answered(seconds)

    ends = [*map(str, BOUNDS), "+Inf"]
    filled = [
        end
        for end in ends
        if value(metrics, "charter_request_duration_seconds_bucket", le=end, **LABELS_OF_KEY)
    ]
    assert filled == ends[ends.index(first) :]


def test_requests_in_progress_go_up_and_down() -> None:
    metrics = RequestMetrics()
    metrics.begin()
    metrics.begin()
    metrics.end(KEY, 0.1)

    assert value(metrics, "charter_requests_in_progress") == 1


def test_readiness_is_one_when_ready() -> None:
    metrics = RequestMetrics()
    metrics.is_ready = True

    assert value(metrics, "charter_ready") == 1


def test_counts_from_several_threads_are_exact() -> None:
    metrics = RequestMetrics()
    threads, each = 8, 500
    together = threading.Barrier(threads + 1)

    def work(number: int) -> None:
        together.wait(10)
        for _ in range(each):
            metrics.begin()
            metrics.end((f"method{number % 2}", "rest", 200), 0.5)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    together.wait(10)
    while any(worker.is_alive() for worker in workers):  # scrape while it counts
        generate_latest(registry(metrics))
    for worker in workers:
        worker.join()

    for method in ("method0", "method1"):
        labels = {"method": method, "transport": "rest", "code": "200"}
        assert value(metrics, "charter_requests_total", **labels) == threads * each / 2
        assert value(metrics, "charter_request_duration_seconds_sum", **labels) == (
            threads * each / 4
        )
    assert value(metrics, "charter_requests_in_progress") == 0


def test_each_family_is_described_once() -> None:
    metrics = answered(0.1)
    metrics.begin()
    metrics.end(("predict", "rest", 400), 0.1)

    lines = generate_latest(registry(metrics)).decode().splitlines()

    described = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(described) == len(set(described))


def test_the_process_and_python_are_exposed_too() -> None:
    names = {name for name, _ in samples(RequestMetrics())}

    assert "python_info" in names


def test_the_exposition_is_good_openmetrics_too() -> None:
    text = openmetrics.generate_latest(registry(answered(0.1))).decode()  # type: ignore[no-untyped-call]  # has no types

    assert text.endswith("# EOF\n")


def test_two_services_in_one_process_count_apart() -> None:
    one, two = answered(0.1), RequestMetrics()

    registry(one)
    registry(two)

    assert value(one, "charter_requests_total", **LABELS_OF_KEY) == 1
    assert not [name for name, _ in samples(two) if name == "charter_requests_total"]


def test_the_labels_are_those_of_the_documentation() -> None:
    assert LABELS == ("method", "transport", "code")
