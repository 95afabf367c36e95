from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from charter.metrics.page import Page
from charter.metrics.requests import BOUNDS, FEEDBACK, FEEDBACK_REWARD, LABELS, Metrics
from charter.metrics.table import SIZE_BYTES, Table, shared_memory
from prometheus_client.parser import text_string_to_metric_families

KEY = ("predict", "rest", 200)
LABELS_OF_KEY = {"method": "predict", "transport": "rest", "code": "200"}


def value(metrics: Metrics, name: str, **labels: str) -> float:
    """Return what a scrape says of one series of Charter's own."""
    return series(metrics)[name, frozenset(labels.items())]


def series(*tables: Metrics) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = Page([metrics.table for metrics in tables], {}).text()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def answered(*seconds: float, table: Table | None = None) -> Metrics:
    metrics = Metrics(table)
    for duration in seconds:
        metrics.begin()
        metrics.end(KEY, duration)
    return metrics


def test_a_scrape_before_the_first_request_can_be_read() -> None:
    metrics = Metrics()

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
    metrics = Metrics()
    metrics.begin()
    metrics.begin()
    metrics.end(KEY, 0.1)

    assert value(metrics, "charter_requests_in_progress") == 1


def test_readiness_is_one_when_ready() -> None:
    metrics = Metrics()
    metrics.is_ready = True

    assert metrics.is_ready
    assert value(metrics, "charter_ready") == 1


def test_counts_from_several_threads_are_exact() -> None:
    metrics = Metrics()
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
        series(metrics)
    for worker in workers:
        worker.join()

    for method in ("method0", "method1"):
        labels = {"method": method, "transport": "rest", "code": "200"}
        assert value(metrics, "charter_requests_total", **labels) == threads * each / 2
        assert value(metrics, "charter_request_duration_seconds_sum", **labels) == (
            threads * each / 4
        )
    assert value(metrics, "charter_requests_in_progress") == 0


def test_threads_that_come_and_go_take_no_more_room() -> None:
    metrics = answered(0.1)
    sizes = []

    def ask() -> None:
        metrics.begin()
        metrics.end(KEY, 0.1)

    for _ in range(3):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
        sizes.append(len(list(metrics.table.rows())))

    assert all(one == other for one, other in pairwise(sizes))
    assert value(metrics, "charter_requests_total", **LABELS_OF_KEY) == 4


def test_a_replacement_goes_on_where_the_one_before_it_was_killed() -> None:
    memory = shared_memory()
    first = answered(0.1, 0.1, table=Table(memory))
    first.begin()  # and then it was killed
    supervisor = Table(memory)
    supervisor.forget_the_dead()

    second = answered(0.1, table=Table(memory))

    assert value(second, "charter_requests_total", **LABELS_OF_KEY) == 3
    assert value(second, "charter_requests_in_progress") == 0
    rows = len(list(supervisor.rows()))
    assert rows == len(list(answered(0.1, table=Table(memory)).table.rows()))


def test_counts_of_several_workers_are_added_up() -> None:
    one, two = answered(0.1), answered(0.1, 0.1)
    two.begin()

    found = series(one, two)

    assert found["charter_requests_total", frozenset(LABELS_OF_KEY.items())] == 3
    assert found["charter_requests_in_progress", frozenset()] == 1


def test_two_services_in_one_process_count_apart() -> None:
    one, two = answered(0.1), Metrics()

    assert value(one, "charter_requests_total", **LABELS_OF_KEY) == 1
    assert not [name for name, _ in series(two) if name == "charter_requests_total"]


def test_a_full_table_stops_no_request() -> None:
    metrics = Metrics()
    while metrics.table.add("X", "", SIZE_BYTES // 2**10) is not None:
        pass
    while metrics.table.add("X", "", 1) is not None:
        pass

    metrics.begin()
    metrics.end(KEY, 0.1)

    assert value(metrics, "charter_requests_in_progress") == 0


@pytest.mark.parametrize(
    ("reward", "counted", "total"), [(1.0, 1, 1.0), (0.5, 1, 0.5), (0, None, None)]
)
def test_rewards_are_counted_unless_they_are_0(
    reward: float, counted: float | None, total: float | None
) -> None:
    metrics = Metrics()

    metrics.reward(reward)

    found = {name: count for (name, _), count in series(metrics).items()}
    assert found.get(f"{FEEDBACK}_total") == counted
    assert found.get(f"{FEEDBACK_REWARD}_total") == total


def test_rewards_are_not_counted_where_somebody_else_does() -> None:
    metrics = Metrics(counts_rewards=False)

    metrics.reward(1.0)

    assert not [name for name, _ in series(metrics) if FEEDBACK in name]


def test_the_labels_are_those_of_the_documentation() -> None:
    assert LABELS == ("method", "transport", "code")
