from __future__ import annotations

import logging
import shutil
import subprocess
from typing import Any

import pytest
from charter.metrics.labels import identity
from charter.metrics.page import Page
from charter.metrics.requests import Metrics
from charter.metrics.table import READY
from charter.settings import Settings
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

IDENTITY = identity(Settings(unit_id="node", unit_image="image:1", deployment_id="graph"))
KEYS = st.sampled_from(["a", "a_total", "a_bucket", "charter_ready", "python_info"]) | st.text()


def metrics_of(values: st.SearchStrategy[float]) -> st.SearchStrategy[list[dict[str, Any]]]:
    kinds = st.sampled_from(["COUNTER", "GAUGE", "TIMER"])
    tags = st.dictionaries(st.text(), st.text(), max_size=3)
    one = {"type": kinds, "key": KEYS, "value": values}
    return st.lists(st.fixed_dictionaries(one, optional={"tags": tags}), max_size=8)


def observed(*metrics: Any, method: str = "predict") -> Metrics:
    made = Metrics()
    made.observe(metrics, method)
    return made


def metric(type_: str, value: float, key: str = "key", **tags: str) -> dict[str, Any]:
    return {"type": type_, "key": key, "value": value, "tags": tags}


def page(*workers: Metrics) -> str:
    return Page([made.table for made in workers], IDENTITY).text().decode()


def of_the_model(*workers: Metrics, name: str = "key") -> list[tuple[str, dict[str, str], float]]:
    families = text_string_to_metric_families(page(*workers))
    return [
        (sample.name, sample.labels, sample.value)
        for family in families
        for sample in family.samples
        if sample.name.startswith(name)
    ]


def faults(text: str) -> list[str]:
    """Return what is wrong with a page in the classic format, in which the parser sees little."""
    described = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    series = [
        (sample.name, frozenset(sample.labels.items()))
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]
    twice = [name for name in described if described.count(name) > 1]
    return twice + [str(one) for one in series if series.count(one) > 1]


def test_a_metric_of_the_model_has_the_name_and_the_labels_of_seldon() -> None:
    names = {"COUNTER": "key_total", "GAUGE": "key", "TIMER": "key_sum"}

    for type_, name in names.items():
        found = of_the_model(observed(metric(type_, 2000.0, tag="x")))

        (labels,) = [labels for found_name, labels, _ in found if found_name == name]
        assert labels == {
            "tag": "x",
            "method": "predict",
            "deployment_name": "graph",
            "model_name": "node",
            "model_image": "image",
            "model_version": "1",
            "predictor_name": "NOT_IMPLEMENTED",
            "predictor_version": "NOT_IMPLEMENTED",
            "seldon_deployment_name": "graph",
            "image_name": "image",
            "image_version": "1",
            "worker_id": "0",
        }


def test_a_timer_is_a_cumulative_histogram_in_seconds() -> None:
    found = of_the_model(observed(metric("TIMER", 2), metric("TIMER", 40_000)))

    buckets = [(labels["le"], value) for name, labels, value in found if name == "key_bucket"]
    rest = {name: value for name, _, value in found if name != "key_bucket"}
    assert len(buckets) == 51
    assert buckets[0] == ("0.001", 0)
    assert buckets[-2:] == [("29.999999999999996", 1), ("+Inf", 2)]
    assert rest == {"key_count": 2, "key_sum": 40.002}


def test_each_worker_has_series_of_its_own() -> None:
    found = of_the_model(observed(metric("COUNTER", 1)), observed(metric("COUNTER", 2)))

    assert [(labels["worker_id"], value) for _, labels, value in found] == [("0", 1), ("1", 2)]


def test_label_sets_of_one_family_may_have_different_names() -> None:
    text = page(observed(metric("COUNTER", 1, a="x"), metric("COUNTER", 1, b="x")))

    assert faults(text) == []
    assert text.count("# TYPE key_total counter") == 1
    assert text.count("\nkey_total{") == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("COUNTER", "x"), ("GAUGE", "x")),
        (("COUNTER", "x"), ("GAUGE", "x_total")),
        (("TIMER", "x"), ("GAUGE", "x_count")),
        (("GAUGE", "x_sum"), ("TIMER", "x")),
        (("TIMER", "x"), ("COUNTER", "x")),
        (("TIMER", "x"), ("TIMER", "x_bucket")),
    ],
)
def test_of_two_metrics_that_cannot_be_on_one_page_the_first_stays(
    first: tuple[str, str], second: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    late, early = Metrics(), observed(metric(first[0], 1, first[1]))
    shown = Page([late.table, early.table], {})
    before = shown.text()

    late.observe([metric(second[0], 1, second[1])], "predict")
    after = [shown.text(), shown.text()]

    families = {family.name for family in text_string_to_metric_families(before.decode())}
    for text in after:
        found = {family.name for family in text_string_to_metric_families(text.decode())}
        assert found == families
    assert len(caplog.records) == 1
    assert " is not exposed: there is the model's " in caplog.records[0].getMessage()


@pytest.mark.parametrize("name", ["charter_requests", "charter_ready", "python_info"])
def test_a_model_cannot_take_the_name_of_what_charter_counts(name: str) -> None:
    text = page(observed(metric("GAUGE", 77, name)))

    assert " 77" not in text
    assert faults(text) == []


@given(st.lists(metrics_of(st.floats()), max_size=3))
def test_no_metrics_of_a_model_make_a_bad_page(workers: list[list[dict[str, Any]]]) -> None:
    assert faults(page(*(observed(*metrics) for metrics in workers))) == []


def test_the_service_is_ready_when_all_workers_are() -> None:
    tables = [Metrics().table for _ in range(3)]
    shown = Page(tables, {}, workers=2)

    seen = []
    for table in tables[:2]:
        seen.append(b"charter_ready 0.0" in shown.text())
        table.numbers[READY] = 1.0
    seen.append(b"charter_ready 1.0" in shown.text())

    assert seen == [True, True, True]


def test_the_process_and_python_are_exposed_too() -> None:
    text = page(Metrics())

    assert "\npython_info{" in text
    assert "\nprocess_resident_memory_bytes " in text


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool of Prometheus")
def test_promtool_finds_no_fault() -> None:
    made = observed(metric("COUNTER", 1, "hits"), metric("TIMER", 5, "lookup", tag="x"))
    made.reward(1.0)
    made.begin()
    made.end(("predict", "rest", 200), 0.1)

    words = ["promtool", "check", "metrics"]
    done = subprocess.run(words, input=page(made), capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_self_tests_are_shown_once_there_is_one() -> None:
    passed, failed = Metrics(), Metrics()
    before = page(passed, failed)
    passed.tested(20, 0.5, has_passed=True)
    failed.tested(20, 1.5, has_passed=False)

    found = Page([made.table for made in (passed, failed)], IDENTITY, workers=2).text().decode()

    assert "charter_self_test" not in before
    assert "charter_self_test_rows_total 40.0" in found
    assert "charter_self_test_duration_seconds 1.5" in found
    assert "charter_self_test_passed 0.0" in found
    assert "charter_self_test_passed 1.0" in page(passed)
    assert faults(found) == []


def test_the_self_test_of_a_worker_that_has_ended_does_not_stand_for_anothers() -> None:
    workers = [Metrics(), Metrics(), Metrics()]
    for number, made in enumerate(workers):
        made.tested(20, 0.5, has_passed=number > 0)
    before = Page([made.table for made in workers], IDENTITY, workers=2).text().decode()
    workers[2].table.forget_the_dead()
    after = Page([made.table for made in workers], IDENTITY, workers=2).text().decode()

    assert "charter_self_test_passed 1.0" in before
    assert "charter_self_test_passed 0.0" in after
    assert "charter_self_test_rows_total 60.0" in after


def test_breaches_of_the_contract_are_summed_over_the_workers() -> None:
    one, two = Metrics(), Metrics()
    for worker in (one, one, two):
        worker.breach("request", 'age "x" \ud800', "range")
    two.breach("reply", "", "rows")

    text = page(one, two)

    assert faults(text) == []
    assert of_the_model(one, two, name="charter_contract_breaches") == [
        (
            "charter_contract_breaches_total",
            {"direction": "request", "feature": 'age "x" ?', "check": "range"},
            3.0,
        ),
        (
            "charter_contract_breaches_total",
            {"direction": "reply", "feature": "", "check": "rows"},
            1.0,
        ),
    ]


def test_batches_are_shown_once_there_is_one_and_summed_over_the_workers() -> None:
    one, two = Metrics(), Metrics()
    before = page(one, two)
    one.batch(1, 0.0)
    one.batch(64, 0.003)
    two.batch(5000, 2.0)

    text = page(one, two)

    assert "charter_batch" not in before
    assert faults(text) == []
    assert 'charter_batch_rows_bucket{le="1.0"} 1.0' in text
    assert 'charter_batch_rows_bucket{le="32.0"} 1.0' in text
    assert 'charter_batch_rows_bucket{le="64.0"} 2.0' in text
    assert 'charter_batch_rows_bucket{le="+Inf"} 3.0' in text
    assert "charter_batch_rows_sum 5065.0" in text
    assert 'charter_batch_wait_seconds_bucket{le="0.0"} 1.0' in text
    assert 'charter_batch_wait_seconds_bucket{le="0.005"} 2.0' in text
    assert "charter_batch_wait_seconds_count 3.0" in text
    assert "charter_batch_wait_seconds_sum 2.003" in text


def test_who_replaces_a_worker_goes_on_counting_its_batches() -> None:
    first = Metrics()
    first.batch(2, 0.0)

    Metrics(first.table).batch(4, 0.0)

    assert "charter_batch_rows_sum 6.0" in page(first)
