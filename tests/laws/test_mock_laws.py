"""Laws of the mock: an answer is a function of its row, whatever batch, form and wire it is in."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
from charter.codecs import seldon_json, seldon_proto
from charter.contract.check import check_reply
from charter.contract.model import Contract, target_names
from charter.contract.parse import parse
from charter.message import Form, Message
from charter.runtimes.answers import answer
from hypothesis import given, settings
from hypothesis import strategies as st

FEATURES = [{"name": "x", "ftype": "continuous", "range": ["inf", "inf"], "repeat": 2}]
TARGETS: dict[str, list[dict[str, Any]]] = {
    "probabilities": [{"name": "p", "range": [0, 1], "repeat": 3}],
    "mixed": [
        {"name": "n", "dtype": "INT", "range": [-3, 300], "physical": "int16"},
        {"name": "k", "values": ["a", 1, True]},
        {"name": "t", "dtype": "DATETIME"},
        {"name": "s", "dtype": "STRING", "maxLength": 4, "nullable": True},
        {"name": "y", "range": [0.1, "inf"], "physical": "float32"},
        {"name": "b", "dtype": "BYTES"},
    ],
    "shaped": [{"name": "m", "range": ["inf", 7], "shape": [2, 2]}, {"name": "z", "shape": [1, 2]}],
}
numbers = st.floats(-1e300, 1e300) | st.integers(-(2**40), 2**40)
cells = st.one_of(numbers, st.none(), st.booleans(), st.text(max_size=3))
rows = st.lists(st.tuples(cells, cells), min_size=1, max_size=6)
seeds = st.integers(0, 9)
contracts = st.sampled_from(sorted(TARGETS))
# The first text imports what makes it; a busy machine takes longer.
in_any_time = settings(deadline=None)


@cache
def made(name: str) -> Contract:
    return parse(json.loads(json.dumps({"features": FEATURES, "targets": TARGETS[name]})))


def array(found: list[Any]) -> Any:
    return np.array([list(row) for row in found], dtype=object)


def same(one: Any, other: Any) -> bool:
    return bool(one.tolist() == other.tolist())


@in_any_time
@given(contracts, rows, seeds)
def test_an_answer_keeps_its_contract(name: str, found: list[Any], seed: int) -> None:
    contract = made(name)
    reply = answer(contract, array(found), seed)
    names = [f"t:{column}" for column in range(reply.shape[1])]

    checked = check_reply(contract.targets, Message(Form.NDARRAY, reply, names), len(found))

    assert not any(checked.values())


@in_any_time
@given(contracts, rows, rows, seeds)
def test_a_batch_is_answered_as_its_parts(
    name: str, first: list[Any], second: list[Any], seed: int
) -> None:
    contract = made(name)

    both = answer(contract, array(first + second), seed)

    parts = [answer(contract, array(part), seed) for part in (first, second)]
    assert both.tolist() == [row for part in parts for row in part.tolist()]


@in_any_time
@given(contracts, st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6), seeds)
def test_numbers_are_answered_alike_in_any_form(name: str, found: list[Any], seed: int) -> None:
    contract = made(name)
    asked = np.array(found, dtype=np.float64)

    expected = answer(contract, asked, seed)

    assert same(expected, answer(contract, array(found), seed))
    assert same(expected, answer(contract, asked.tolist(), seed))
    for codec in (seldon_json, seldon_proto):
        for form in (Form.NDARRAY, Form.TENSOR):
            carried = codec.decode(codec.encode(Message(form, asked)))
            assert same(expected, answer(contract, carried.value, seed))


@in_any_time
@given(rows)
def test_rows_are_answered_alike_over_both_wires(found: list[Any]) -> None:
    contract = made("mixed")
    asked = Message(Form.NDARRAY, array(found))

    over_rest, over_grpc = (
        answer(contract, codec.decode(codec.encode(asked)).value, 0)
        for codec in (seldon_json, seldon_proto)
    )

    assert same(over_rest, over_grpc)


def test_one_and_one_point_zero_are_one_and_another_row_is_another() -> None:
    contract = made("probabilities")
    one, same_one, other = (
        answer(contract, array([row]), 0) for row in ([1, 2], [1.0, 2.0], [1.0, 2.5])
    )

    assert same(one, same_one)
    assert not same(one, other)
    assert target_names(contract.targets) == ["p:0", "p:1", "p:2"]


def test_zero_has_one_sign() -> None:
    contract = made("probabilities")

    assert same(
        answer(contract, np.array([[0.0, 1.0]]), 0), answer(contract, np.array([[-0.0, 1.0]]), 0)
    )
