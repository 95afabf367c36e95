from __future__ import annotations

import math

import pytest
from charter.placement import FORGIVEN_CALLS, LONG_S, MOST_THREADS, PROVING_CALLS, Plan, Record

SHORT, LONG = LONG_S / 2, LONG_S * 2


def fed(record: Record, seconds: float, times: int) -> Record:
    for _ in range(times):
        record.note(seconds)
    return record


def test_calls_start_in_a_thread() -> None:
    assert not Record().inline


def test_calls_are_promoted_after_many_short_ones_in_a_row() -> None:
    record = fed(Record(), SHORT, PROVING_CALLS - 1)
    assert not record.inline

    record.note(SHORT)

    assert record.inline


def test_a_long_call_starts_the_row_again() -> None:
    record = fed(Record(), SHORT, PROVING_CALLS - 1)

    record.note(LONG)

    assert not fed(record, SHORT, PROVING_CALLS - 1).inline
    assert fed(record, SHORT, 1).inline


def test_a_call_of_exactly_the_limit_is_long() -> None:
    record = fed(Record(), SHORT, PROVING_CALLS)

    record.note(LONG_S)

    assert not record.inline


def test_one_long_call_demotes_and_the_way_back_is_twice_as_long() -> None:
    record = fed(Record(), SHORT, PROVING_CALLS)

    record.note(LONG)

    assert not record.inline
    assert not fed(record, SHORT, 2 * PROVING_CALLS - 1).inline
    assert fed(record, SHORT, 1).inline


def test_one_long_call_among_thousands_makes_the_way_back_no_longer() -> None:
    record = fed(Record(), SHORT, PROVING_CALLS + FORGIVEN_CALLS)

    record.note(LONG)

    assert not record.inline
    assert fed(record, SHORT, PROVING_CALLS).inline


def test_long_calls_before_a_promotion_make_the_way_no_longer() -> None:
    record = fed(Record(), LONG, 100)

    assert fed(record, SHORT, PROVING_CALLS).inline


def test_the_way_back_grows_to_a_limit() -> None:
    record = Record()
    for _ in range(20):
        record.left, record.inline = 0, True
        record.note(LONG)

    most = record.needed

    record.inline = True
    record.note(LONG)
    assert record.needed == most == PROVING_CALLS * 2**10


@pytest.mark.parametrize("inline", [True, False])
def test_what_is_to_stay_stays(inline: bool) -> None:
    record = Record(math.inf, inline=inline)

    assert fed(fed(record, SHORT, 1000), LONG, 1000).inline is inline


@pytest.mark.parametrize(
    ("threads", "is_thread_safe", "slots"),
    [(0, False, 1), (0, True, 6), (1, True, 1), (3, False, 3)],
)
def test_more_calls_run_at_a_time_where_somebody_says_so(
    threads: int, is_thread_safe: bool, slots: int
) -> None:
    assert Plan(threads).slots(2, is_thread_safe=is_thread_safe) == slots


def test_a_machine_of_many_processors_gets_no_threads_without_end() -> None:
    assert Plan(0).slots(1000, is_thread_safe=True) == MOST_THREADS
