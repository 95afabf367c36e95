from __future__ import annotations

import os

import pytest
from soak.measures import Life, Sample, growth, sample, thirds


def samples(
    memory: list[int], files: list[int] | None = None, threads: list[int] | None = None
) -> list[Sample]:
    files, threads = files or [9] * len(memory), threads or [5] * len(memory)
    numbers = zip(memory, files, threads, strict=True)
    return [Sample(float(at), *each) for at, each in enumerate(numbers)]


def test_what_is_flat_has_not_grown_whatever_its_peaks() -> None:
    memory = [1000, 1010, 1000, 1005, 1900, 1010, 1000, 1800, 1010]

    assert growth(samples(memory), "it", connections=2, calls=2) == []


@pytest.mark.parametrize(
    "memory",
    [
        [1000 + 10 * step for step in range(30)],  # a leak
        [1000] * 15 + [1060] * 15,  # a step that stays
    ],
)
def test_memory_that_has_grown_is_found(memory: list[int]) -> None:
    (told,) = growth(samples(memory), "it", connections=2, calls=2)

    assert told.startswith("it: memory grew from")


def test_descriptors_and_threads_that_have_grown_are_found() -> None:
    grown = samples([1000] * 9, files=[9] * 6 + [12] * 3, threads=[5] * 6 + [8] * 3)

    assert growth(grown, "it", connections=3, calls=3) == []
    assert growth(grown, "it", connections=2, calls=2) == [
        "it: descriptors grew from 9 to 12; at most 2 more are right",
        "it: threads grew from 5 to 8; at most 2 more are right",
    ]


def test_a_short_life_is_not_measured_and_the_warm_up_is_left_out() -> None:
    life = Life("a worker", 1, samples([1000] * 31))

    assert life.settled(warm_up_s=10.0, least_life_s=21.0) == []
    assert [one.at for one in life.settled(10.0, 20.0)] == [float(at) for at in range(10, 31)]
    assert Life("a worker", 2).settled(0.0, 0.0) == []


def test_this_process_can_be_measured_and_one_that_is_gone_cannot() -> None:
    taken = sample(os.getpid(), 1.0)

    assert taken is not None
    assert taken.rss_kib > 1000
    assert taken.files >= 3
    assert taken.threads >= 1
    assert sample(2**22 + 1, 1.0) is None


def test_thirds_of_little_are_its_ends() -> None:
    assert thirds([1, 2]) == (1, 2)
