from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from charter.contract.model import Contract, row_shape
from charter.contract.parse import parse
from charter.contract.requests import LARGEST_BATCH, Edge, edges, request, row_count
from charter.errors import StartError
from charter.message import Form, Message

ROOT = Path(__file__).parents[3]
REAL = ROOT.parent / "shared/specs/seldon-core-1.17.1/contracts"
CONTRACTS = [
    *sorted(REAL.glob("*.json")),
    *sorted((ROOT / "examples").glob("*/contract.json")),
    *sorted((ROOT / "tests/seldon_classes").glob("*contract*.json")),
]
X: dict[str, Any] = {"name": "x", "ftype": "continuous", "dtype": "FLOAT", "range": [-1, 2.5]}
N = {**X, "name": "n", "dtype": "INT"}
COLOUR = {"name": "colour", "ftype": "categorical", "values": ["red", "green", "blue"]}
WORD: dict[str, Any] = {"name": "word", "dtype": "STRING"}
DATA: dict[str, Any] = {"name": "data", "dtype": "BYTES"}
SCHEMA = {"properties": {"n": {"type": "integer", "maximum": 5}}, "required": ["n"]}


def contract(*features: Any, **others: Any) -> Contract:
    return parse({"features": list(features), "targets": [], **others})


def asked(made: Contract, rows: int = 2, form: Form | None = None, seed: int = 0) -> Message:
    return request(made, rows, np.random.default_rng(seed), form)


def edges_of(made: Contract) -> dict[str, list[Any]]:
    """Return the values of the requests by their edge."""
    found: dict[str, list[Any]] = {}
    for edge in edges(made, np.random.default_rng(0)):
        value = edge.request.value
        listed = value.tolist() if isinstance(value, np.ndarray) else value
        found.setdefault(edge.name, []).append(listed)
    return found


@pytest.mark.skipif(not REAL.is_dir(), reason="the real contracts of ../shared are not here")
def test_the_real_contracts_are_among_those_that_are_tried() -> None:
    assert len(CONTRACTS) >= 7


@pytest.mark.parametrize("file", CONTRACTS, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_a_contract_makes_requests_and_all_its_edges(file: Path) -> None:
    made = parse(json.loads(file.read_text("utf-8")))

    found = list(edges(made, np.random.default_rng(0)))

    assert asked(made, 3).value.shape == (3, *row_shape(made.features))
    assert {"zero rows", "one row", "the largest batch"} <= {edge.name for edge in found}
    assert len(found) <= 10
    for edge in found:
        assert edge.request.value.shape[1:] == row_shape(made.features), edge.name


def test_a_table_is_an_array_with_its_names() -> None:
    message = asked(contract(X, COLOUR))

    assert message.form is Form.NDARRAY
    assert message.value.shape == (2, 2)
    assert message.names == ["x", "colour"]


def test_the_same_seed_asks_the_same() -> None:
    first, again, other = (asked(contract(X), seed=seed).value.tolist() for seed in (1, 1, 2))

    assert first == again != other


@pytest.mark.parametrize(("payload", "form"), [("tensor", None), ("ndarray", Form.TENSOR)])
def test_a_tensor_holds_numbers_and_nan_for_null(payload: str, form: Form | None) -> None:
    made = contract({**X, "nullable": True}, {"name": "b", "dtype": "BOOL"}, payload=payload)

    message = asked(made, 100, form)

    assert message.form is Form.TENSOR
    assert message.value.dtype == np.float64
    assert np.isnan(message.value[:, 0]).any()
    assert set(message.value[:, 1]) == {0, 1}


def test_categories_that_are_numbers_in_text_are_numbers_in_a_tensor() -> None:
    made = contract({**COLOUR, "values": ["0", "1.5"]}, payload="tensor")

    assert set(asked(made, 50).value.ravel()) == {0, 1.5}
    assert edges_of(made)["every category"] == [[[0.0], [1.5]]]


@pytest.mark.parametrize(
    ("feature", "place"),
    [(COLOUR, r"features\[1\].values: 'red' is no number"), (WORD, r"features\[1\]: STRING is no")],
)
def test_text_in_a_tensor_is_refused_with_its_place(feature: Any, place: str) -> None:
    with pytest.raises(StartError, match=f"^{place}"):
        asked(contract(X, feature), form=Form.TENSOR)


def test_json_by_features_is_an_object_a_row() -> None:
    wide = {**X, "name": "w", "repeat": 2}
    made = contract(N, COLOUR, wide, payload="jsonData")

    message = asked(made)

    assert message.form is Form.JSON
    assert [list(row) for row in message.value] == [["n", "colour", "w1", "w2"]] * 2
    assert [type(value) for value in message.value[0].values()] == [int, str, float, float]
    json.dumps(message.value)


def test_json_of_a_feature_with_a_shape_is_nested() -> None:
    made = contract({**N, "shape": [2, 3]}, payload="jsonData")

    assert np.shape(asked(made).value[0]["n"]) == (2, 3)


def test_json_of_whole_numbers_that_may_be_null_is_null_and_integers() -> None:
    made = contract({**N, "nullable": True}, payload="jsonData")

    values = [row["n"] for row in asked(made, 100).value]

    assert {type(value) for value in values} == {int, type(None)}


def test_json_by_a_schema_is_a_document_that_it_allows() -> None:
    made = contract(payload="jsonData", jsonSchema=SCHEMA)

    assert asked(made).value["n"] <= 5


def test_json_by_a_schema_is_a_sample_where_there_are_any() -> None:
    samples = [{"input": {"n": 1}}, {"input": {"n": 2}}]
    made = contract(payload="jsonData", jsonSchema=SCHEMA, samples=samples)

    assert {asked(made, seed=seed).value["n"] for seed in range(20)} == {1, 2}


def test_a_sample_that_the_schema_does_not_allow_is_refused_with_its_place() -> None:
    with pytest.raises(StartError, match=r"^samples\[0\].input\['n'\]: 9 is greater"):
        contract(payload="jsonData", jsonSchema=SCHEMA, samples=[{"input": {"n": 9}}])


def test_json_of_which_nothing_is_said_is_a_sample_or_an_empty_object() -> None:
    assert asked(contract(payload="jsonData")).value == {}
    assert asked(contract(payload="jsonData", samples=[{"input": [1]}])).value == [1]


def test_text_is_that_of_the_feature_and_never_null() -> None:
    made = contract({**WORD, "nullable": True}, payload="strData")

    found = [asked(made, seed=seed) for seed in range(40)]

    assert {each.form for each in found} == {Form.TEXT}
    assert all(isinstance(each.value, str) and each.value != "None" for each in found)


def test_bytes_are_not_base64_when_they_travel_alone() -> None:
    made = contract({**DATA, "maxLength": 4}, payload="binData")

    assert {len(asked(made, seed=seed).value) for seed in range(40)} == {0, 1, 2, 3, 4}


def test_bytes_of_categories_are_not_base64_when_they_travel_alone() -> None:
    made = contract({"name": "b", "dtype": "BYTES", "values": ["QQ=="]}, payload="binData")

    assert asked(made).value == b"A"


def test_json_of_the_largest_whole_numbers_is_exact() -> None:
    ends = {"range": [2**63, "inf"], "physical": "uint64"}
    made = contract({"name": "n", "dtype": "INT", **ends}, payload="jsonData")

    assert all(2**63 <= row["n"] < 2**64 for row in asked(made).value)


def test_an_image_alone_is_a_png() -> None:
    image = {"name": "photo", "dtype": "IMAGE", "shape": [4, 6, 3]}
    made = contract(image, payload="binData")

    assert asked(made).value.startswith(b"\x89PNG\r\n\x1a\n")


def test_two_images_do_not_travel_alone() -> None:
    image = {"name": "photo", "dtype": "IMAGE", "shape": [4, 6, 3], "repeat": 2}

    with pytest.raises(StartError, match=r"^payload: binData holds a single value"):
        contract(image, payload="binData")


def test_all_columns_are_at_an_end_at_once() -> None:
    found = edges_of(contract({**X, "repeat": 784}, N))

    assert found["every number at its least"] == [[[-1.0] * 785]]
    assert found["every number at its greatest"] == [[[2.5] * 784 + [2.0]]]
    assert found["every number at zero"] == [[[0.0] * 785]]
    assert "every category" not in found


def test_what_has_no_end_is_drawn_there() -> None:
    found = edges_of(contract(X, {**X, "name": "y", "range": ["inf", "inf"]}))

    ((row,),) = found["every number at its least"]
    assert row[0] == -1.0
    assert math.isfinite(row[1])


def test_every_category_is_asked_about_in_batches_that_are_allowed() -> None:
    found = edges_of(contract(COLOUR, {"name": "b", "dtype": "BOOL"}, limits={"rows": 2}))

    assert found["every category"] == [
        [["red", False], ["green", True]],
        [["blue", False]],
    ]


def test_texts_and_bytes_are_empty_and_as_long_as_may_be() -> None:
    found = edges_of(contract({**WORD, "maxLength": 3}, {**DATA, "maxLength": 2}))

    assert found["the shortest texts"] == [[["", ""]]]
    ((row,),) = found["the longest texts"]
    assert row[0] == "xxx"
    assert len(base64.b64decode(row[1])) == 2


def test_texts_by_a_pattern_are_the_shortest_and_longest_that_it_allows() -> None:
    limited = {**WORD, "pattern": "[ab]{2,7}", "maxLength": 5}
    found = edges_of(contract(limited, {**WORD, "name": "v", "pattern": "(a{0,3}b?){0,4}c{1,9}"}))

    ((short,),), ((long,),) = found["the shortest texts"], found["the longest texts"]
    assert [len(text) for text in short] == [2, 1]
    assert [len(text) for text in long] == [5, 4 * 4 + 9]


def test_times_are_at_their_ends() -> None:
    time = {"name": "t", "dtype": "DATETIME", "range": ["2026-01-01T00:00:00.5Z", "2027-01-01"]}

    found = edges_of(contract(time))

    assert found["every number at its least"] == [[["2026-01-01T00:00:00.500Z"]]]
    assert found["every number at its greatest"] == [[["2027-01-01T00:00:00Z"]]]


def test_null_is_where_it_may_be_and_nowhere_else() -> None:
    found = edges_of(contract({**X, "nullable": True}, COLOUR))

    ((row,),) = found["null where it may be"]
    assert row[0] is None
    assert row[1] in COLOUR["values"]


@pytest.mark.parametrize(("limits", "rows"), [({}, LARGEST_BATCH), ({"rows": 5}, 5)])
def test_the_largest_batch_is_what_the_contract_allows(limits: Any, rows: int) -> None:
    found = edges_of(contract(X, limits=limits))

    assert len(found["the largest batch"][0]) == rows
    assert len(found["one row"][0]) == 1
    assert found["zero rows"] == [[]]


def test_edges_of_a_text_are_one_text_each() -> None:
    made = contract({**WORD, "nullable": True, "maxLength": 4}, payload="strData")

    found = edges_of(made)

    assert found.keys() == {"one row", "the shortest texts", "the longest texts"}
    assert found["the shortest texts"] == [""]
    assert found["the longest texts"] == ["xxxx"]


def test_edges_of_a_text_of_categories_are_all_of_them() -> None:
    assert edges_of(contract(COLOUR, payload="strData"))["every category"] == COLOUR["values"]


def test_edges_of_json_by_a_schema_are_its_samples_and_its_extremes() -> None:
    samples = [{"input": {"n": 1}}]
    found = edges_of(contract(payload="jsonData", jsonSchema=SCHEMA, samples=samples))

    assert found["samples[0]"] == [{"n": 1}]
    assert found["the most that the schema allows"] == [{"n": 5}]


def test_edges_of_json_by_features_are_those_of_the_table() -> None:
    found = edges_of(contract(N, payload="jsonData"))

    assert found["every number at its greatest"] == [[{"n": 2}]]
    assert found["zero rows"] == [[]]


def test_an_edge_has_a_name_and_a_request() -> None:
    first = next(edges(contract(X), np.random.default_rng(0)))

    assert first == Edge("zero rows", first.request)


@pytest.mark.parametrize(
    ("form", "value", "rows"),
    [
        (Form.NDARRAY, np.zeros((3, 1)), 3),
        (Form.JSON, [{"n": 1}, {"n": 2}], 2),
        (Form.JSON, [], 0),
        (Form.JSON, {"n": 1}, 1),
        (Form.TEXT, "long", 1),
        (Form.BINARY, b"long", 1),
    ],
)
def test_rows_are_those_of_an_array_or_of_a_list_by_the_features(
    form: Form, value: Any, rows: int
) -> None:
    assert row_count(contract(N), Message(form, value)) == rows


def test_a_list_by_a_schema_is_one_row() -> None:
    made = contract(payload="jsonData", jsonSchema={"type": "array"})

    assert row_count(made, Message(Form.JSON, [1, 2])) == 1
