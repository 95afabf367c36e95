from __future__ import annotations

from itertools import pairwise

from charter.runtimes.script.lines import MOST_CHARACTERS, Lines, Rate, shown
from hypothesis import given
from hypothesis import strategies as st


def many() -> Rate:
    return Rate(10_000, 0, lambda: 0.0)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200)))
def test_bytes_may_be_cut_anywhere(data: bytes, cuts: list[int]) -> None:
    whole: list[str] = []
    pieces: list[str] = []

    lines = Lines(whole.append, many())
    lines.feed(data)
    lines.close()
    lines = Lines(pieces.append, many())
    for start, end in pairwise([0, *sorted(cuts), len(data)]):
        lines.feed(data[start:end])
    lines.close()

    assert pieces == whole


@given(st.binary(max_size=3000))
def test_a_line_is_one_line_that_can_be_printed(raw: bytes) -> None:
    text = shown(raw.replace(b"\n", b""))

    assert len(text) <= MOST_CHARACTERS
    assert all(each.isprintable() or each == "\t" for each in text)
    assert len(text.splitlines()) <= 1


def test_the_last_line_that_says_something_is_kept() -> None:
    lines = Lines(lambda line: None, Rate(0, 0, lambda: 0.0))

    lines.feed(b"one\ntwo\n \n\n")

    assert lines.last == "two"


def test_what_is_too_much_is_counted() -> None:
    said: list[str] = []
    lines = Lines(said.append, Rate(2, 0, lambda: 0.0))

    lines.feed(b"1\n2\n3\n4")
    lines.close()

    assert said == ["1", "2", "… and 2 more lines"]


def test_a_line_without_end_takes_no_more_memory() -> None:
    lines = Lines(lambda line: None, many())

    for _ in range(100):
        lines.feed(b"x" * 10_000)

    assert len(lines._rest) <= 4 * MOST_CHARACTERS


def test_a_rate_lets_more_through_as_time_passes() -> None:
    now = [0.0]
    rate = Rate(2, 10, lambda: now[0])

    at_once = [rate.takes_one() for _ in range(3)]
    now[0] = 0.1
    later = [rate.takes_one() for _ in range(2)]
    now[0] = 100.0
    much_later = [rate.takes_one() for _ in range(3)]

    assert (at_once, later) == ([True, True, False], [True, False])
    assert much_later == [True, True, False]
