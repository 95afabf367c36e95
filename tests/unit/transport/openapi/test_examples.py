from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from charter.contract.parse import parse
from charter.methods import Takes
from charter.transport.openapi import examples
from charter.transport.openapi.examples import Model

KINDS = ["ndarray", "tensor", "tftensor", "strData", "binData", "jsonData"]


def metadata(**item: Any) -> dict[str, Any]:
    return {"name": "", "inputs": [item]}


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ({}, Model("unit")),
        ({"name": "", "inputs": []}, Model("unit")),
        ({"name": "iris", "inputs": []}, Model("iris")),
        (
            metadata(messagetype="tensor", schema={"names": ["a", "b"], "shape": [2]}),
            Model("unit", "tensor", ["a", "b"]),
        ),
        (metadata(messagetype="ndarray"), Model("unit", "ndarray")),
        (metadata(messagetype="ndarray", schema={"shape": [2]}), Model("unit", "ndarray")),
        (metadata(messagetype="jsonData", schema={"names": 5}), Model("unit", "jsonData")),
        (metadata(messagetype="strData"), Model("unit", "strData")),
        (metadata(messagetype="own", schema={"names": "own"}), Model("unit", "own")),
        (metadata(name="x", datatype="FP32", shape=[1, 5]), Model("unit")),
    ],
)
def test_a_model_is_known_by_its_metadata(said: dict[str, Any], known: Model) -> None:
    assert examples.model(said, "unit") == known


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_model_takes_comes_first(kind: str) -> None:
    messages = examples.requests(Model(kind=kind))[Takes.MESSAGE]

    assert list(messages) == [kind, *(other for other in KINDS if other != kind)]


@pytest.mark.parametrize("kind", ["", "own"])
def test_an_ndarray_comes_first_where_the_model_does_not_say(kind: str) -> None:
    assert list(examples.requests(Model(kind=kind))[Takes.MESSAGE]) == KINDS


def test_an_example_has_a_column_for_each_name() -> None:
    messages = examples.requests(Model(names=["a", "b", "c"]))[Takes.MESSAGE]

    assert messages["ndarray"] == {"data": {"names": ["a", "b", "c"], "ndarray": [[1.0, 2.0, 3.0]]}}
    assert messages["tensor"]["data"]["tensor"] == {"shape": [1, 3], "values": [1.0, 2.0, 3.0]}
    assert messages["tftensor"]["data"]["tftensor"]["doubleVal"] == [1.0, 2.0, 3.0]


def test_messages_and_feedback_hold_the_likeliest_message() -> None:
    requests = examples.requests(Model(kind="strData"))
    text = {"strData": "text"}

    assert requests[Takes.MESSAGES]["list"] == [text, text]
    assert requests[Takes.MESSAGES]["messages"] == {"seldonMessages": [text, text]}
    assert requests[Takes.FEEDBACK]["feedback"]["request"] == text


TARGETS = [
    {"name": "no", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1]},
    {"name": "why", "dtype": "STRING"},
]
SAMPLE = {"input": ["a"], "output": [0.25, "so"]}
ASKED = parse(
    {"features": [{"name": "x", "dtype": "STRING"}], "targets": TARGETS, "samples": [SAMPLE]}
)


def test_the_answer_of_the_first_sample_is_the_example_of_a_reply() -> None:
    assert examples.answered(ASKED) == {"data": {"names": ["no", "why"], "ndarray": [[0.25, "so"]]}}


def test_a_contract_gives_the_model_its_name() -> None:
    named = replace(ASKED, extra={"name": "Flats"})

    assert examples.model({"name": "iris"}, "unit", named).name == "Flats"
    assert examples.model({"name": "iris"}, "unit", ASKED).name == "iris"
