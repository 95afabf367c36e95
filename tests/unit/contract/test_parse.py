from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from charter.contract.model import (
    Contract,
    Feature,
    ImageRule,
    Input,
    Kind,
    Limits,
    Sample,
    feature_names,
    row_shape,
    target_names,
)
from charter.contract.parse import parse
from charter.errors import StartError
from charter.message import Form, Json
from contract_cases import GREY, NEW, OLD, TEXT, WRONG_DOCUMENTS, Wrong, X, with_features

REAL = Path(__file__).parents[4] / "shared/specs/seldon-core-1.17.1/contracts"


def contract(feature: Any, **changes: Any) -> Contract:
    return parse(with_features({**feature, **changes}))


@pytest.mark.skipif(not REAL.is_dir(), reason="the real contracts of ../shared are not here")
def test_every_real_contract_parses() -> None:
    files = sorted(REAL.glob("*.json"))

    parsed = {file.stem: parse(json.loads(file.read_text())) for file in files}

    assert len(parsed) >= 4
    assert row_shape(parsed["chainer_mnist"].features) == (784,)
    assert row_shape(parsed["nodejs_mnist"].features) == (28, 28, 1)
    assert parsed["mean_classifier"].features[0].low is None
    assert parsed["mean_classifier"].features[0].high is None
    assert parsed["mean_classifier"].targets[0] == Feature("proba")
    assert parsed["h2o_mojo"].features[1].values == ("0", "1", "2")


@pytest.mark.parametrize("document", [*OLD.values(), *NEW.values()], ids=[*OLD, *NEW])
def test_a_right_document_is_read(document: Json) -> None:
    parsed = parse(document)

    assert len(parsed.features) == len(document["features"])
    assert len(parsed.targets) == len(document["targets"])


def test_a_document_with_every_key_is_read() -> None:
    parsed = parse(
        {
            "features": [{**X, "repeat": 6}],
            "targets": [{"name": "y"}],
            "version": "1.2",
            "payload": "ndarray",
            "limits": {"rows": 9, "bytes": 1000, "latency_ms": 50},
            "samples": [{"input": [0] * 6, "output": [3]}, {"input": [1] * 6, "output": None}],
            "input": "dataframe",
            "image": {**GREY, "scale": 255, "invert": True},
        }
    )

    assert parsed == Contract(
        features=(Feature("x", low=0.0, high=1.0, repeat=6),),
        targets=(Feature("y"),),
        version="1.2",
        payload=Form.NDARRAY,
        limits=Limits(rows=9, bytes=1000, latency_ms=50.0),
        samples=(Sample([0] * 6, [3]), Sample([1] * 6)),
        input=Input.DATAFRAME,
        image=ImageRule("L", (3, 2), 255.0, invert=True),
    )


def test_a_document_with_the_two_lists_alone_is_read() -> None:
    assert parse(with_features(TEXT)) == Contract(
        (Feature("text", Kind.OPEN, parse(with_features(TEXT)).features[0].dtype),), ()
    )


@pytest.mark.parametrize(
    ("word", "form"),
    [("tensor", Form.TENSOR), ("strData", Form.TEXT), ("binData", Form.BINARY)],
)
def test_the_payload_has_the_protocol_s_word(word: str, form: Form) -> None:
    feature = {"tensor": X, "strData": TEXT, "binData": {**TEXT, "dtype": "BYTES"}}[word]

    assert parse(with_features(feature, payload=word)).payload is form


def test_json_needs_no_features() -> None:
    schema = {"type": "object"}

    parsed = parse(with_features(payload="jsonData", jsonSchema=schema))

    assert (parsed.payload, parsed.json_schema, parsed.has_rows) == (Form.JSON, schema, False)


@pytest.mark.parametrize(
    ("written", "read", "kept"),
    [("1.0", "1.0", {}), (2, "2", {}), (0, "0", {}), ([1], "", {"version": [1]}), (None, "", {})],
)
def test_a_version_is_a_text_or_a_number(written: Any, read: str, kept: Any) -> None:
    parsed = parse(with_features(X, version=written))

    assert (parsed.version, parsed.extra) == (read, kept)


def test_keys_that_are_not_known_are_kept() -> None:
    parsed = parse(with_features({**X, "origin": "lab"}, team=2, **{"$schema": "a"}))

    assert parsed.features[0].extra == {"origin": "lab"}
    assert parsed.extra == {"team": 2, "$schema": "a"}


def test_null_says_as_much_as_no_key() -> None:
    keys = ["version", "payload", "jsonSchema", "limits", "samples", "input", "image"]

    assert parse(with_features(X, **dict.fromkeys(keys))) == parse(with_features(X))


def test_repeated_features_are_numbered_from_1_and_targets_from_0() -> None:
    repeated = contract(X, repeat=3).features

    assert feature_names(repeated) == ["x1", "x2", "x3"]
    assert target_names(repeated) == ["x:0", "x:1", "x:2"]


def test_repeat_of_1_is_numbered_too() -> None:
    assert feature_names(contract(X, repeat=1).features) == ["x1"]
    assert feature_names(contract(X).features) == ["x"]


@pytest.mark.parametrize(
    ("changes", "shape"),
    [
        ({}, (1,)),
        ({"repeat": 3}, (3,)),
        ({"shape": [28, 28, 1]}, (28, 28, 1)),
        ({"shape": [2, 5], "repeat": 3}, (6, 5)),
    ],
)
def test_a_row_holds_the_copies_side_by_side(changes: Any, shape: Any) -> None:
    assert row_shape(contract(X, **changes).features) == shape


@pytest.mark.parametrize("wrong", WRONG_DOCUMENTS, ids=lambda wrong: wrong.message)
def test_a_wrong_document_is_refused_with_the_place(wrong: Wrong) -> None:
    with pytest.raises(StartError) as refusal:
        parse(wrong.found)

    assert refusal.value.message == wrong.message
