from __future__ import annotations

import re

import pytest
from charter.infer import patterns
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.text(max_size=8), max_size=30))
def test_all_texts_match_what_they_share(texts: list[str]) -> None:
    pattern = patterns.shared(texts)

    assert pattern is None or all(re.fullmatch(pattern, text) for text in texts)


@given(st.lists(st.from_regex(r"[A-Z]{2}-[0-9]{1,3}", fullmatch=True), min_size=30))
def test_codes_share_how_they_are_made(codes: list[str]) -> None:
    pattern = patterns.shared(codes)

    assert pattern is None or pattern.startswith(r"[A-Z]{2}\-[0-9]")


def test_a_code_is_told() -> None:
    codes = [f"AB-{number:04}/x" for number in range(10)]

    assert patterns.shared(codes) == r"[A-Z]{2}\-[0-9]{4}/[a-z]"


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["A1"] * 30,
        [f"A{number}" for number in range(9)],
        ["word" + "s" * number for number in range(12)],
        [*(f"A{number}" for number in range(10)), "B"],
        [f"{number} a b c d e f" for number in range(10)],
        ["", *(f"A{number}" for number in range(10))],
    ],
)
def test_words_and_too_few_or_too_different_texts_share_nothing(texts: list[str]) -> None:
    assert patterns.shared(texts) is None
