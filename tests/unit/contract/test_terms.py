from __future__ import annotations

from typing import Any

import pytest
from charter.contract import terms
from charter.contract.change import Verdict
from charter.contract.parse import parse

X = {"name": "x", "dtype": "FLOAT", "ftype": "continuous", "range": [0, 10]}
PLAIN: Any = {"features": [X], "targets": []}
BREAKING, WIDENED, COMPATIBLE = Verdict.BREAKING, Verdict.WIDENED, Verdict.COMPATIBLE


def lines(old: Any, new: Any) -> tuple[Verdict, list[str]]:
    """Return the worst verdict, and a line for each change."""
    changes = list(terms.changes(parse(old), parse(new)))
    return max(change.verdict for change in changes), [str(change) for change in changes]


@pytest.mark.parametrize(
    ("before", "after", "expected", "line"),
    [
        (None, "tensor", BREAKING, "was an array in either form, is a tensor: breaking for callers "
         "that send an ndarray"),
        ("ndarray", "tensor", BREAKING, "was an ndarray, is a tensor: breaking for callers that "
         "send an ndarray"),
        ("tensor", None, WIDENED, "was a tensor, is an array in either form"),
        (None, "jsonData", BREAKING, "was an array in either form, is jsonData: breaking for "
         "callers that send an array in either form"),
    ],
)  # fmt: skip
def test_another_payload(
    before: str | None, after: str | None, expected: Verdict, line: str
) -> None:
    old, new = (
        {"features": [X], "targets": [], **({"payload": each} if each else {})}
        for each in (before, after)
    )

    assert lines(old, new) == (expected, [f"payload: {line}"])


LIMITS = [
    ("rows", 10, 5, BREAKING, "was 10, is 5: breaking for callers that send more than 5 rows"),
    ("rows", None, 5, BREAKING, "was no limit, is 5: breaking for callers that send more than 5"),
    ("rows", 5, 10, WIDENED, "was 5, is 10"),
    ("bytes", 5, None, WIDENED, "was 5, is no limit"),
    ("bytes", 9, 5, BREAKING, "was 9, is 5: breaking for callers that send more than 5 bytes"),
    ("latency_ms", 5, 9, BREAKING, "was 5, is 9: breaking for callers that wait no longer than 5"),
    ("latency_ms", 9, 5, COMPATIBLE, "was 9, is 5"),
]


@pytest.mark.parametrize(("key", "before", "after", "expected", "line"), LIMITS)
def test_other_limits(
    key: str, before: int | None, after: int | None, expected: Verdict, line: str
) -> None:
    old, new = ({**PLAIN, "limits": {key: each} if each else {}} for each in (before, after))

    worst, (found,) = lines(old, new)

    assert worst is expected
    assert found.startswith(f"limits.{key}: {line}")


def test_another_json_schema() -> None:
    none = {"features": [], "targets": [], "payload": "jsonData"}
    some, other = ({**none, "jsonSchema": {"type": kind}} for kind in ("object", "array"))

    who = "breaking for callers that send JSON which the new schema refuses"
    assert lines(some, other) == (BREAKING, [f"jsonSchema: changed: {who}"])
    assert lines(none, some) == (BREAKING, [f"jsonSchema: is new: {who}"])
    assert lines(some, none) == (WIDENED, ["jsonSchema: is gone: any JSON is taken now"])


def test_images_that_are_taken_or_not() -> None:
    image = {"mode": "L", "size": [2, 1]}
    none: Any = {"features": [{**X, "range": [0, 255], "repeat": 2}], "targets": []}
    some, other = {**none, "image": image}, {**none, "image": {**image, "invert": True}}

    assert lines(none, some) == (WIDENED, ["image: images are taken now"])
    assert lines(some, none) == (
        BREAKING,
        ["image: images are taken no more: breaking for callers that send images"],
    )
    assert lines(some, other)[0] is COMPATIBLE
