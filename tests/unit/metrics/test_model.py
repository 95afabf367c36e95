from __future__ import annotations

import logging
import math
import threading
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from charter.metrics.model import KINDS, TIMER_BOUNDS, ModelMetrics
from charter.metrics.table import DROPPED, Table
from hypothesis import given
from hypothesis import strategies as st

PLAIN = {"method": "predict"}


def metric(type_: Any, value: Any, key: Any = "key", **more: Any) -> dict[str, Any]:
    return {"type": type_, "key": key, "value": value, **more}


def kept(table: Table) -> dict[tuple[str, str, str], list[float]]:
    """Return the numbers of each row, by type, name and the labels of its own."""
    types = {kind: type_ for type_, kind in KINDS.items()}
    return {
        (types[row.kind], row.key[0], repr(row.key[1])): list(table.at(row)) for row in table.rows()
    }


def observed(*metrics: Any, table: Table | None = None) -> Table:
    table = table or Table()
    ModelMetrics(table, threading.Lock()).observe(metrics, "predict")
    return table


def test_a_counter_adds_and_a_gauge_is_set() -> None:
    table = observed(
        *(metric("COUNTER", 1), metric("COUNTER", 2.5)), *(metric("GAUGE", 5), metric("GAUGE", 3))
    )

    assert kept(table) == {
        ("COUNTER", "key", repr(PLAIN)): [3.5],
        ("GAUGE", "key", repr(PLAIN)): [3.0],
    }


@pytest.mark.parametrize(
    ("milliseconds", "bucket"),
    [(0, 0), (1, 0), (1.1, 1), (20.2, 15), (29_999, 49), (30_001, 50), (math.nan, 50), (-5, 0)],
)
def test_a_timer_in_milliseconds_falls_into_a_bucket_in_seconds(
    milliseconds: float, bucket: int
) -> None:
    (numbers,) = kept(observed(metric("TIMER", milliseconds))).values()

    *counts, total = numbers
    assert [index for index, count in enumerate(counts) if count] == [bucket]
    assert total == pytest.approx(milliseconds / 1000, nan_ok=True)


def test_the_buckets_are_those_of_seldon() -> None:
    # numpy's last digit depends on its version and the processor.
    assert pytest.approx(np.logspace(-3, np.log10(30), 50), rel=1e-14) == TIMER_BOUNDS


@pytest.mark.parametrize("value", [True, np.int64(1), np.float32(1), Decimal(1), "1"])
def test_whatever_is_a_number_counts(value: Any) -> None:
    assert list(kept(observed(metric("COUNTER", value))).values()) == [[1.0]]


def test_tags_and_method_make_series_of_their_own() -> None:
    table = Table()
    model = ModelMetrics(table, threading.Lock())
    for method, tags in (("predict", {"b": 1, "a": "x"}), ("router", {"a": "x", "b": "1"})):
        model.observe([metric("COUNTER", 1, tags=tags)] * 2, method)

    assert kept(table) == {
        ("COUNTER", "key", repr({"a": "x", "b": "1", "method": "predict"})): [2.0],
        ("COUNTER", "key", repr({"a": "x", "b": "1", "method": "router"})): [2.0],
    }


def test_what_would_be_the_same_series_is_one_row() -> None:
    table = observed(
        metric("COUNTER", 1, "a-b"),
        metric("COUNTER", 1, "a_b_total"),
        metric("COUNTER", 1, "a_b", tags={"model_name": "mine"}),
        metric("COUNTER", 1, "a_b", tags={"method": "mine"}),
    )

    assert kept(table) == {("COUNTER", "a_b", repr(PLAIN)): [4.0]}


def test_the_tags_of_the_user_are_not_changed() -> None:
    tags = {"a": "x"}

    observed(metric("COUNTER", 1, tags=tags))

    assert tags == {"a": "x"}


def test_a_replacement_goes_on_with_the_rows_there_are() -> None:
    table = observed(metric("COUNTER", 1), metric("TIMER", 5))

    observed(metric("COUNTER", 1), metric("TIMER", 5), table=table)

    counter, timer = kept(table).values()
    assert counter == [2.0]
    assert sum(timer[:-1]) == 2


@pytest.mark.parametrize(
    "bad",
    [
        *({}, {"type": "COUNTER", "key": "k"}, {"type": "COUNTER", "value": 1}, None, "text", 7),
        *(metric("SUMMARY", 1), metric("COUNTER", "x"), metric("COUNTER", None)),
        *(metric("COUNTER", 1 + 2j), metric("COUNTER", 10**400), metric("COUNTER", 1, tags=[1])),
        *(metric("GAUGE", [1, 2]), metric("TIMER", np.zeros(2)), metric([], 1)),
    ],
)
def test_what_is_no_metric_is_left_out_and_logged_once(
    bad: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    table = Table()
    model = ModelMetrics(table, threading.Lock())

    model.observe([bad, metric("COUNTER", 1), bad], "predict")

    assert kept(table) == {("COUNTER", "key", repr(PLAIN)): [1.0]}
    (record,) = caplog.records
    assert record.getMessage().startswith("a metric is left out: ")


def test_when_the_table_is_full_known_series_go_on_and_new_ones_are_counted_and_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    table = Table()
    model = ModelMetrics(table, threading.Lock())
    model.observe([metric("COUNTER", 1, "known")], "predict")
    while not table.numbers[DROPPED]:
        model.observe([metric("TIMER", 1, f"k{len(list(table.rows()))}" + "x" * 9999)], "predict")
    dropped = table.numbers[DROPPED]

    model.observe([metric("COUNTER", 1, "known"), metric("TIMER", 1, "x" * 9999)], "predict")

    assert kept(table)["COUNTER", "known", repr(PLAIN)] == [2.0]
    assert table.numbers[DROPPED] == dropped + 1
    assert [record.getMessage() for record in caplog.records] == [
        "the table of metrics is full; no new label sets are taken"
    ]


def test_counts_from_several_threads_are_exact() -> None:
    table = Table()
    model = ModelMetrics(table, threading.Lock())
    together = threading.Barrier(8)

    def work() -> None:
        together.wait(10)
        for _ in range(300):
            model.observe([metric("COUNTER", 1)], "predict")

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert kept(table) == {("COUNTER", "key", repr(PLAIN)): [2400.0]}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["COUNTER", "GAUGE"]), st.integers(-9, 9), st.sampled_from(["a", "b"])
        )
    )
)
def test_any_sequence_ends_as_plain_numbers_would(
    sequence: list[tuple[str, int, str]],
) -> None:
    wanted: dict[tuple[str, str], float] = {}
    for type_, number, key in sequence:
        before = wanted.get((type_, key), 0.0) if type_ == "COUNTER" else 0.0
        wanted[type_, key] = before + number

    found = kept(observed(*(metric(type_, number, key) for type_, number, key in sequence)))

    assert {(type_, key): numbers for (type_, key, _), (numbers,) in found.items()} == wanted
