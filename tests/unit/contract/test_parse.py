from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from charter.contract.model import (
    Contract,
    Dtype,
    Feature,
    Kind,
    feature_names,
    row_shape,
    target_names,
)
from charter.contract.parse import parse
from charter.errors import StartError

REAL = Path(__file__).parents[4] / "shared/specs/seldon-core-1.17.1/contracts"
X = {"name": "x", "ftype": "continuous", "dtype": "FLOAT", "range": [0, 1]}
COLOUR = {"name": "colour", "ftype": "categorical", "values": ["red", "green"]}


def contract(feature: Any, **changes: Any) -> Contract:
    return parse({"features": [{**feature, **changes}], "targets": []})


@pytest.mark.skipif(not REAL.is_dir(), reason="the real contracts of ../shared are not here")
def test_every_real_contract_parses() -> None:
    files = sorted(REAL.glob("*.json"))

    parsed = {file.stem: parse(json.loads(file.read_text())) for file in files}

    assert len(parsed) >= 4
    assert row_shape(parsed["chainer_mnist"].features) == (784,)
    assert row_shape(parsed["nodejs_mnist"].features) == (28, 28, 1)
    assert parsed["mean_classifier"].features[0].low is None
    assert parsed["mean_classifier"].features[0].high is None
    assert parsed["mean_classifier"].targets[0].low is None
    assert parsed["h2o_mojo"].features[1].values == ("0", "1", "2")


def test_a_continuous_feature_has_its_numbers_and_range() -> None:
    parsed = contract(X, dtype="INT", range=[-1, 2.5])

    assert parsed.features == (Feature("x", Kind.CONTINUOUS, Dtype.INT, low=-1.0, high=2.5),)


def test_a_categorical_feature_has_its_values_as_written() -> None:
    parsed = contract(COLOUR, values=["red", 1, 0.5, True])

    assert parsed.features[0].values == ("red", 1, 0.5, True)


@pytest.mark.parametrize("ftype", ["CONTINUOUS", "continuous", "Continuous"])
@pytest.mark.parametrize("dtype", ["INTEGER", "INT", "int"])
def test_words_are_taken_in_either_case(ftype: str, dtype: str) -> None:
    feature = contract(X, ftype=ftype, dtype=dtype).features[0]

    assert (feature.kind, feature.dtype) == (Kind.CONTINUOUS, Dtype.INT)


@pytest.mark.parametrize(
    ("found", "ends"),
    [
        (["inf", "inf"], (None, None)),
        (["-inf", "+inf"], (None, None)),
        (["INF", 3], (None, 3.0)),
        ([0, "inf"], (0.0, None)),
        ([float("-inf"), float("inf")], (None, None)),
        ([2, 2], (2.0, 2.0)),
    ],
)
def test_inf_on_either_side_is_no_limit(found: Any, ends: Any) -> None:
    feature = contract(X, range=found).features[0]

    assert (feature.low, feature.high) == ends


def test_keys_that_are_not_known_are_kept() -> None:
    document = {"features": [{**X, "origin": "cm"}], "targets": [], "team": 2}

    parsed = parse(document)

    assert parsed.features[0].extra == {"origin": "cm"}
    assert parsed.extra == {"team": 2}


def test_a_target_needs_no_more_than_a_name() -> None:
    parsed = parse({"features": [X], "targets": [{"name": "y"}]})

    assert parsed.targets == (Feature("y"),)


def test_a_target_with_values_alone_is_categorical() -> None:
    parsed = parse({"features": [X], "targets": [{"name": "y", "values": ["a"]}]})

    assert parsed.targets[0].kind is Kind.CATEGORICAL


def test_a_categorical_feature_may_have_any_dtype() -> None:
    assert contract(COLOUR, dtype="STRING").features[0].kind is Kind.CATEGORICAL


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


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "expected an object with features and targets, got []"),
        ({"targets": []}, "features: missing"),
        ({"features": [X]}, "targets: missing"),
        ({"features": {}, "targets": []}, "features: expected a list, got {}"),
        ({"features": [], "targets": []}, "features: expected at least one, got an empty list"),
        ({"features": [X, 3], "targets": []}, "features[1]: expected an object, got 3"),
        (
            {"features": [X, {**X, "shape": [2, 2]}], "targets": []},
            "features[1].shape: [2, 2] does not fit beside [] of features[0]",
        ),
        (
            {"features": [X], "targets": [{"name": "y", "range": [1, 0]}]},
            "targets[0].range: [1, 0] is empty",
        ),
    ],
)
def test_a_wrong_document_is_refused_with_the_place(document: Any, message: str) -> None:
    with pytest.raises(StartError) as refusal:
        parse(document)

    assert refusal.value.message == message


@pytest.mark.parametrize(
    ("feature", "message"),
    [
        ({"ftype": "continuous"}, "features[0].name: missing"),
        ({**X, "name": ""}, "features[0].name: expected a string, got ''"),
        (
            {"name": "x", "dtype": "FLOAT"},
            "features[0].ftype: expected 'continuous' or 'categorical', it is missing",
        ),
        ({**X, "ftype": "c"}, "features[0].ftype: expected 'continuous' or 'categorical', got 'c'"),
        (
            {**X, "dtype": "DOUBLE"},
            "features[0].dtype: expected one of FLOAT, INT, INTEGER, BOOL, STRING, BYTES, "
            "DATETIME, IMAGE, got 'DOUBLE'",
        ),
        (
            {"name": "x", "ftype": "continuous"},
            'features[0].range: expected [low, high], with "inf" for no limit, it is missing',
        ),
        (
            {**X, "range": [1]},
            'features[0].range: expected [low, high], with "inf" for no limit, got [1]',
        ),
        ({**X, "range": [5, 2]}, "features[0].range: [5, 2] is empty"),
        (
            {**X, "dtype": "INT", "range": [0.2, 0.8]},
            "features[0].range: [0.2, 0.8] holds no whole number",
        ),
        ({**X, "range": [0, "x"]}, "features[0].range[1]: expected a number or \"inf\", got 'x'"),
        ({**X, "range": [True, 1]}, 'features[0].range[0]: expected a number or "inf", got True'),
        ({**X, "range": [0, "-inf"]}, "features[0].range[1]: '-inf' leaves no value"),
        ({**X, "range": ["+inf", 0]}, "features[0].range[0]: '+inf' leaves no value"),
        (
            {**COLOUR, "values": []},
            "features[0].values: expected a list of categories, got []",
        ),
        (
            {"name": "c", "ftype": "categorical"},
            "features[0].values: expected a list of categories, it is missing",
        ),
        (
            {**COLOUR, "values": ["a", None]},
            "features[0].values[1]: expected a string or number, got None",
        ),
        ({**X, "repeat": 0}, "features[0].repeat: expected a whole number of 1 or more, got 0"),
        (
            {**X, "repeat": True},
            "features[0].repeat: expected a whole number of 1 or more, got True",
        ),
        ({**X, "shape": 3}, "features[0].shape: expected a list of lengths, got 3"),
        (
            {**X, "shape": [2, -1]},
            "features[0].shape[1]: expected a whole number of 1 or more, got -1",
        ),
    ],
)
def test_a_wrong_feature_is_refused_with_the_place(feature: Any, message: str) -> None:
    with pytest.raises(StartError) as refusal:
        contract(feature)

    assert refusal.value.message == message
