from __future__ import annotations

import threading

import pytest
from charter.errors import NotReady
from charter.health import Life, State


def reached(*states: State) -> Life:
    life = Life()
    for state in states:
        life.move(state)
    return life


def test_a_life_begins_unready() -> None:
    life = Life()

    assert life.state is State.STARTING
    assert not life.is_ready


@pytest.mark.parametrize("state", State)
def test_only_a_ready_service_is_ready(state: State) -> None:
    assert reached(state).is_ready is (state is State.READY)


def test_how_long_it_takes_is_told_until_it_is_ready() -> None:
    loading, ready = reached(State.LOADING).report(), reached(State.LOADING, State.READY).report()

    seconds = loading.pop("seconds")
    assert isinstance(seconds, float)
    assert 0 <= seconds < 10
    assert loading == {"ready": False, "state": "loading"}
    assert ready == {"ready": True, "state": "ready"}


@pytest.mark.parametrize("end", [State.DRAINING, State.STOPPED])
@pytest.mark.parametrize("late", [State.LOADING, State.WARMING, State.READY])
def test_a_service_that_ends_does_not_become_ready_when_its_load_ends_late(
    end: State, late: State
) -> None:
    life = reached(State.LOADING, end)

    life.move(late)

    assert life.state is end


def test_a_stopped_service_does_not_drain_again() -> None:
    life = reached(State.STOPPED)

    life.move(State.DRAINING)

    assert life.state is State.STOPPED


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (State.STARTING, "the service is starting"),
        (State.LOADING, "the service is loading"),
        (State.WARMING, "the service is warming"),
        (State.DRAINING, "the service is draining"),
        (State.STOPPED, "the service is stopped"),
    ],
)
def test_a_service_that_is_not_ready_says_why(state: State, says: str) -> None:
    with pytest.raises(NotReady) as raised:
        reached(state).check()

    assert raised.value.message == says


def test_a_ready_service_has_nothing_to_say() -> None:
    reached(State.READY).check()


def test_a_service_that_could_not_load_says_what_was_raised() -> None:
    life = Life()
    life.move(State.FAILED, FileNotFoundError("no weights.bin"))

    with pytest.raises(NotReady) as raised:
        life.check()

    assert raised.value.message == (
        "the model could not be loaded: FileNotFoundError: no weights.bin"
    )


def test_a_service_that_failed_and_drains_says_that_it_drains() -> None:
    life = Life()
    life.move(State.FAILED, ValueError("v"))
    life.move(State.DRAINING)

    with pytest.raises(NotReady, match=r"^the service is draining$"):
        life.check()


@pytest.mark.parametrize(
    ("state", "settles"),
    [
        (State.STARTING, False),
        (State.LOADING, False),
        (State.WARMING, False),
        (State.READY, True),
        (State.FAILED, True),
        (State.DRAINING, True),
        (State.STOPPED, True),
    ],
)
def test_who_waits_is_told_when_the_model_is_loaded_or_never_will_be(
    state: State, settles: bool
) -> None:
    assert reached(state).wait_settled(0) is settles


def test_who_waits_in_another_thread_wakes_up() -> None:
    life = Life()
    woken: list[bool] = []
    waiter = threading.Thread(target=lambda: woken.append(life.wait_settled(10)))
    waiter.start()

    life.move(State.READY)

    waiter.join(10)
    assert woken == [True]


def test_a_watcher_sees_the_state_of_now_and_each_one_later() -> None:
    life = reached(State.LOADING)
    seen: list[State] = []

    life.watch(seen.append)
    life.move(State.READY)
    life.move(State.DRAINING)
    life.move(State.READY)

    assert seen == [State.LOADING, State.READY, State.DRAINING]


def test_each_watcher_is_told() -> None:
    life = Life()
    first: list[State] = []
    second: list[State] = []
    life.watch(first.append)
    life.watch(second.append)

    life.move(State.READY)

    assert first == second == [State.STARTING, State.READY]
