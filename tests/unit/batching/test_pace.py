"""When a batch waits, in simulated time; a call of a model takes so much, and more for each row."""

from __future__ import annotations

import itertools

import pytest
from charter.batching.pace import Pace
from simulated_queue import Run, Simulation, Takes, closed_loop, open_loop, poisson

MOST, MOST_WAIT_S = 64, 0.005
SECONDS, SETTLED = 12.0, 2.0
LATER = 0.5


def cnn(rows: int) -> float:
    return 0.004 + 0.0003 * rows


def slow(rows: int) -> float:
    return 0.06 + 0.0008 * rows


def simulation(
    takes: Takes = cnn, wait_s: float = MOST_WAIT_S, most: int = MOST, slots: int = 1
) -> Simulation:
    return Simulation(takes, Pace(most, wait_s), most, slots)


def closed(made: Simulation, callers: int, pause_s: float = 0.001) -> Run:
    closed_loop(made, callers, pause_s)
    return made.go(SECONDS)


def rate(run: Run) -> float:
    return run.rate(SETTLED, SECONDS)


@pytest.mark.parametrize("takes", [cnn, slow])
@pytest.mark.parametrize("pause_s", [0.0, 0.0005, 0.002, 1.0])
def test_one_caller_never_waits(takes: Takes, pause_s: float) -> None:
    run = closed(simulation(takes), 1, pause_s)

    assert run.waited() == []
    assert run.mean_latency() == pytest.approx(takes(1))


@pytest.mark.parametrize("takes", [cnn, slow])
@pytest.mark.parametrize("load", [0.1, 0.3, 0.6, 0.9, 2.0, 6.0])
def test_requests_that_come_by_themselves_never_wait_while_the_model_is_free(
    takes: Takes, load: float
) -> None:
    for seed in range(5):
        made = simulation(takes)
        open_loop(made, poisson(load / takes(1), SECONDS, seed))

        run = made.go(SECONDS)

        assert len(run.batches) > 1
        assert sum(run.waited()) <= 0.001 * SECONDS


@pytest.mark.parametrize("takes", [cnn, slow])
def test_callers_that_ask_again_are_soon_all_in_one_batch(takes: Takes) -> None:
    run = closed(simulation(takes), MOST)

    sizes = [rows for _, rows in run.batches]
    assert sizes[:2] == [1, MOST - 1]
    assert min(sizes[8:]) >= 0.9 * MOST
    assert run.mean_batch(SETTLED) > 0.98 * MOST


@pytest.mark.parametrize(("takes", "gain"), [(cnn, 10), (slow, 33)])
def test_batches_serve_many_times_what_single_calls_do(takes: Takes, gain: float) -> None:
    together, alone = (closed(simulation(takes, most=most), MOST) for most in (MOST, 1))

    assert rate(together) > gain * rate(alone)
    assert together.mean_latency(SETTLED) < alone.mean_latency(SETTLED) / gain


@pytest.mark.parametrize(
    ("takes", "callers", "gain"), [(slow, 2, 1.9), (slow, 64, 1.4), (cnn, 8, 1.1)]
)
def test_waiting_serves_more_than_never_waiting(takes: Takes, callers: int, gain: float) -> None:
    waiting, never = (closed(simulation(takes, wait_s), callers) for wait_s in (MOST_WAIT_S, 0.0))

    assert rate(waiting) > gain * rate(never)
    assert waiting.mean_latency(SETTLED) < never.mean_latency(SETTLED)
    assert never.waited() == []


@pytest.mark.parametrize("callers", [2, 3, 8, 64, 100, 500])
@pytest.mark.parametrize("pause_s", [0.0001, 0.002, 0.02])
def test_waiting_never_costs_much(callers: int, pause_s: float) -> None:
    waiting, never = (
        closed(simulation(cnn, wait_s), callers, pause_s) for wait_s in (MOST_WAIT_S, 0.0)
    )

    assert rate(waiting) > 0.96 * rate(never)


@pytest.mark.parametrize("callers", [8, 64, 100])
def test_where_a_call_costs_nothing_but_its_rows_nobody_waits(callers: int) -> None:
    run = closed(simulation(lambda rows: 0.0005 * rows), callers)

    assert sum(run.waited(SETTLED)) == 0


@pytest.mark.parametrize(("takes", "fixed_s"), [(cnn, 0.004), (slow, 0.06)])
def test_nobody_is_awaited_for_longer_than_half_of_what_a_call_more_would_cost(
    takes: Takes, fixed_s: float
) -> None:
    run = closed(simulation(takes, wait_s=1.0), 40, pause_s=fixed_s / 4)

    assert run.waited(SETTLED)
    assert max(run.waited(SETTLED)) <= fixed_s / 2 + 1e-9


@pytest.mark.parametrize("takes", [cnn, slow])
def test_no_request_that_could_be_answered_waits_longer_than_the_knob(takes: Takes) -> None:
    run = closed(simulation(takes), 40)

    assert max(run.waited()) <= min(MOST_WAIT_S, takes(MOST) / 2) + 1e-9


def test_after_a_burst_and_silence_nobody_waits() -> None:
    made = simulation()
    closed_loop(made, MOST, 0.002)
    made.go(SETTLED)
    made.answered = lambda caller: None
    made.go(SETTLED + LATER)
    late = SETTLED + LATER
    open_loop(made, itertools.chain(poisson(1.0, 20.0), [20.0, 20.0, 20.002]), after=late)

    run = made.go(30.0)

    assert max(len([at for at, _ in run.batches if at >= late]), 1) > 15
    assert run.waited(late) == []


def test_a_new_caller_is_learnt_beside_one_that_was_alone() -> None:
    made = simulation(slow)
    closed_loop(made, 1, 0.001)
    made.go(SETTLED)
    made.at(SETTLED, lambda: made.ask(99))

    run = made.go(SECONDS)

    assert run.mean_batch(SETTLED + 0.5) == pytest.approx(2, abs=0.1)


def test_several_slots_share_the_callers() -> None:
    run = closed(simulation(slots=2), MOST)

    assert run.mean_batch(SETTLED) < 0.6 * MOST
    assert rate(run) > 1.3 * rate(closed(simulation(), MOST))


def test_rows_count_and_not_requests() -> None:
    pace = Pace(MOST, MOST_WAIT_S)
    for start in (0.0, 0.02, 0.04, 0.06):
        pace.ended(start, 30, 0.015, 0)
        pace.arrived(start + 0.001, 10)
        pace.arrived(start + 0.002, 20)
    pace.ended(0.08, 30, 0.015, 0)

    assert pace.expected_rows > 20
    assert pace.wait_s(0.081, 3, 0.081) > 0
    assert pace.wait_s(0.081, 30, 0.081) == 0


def test_it_waits_from_when_the_request_could_be_answered() -> None:
    pace = Pace(MOST, MOST_WAIT_S)
    for start in (0.0, 1.0, 2.0):
        pace.ended(start, 30, 0.5, 0)
        pace.arrived(start + 0.001, 30)
    pace.ended(3.0, 29, 0.5, 1)

    assert pace.wait_s(3.0, 1, 2.6) == pytest.approx(MOST_WAIT_S)
    assert pace.wait_s(3.004, 10, 2.6) == pytest.approx(0.001)
    assert pace.wait_s(3.005, 10, 2.6) == 0


def test_it_waits_only_for_those_who_come_back_soon() -> None:
    pace = Pace(MOST, 1.0)
    for start in (0.0, 1.0, 2.0):
        pace.ended(start, 30, 0.5, 0)
        pace.arrived(start + 0.001, 30)
    pace.ended(3.0, 30, 0.5, 0)

    assert pace.wait_s(3.1, 1, 3.1) == pytest.approx(0.15)
    assert pace.wait_s(3.25, 1, 3.25) == 0
    assert pace.wait_s(4.0, 1, 4.0) == 0


def test_what_was_learnt_is_forgotten_in_silence() -> None:
    pace = Pace(MOST, MOST_WAIT_S)
    for start in (0.0, 1.0, 2.0, 3.0):
        pace.ended(start, 30, 0.5, 0)
        pace.arrived(start + 0.001, 30)
    before = pace.coming_back

    pace.arrived(60.0, 1)
    pace.ended(60.5, 1, 0.5, 0)

    assert before > 0.9
    assert pace.coming_back < 0.1


def test_before_the_first_call_has_ended_nothing_waits() -> None:
    pace = Pace(MOST, MOST_WAIT_S)
    pace.arrived(0.0, 1)

    assert pace.wait_s(0.0, 1, 0.0) == 0
    assert (pace.expected_rows, pace.coming_back) == (0, 0)


def test_no_more_is_expected_than_a_call_may_have() -> None:
    pace = Pace(MOST, MOST_WAIT_S)

    pace.ended(0.0, 1, 0.01, 500)

    assert pace.expected_rows == MOST
