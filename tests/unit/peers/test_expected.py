"""What all right replies have in common."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.peers.expected import Expected, WrongReply, in_common, learn
from benchmarks.peers.wires import SELDON_JSON
from hypothesis import given
from hypothesis import strategies as st

ANSWER = np.array([[0.25, 0.5]])
RIGHT = b'{"data":{"ndarray":[[0.25,0.5]]}}'


def learnt(*bodies: bytes) -> Expected:
    replies = iter(bodies * 16)
    return learn(lambda: next(replies), SELDON_JSON.decode, ANSWER)


def test_replies_that_are_all_the_same_are_expected_whole() -> None:
    assert learnt(RIGHT) == Expected(RIGHT, b"", len(RIGHT))


@pytest.mark.parametrize(
    "wrong",
    [
        RIGHT.replace(b"0.5", b"0.5000000000000001"),
        RIGHT.replace(b"[[0.25,0.5]]", b"[0.25,0.5]"),
        b'{"status":"busy"}',
        b"",
    ],
)
def test_one_wrong_reply_of_some_is_enough(wrong: bytes) -> None:
    with pytest.raises(WrongReply):
        learnt(RIGHT, RIGHT, wrong)


@given(st.lists(st.binary(min_size=1, max_size=40), min_size=2), st.binary(), st.binary())
def test_what_stands_around_an_id_is_expected(
    ids: list[bytes], before: bytes, after: bytes
) -> None:
    expected = in_common([before + one + after for one in ids])

    assert expected.prefix.startswith(before)
    assert all((before + one + after).startswith(expected.prefix) for one in ids)
    assert all((before + one + after).endswith(expected.suffix) for one in ids)
    assert all(
        len(expected.prefix + expected.suffix) <= len(before + one + after) <= expected.longest
        for one in ids
    )


def test_replies_that_differ_in_more_than_an_id_are_refused() -> None:
    with pytest.raises(WrongReply, match="differ in 100 bytes"):
        in_common([b"a" * 100, b"b" * 100])
