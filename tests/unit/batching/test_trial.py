from __future__ import annotations

import pytest
from charter.batching.trial import MOST_SKIPPED, QUANTUM_S, Trial

MOST_S = 0.005


def after(trial: Trial, rows: int, seconds: float, *, busy: float, expected: int = 64) -> float:
    """Return for how long a call is put off that was first thought of so many seconds ago."""
    return trial.pause_s(seconds, seconds * busy, rows, expected)


def tried(trial: Trial, *, rows: int, grown_to: int) -> bool:
    """Return whether a call was put off; it then has as many rows as said."""
    is_put_off = trial.pause_s(0.0, 0.0, rows, 64) > 0
    trial.started(grown_to)
    return is_put_off


def test_a_call_with_all_that_was_under_way_starts_at_once() -> None:
    assert Trial(MOST_S).pause_s(0.0, 0.0, 1, 1) == 0.0
    assert Trial(MOST_S).pause_s(0.0, 0.0, 9, 8) == 0.0


def test_a_call_is_put_off_as_long_as_the_process_is_busy_up_to_the_limit() -> None:
    trial = Trial(MOST_S)

    first = after(trial, 10, 0.0, busy=1.0)
    busy = [after(trial, 20, MOST_S * share, busy=0.95) for share in (0.2, 0.5, 0.9)]
    last = after(trial, 30, MOST_S, busy=1.0)

    assert first == QUANTUM_S
    assert all(0 < pause <= QUANTUM_S for pause in busy)
    assert last == 0.0


def test_it_starts_once_the_process_rests() -> None:
    trial = Trial(MOST_S)
    after(trial, 10, 0.0, busy=1.0)

    assert after(trial, 10, QUANTUM_S, busy=0.5) == 0.0


def test_it_starts_once_all_are_there() -> None:
    trial = Trial(MOST_S)
    after(trial, 10, 0.0, busy=1.0)

    assert after(trial, 64, QUANTUM_S / 2, busy=1.0) == 0.0


def test_what_has_not_paid_is_tried_again_after_twice_as_many_calls() -> None:
    trial = Trial(MOST_S)

    calls = [tried(trial, rows=10, grown_to=10) for _ in range(12)]

    assert [number for number, is_put_off in enumerate(calls) if is_put_off] == [0, 2, 6]


def test_what_has_paid_is_tried_each_time() -> None:
    trial = Trial(MOST_S)
    for _ in range(4):
        tried(trial, rows=10, grown_to=10)

    while not tried(trial, rows=10, grown_to=20):
        pass

    assert all(tried(trial, rows=10, grown_to=20) for _ in range(10))


@pytest.mark.parametrize("calls", [10 * MOST_SKIPPED])
def test_at_last_one_call_in_a_thousand_is_put_off_in_vain(calls: int) -> None:
    trial = Trial(MOST_S)
    for _ in range(2 * MOST_SKIPPED):
        tried(trial, rows=1, grown_to=1)

    vain = sum(tried(trial, rows=1, grown_to=1) for _ in range(calls))

    assert vain <= 10
