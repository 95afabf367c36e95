from __future__ import annotations

import pytest
from charter.transport.hang import Judge


def judged(*shown: tuple[float, float, float], passed_s: float = 0.5) -> list[str | None]:
    judge = Judge(2.0)
    return [judge.fault(*numbers, passed_s) for numbers in shown]


def test_who_shows_something_new_is_well() -> None:
    assert judged(*((float(beat), 1.9, 1.9) for beat in range(1, 9))) == [None] * 8


def test_who_has_shown_nothing_yet_is_not_judged() -> None:
    assert judged(*[(0.0, 99.0, 99.0)] * 9) == [None] * 9


def test_who_shows_nothing_new_for_too_long_is_hung() -> None:
    assert judged(*[(1.0, 0.0, 0.0)] * 6) == [*[None] * 5, ""]


def test_time_that_nobody_ran_does_not_count_as_silence() -> None:
    assert judged(*[(1.0, 0.0, 0.0)] * 4, passed_s=60.0) == [None] * 4


def test_time_that_nobody_ran_does_not_count_for_a_call() -> None:
    judge = Judge(2.0)
    frozen = judge.fault(1.0, 60.0, 60.0, 60.0)
    thawed = [judge.fault(float(beat), 60.0 + beat / 2, 0.0, 0.5) for beat in range(2, 7)]

    assert frozen is None
    assert thawed == [*[None] * 4, "a call of the model has run for 2.5 s"]


@pytest.mark.parametrize(
    ("shown", "fault"),
    [
        ((1.0, 2.5, 0.0), "a call of the model has run for 2.5 s"),
        ((1.0, 0.0, 2.5), "its event loop has been blocked for 2.5 s"),
        ((1.0, 2.5, 2.3), "a call of the model has blocked the event loop for 2.5 s"),
    ],
)
def test_what_is_longer_than_the_limit_is_told(
    shown: tuple[float, float, float], fault: str
) -> None:
    assert judged(shown) == [fault]
