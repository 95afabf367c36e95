"""contracts/contract.schema.json and the code that reads contracts say the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from charter.contract.feature import DTYPES, FTYPES
from charter.contract.feature import KEYS as FEATURE_KEYS
from charter.contract.model import CHANNELS, Input
from charter.contract.parse import KEYS, LIMIT_KEYS, PAYLOADS, SAMPLE_KEYS, parse
from charter.contract.ranges import PHYSICAL
from charter.contract.reading import IMAGE_KEYS
from charter.errors import StartError
from charter.message import Json
from contract_cases import (
    COLOUR,
    DAY,
    FILE,
    FLAG,
    NEW,
    OLD,
    PHOTO,
    TEXT,
    WRONG_DOCUMENTS,
    WRONG_FEATURES,
    Wrong,
    X,
    with_features,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "specs" / "seldon-core-1.17.1" / "contracts"
SCHEMA: Json = json.loads((ROOT / "contracts" / "contract.schema.json").read_text("utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)
FILES = [
    *sorted((ROOT / "examples").glob("*/contract.json")),
    *sorted((ROOT / "tests").rglob("*contract*.json")),
    *sorted(REAL.glob("*.json")),
]
# The words of what JSON Schema cannot say.
BY_CODE = (
    *("is empty", "holds no whole number", "does not hold", "is no value of", "does not fit"),
    *("is a column of", "at most", "holds numbers", "holds a text", "holds bytes"),
    *("no regular expression", "a part of the schema", "is not valid", "draft of JSON Schema"),
    *("on one axis", "must ", "makes ", "pixels are", "values, got", "holds a single value"),
)


def keys(*path: str) -> set[str]:
    schema = SCHEMA
    for key in path:
        schema = schema[key]
    return set(schema["properties"])


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)

    assert SCHEMA["$id"].startswith("urn:")


def test_the_schema_and_the_code_read_the_same_keys() -> None:
    assert keys() == KEYS
    assert keys("$defs", "feature") == FEATURE_KEYS
    assert keys("$defs", "image") == IMAGE_KEYS
    assert keys("properties", "limits") == LIMIT_KEYS
    assert keys("properties", "samples", "items") == SAMPLE_KEYS


def test_every_key_is_described() -> None:
    described = [
        *SCHEMA["properties"].values(),
        *SCHEMA["$defs"]["feature"]["properties"].values(),
        *SCHEMA["$defs"]["image"]["properties"].values(),
        *SCHEMA["properties"]["limits"]["properties"].values(),
        *SCHEMA["properties"]["samples"]["items"]["properties"].values(),
    ]

    assert [each for each in described if not each.get("description")] == []


def test_the_schema_and_the_code_know_the_same_words() -> None:
    feature = SCHEMA["$defs"]["feature"]["properties"]

    assert feature["dtype"]["examples"] == list(DTYPES)
    assert set(feature["ftype"]["anyOf"][0]["enum"]) == {*FTYPES, None}
    assert feature["physical"]["enum"] == [*PHYSICAL, None]
    assert SCHEMA["properties"]["payload"]["enum"] == [*PAYLOADS, None]
    assert SCHEMA["properties"]["input"]["enum"] == [*(each.value for each in Input), None]
    assert SCHEMA["$defs"]["image"]["properties"]["mode"]["enum"] == list(CHANNELS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_contract_in_a_file_is_right_by_both(path: Path) -> None:
    document = json.loads(path.read_text("utf-8"))

    assert list(VALIDATOR.iter_errors(document)) == []
    assert parse(document).features


@pytest.mark.parametrize("document", [*SCHEMA["examples"], *OLD.values(), *NEW.values()])
def test_a_right_document_is_right_by_both(document: Json) -> None:
    assert list(VALIDATOR.iter_errors(document)) == []
    assert parse(document)


def test_every_example_in_the_schema_is_right_by_it() -> None:
    feature = SCHEMA["$defs"]["feature"]["properties"]
    properties = [*SCHEMA["properties"].items(), *feature.items()]

    wrong = [
        (key, example)
        for key, schema in properties
        for example in schema.get("examples", [])
        if not VALIDATOR.evolve(schema=schema).is_valid(example)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            Wrong(with_features(each.found), each.message, each.is_by_schema)
            for each in WRONG_FEATURES
        ),
        *WRONG_DOCUMENTS,
    ],
    ids=lambda wrong: wrong.message,
)
def test_a_wrong_document_is_wrong_by_the_schema_where_that_can_see_it(wrong: Wrong) -> None:
    assert VALIDATOR.is_valid(wrong.found) is not wrong.is_by_schema


any_json = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 300) | st.floats(-2, 2) | st.sampled_from("ab"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=5,
)
ends = st.sampled_from([0, 1, 0.5, 300, -5, "inf", "-inf", "+inf", "2020-01-01", None, True])
images = st.fixed_dictionaries(
    {"mode": st.sampled_from(["L", "RGB", "l"]), "size": st.sampled_from([[3, 2], [1, 1], [3]])},
    optional={"scale": st.sampled_from([1, 255, 0]), "invert": st.booleans()},
)
likely: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["x", "y", "z", ""]),
    "ftype": st.sampled_from(["continuous", "categorical", "Continuous", "CATEGORICAL"]),
    "dtype": st.sampled_from([*DTYPES, "float", "Bool", "nan", "float32"]),
    "range": st.lists(ends, min_size=2, max_size=2),
    "values": st.lists(st.sampled_from(["a", "1", 1, 0.5, True, None, "YQ==", "2020-01-01"])),
    "repeat": st.integers(-1, 3) | st.just(2.0),
    "shape": st.sampled_from([[2], [2, 3, 1], [1, 1, 3], [0], [2, 2, 2]]),
    "physical": st.sampled_from([*PHYSICAL, "float"]),
    "nullable": st.booleans(),
    "pii": st.booleans(),
    "pattern": st.sampled_from(["[a-z]+", "["]),
    "maxLength": st.integers(-1, 3),
    "tolerance": st.integers(-1, 3),
    "image": images,
}
usual = st.sampled_from([X, COLOUR, TEXT, FILE, DAY, FLAG, PHOTO, {"name": "bare"}])


@st.composite
def features(draw: st.DrawFn) -> Json:
    """Draw what may be a feature: a right one with a few keys changed, mostly in a likely way."""
    changed = draw(st.lists(st.sampled_from(sorted(FEATURE_KEYS)), max_size=2, unique=True))
    changes = {key: draw(likely.get(key, any_json)) for key in changed}
    spoilt = draw(st.dictionaries(st.sampled_from(sorted(FEATURE_KEYS)), any_json, max_size=1))
    return {**draw(usual), **changes, **draw(st.sampled_from([{}, {}, spoilt]))}


@st.composite
def documents(draw: st.DrawFn) -> Json:
    """Draw what may be a contract, with a few of the other keys."""
    others: dict[str, st.SearchStrategy[Any]] = {
        "payload": st.sampled_from([*PAYLOADS, "json", None]),
        "jsonSchema": st.just({"type": "object"}) | any_json,
        "limits": st.dictionaries(st.sampled_from(sorted(LIMIT_KEYS)), any_json) | any_json,
        "samples": any_json,
        "input": st.sampled_from(["array", "dataframe", "frame", None]),
        "image": images | any_json,
        "version": any_json,
    }
    said = draw(st.lists(st.sampled_from(sorted(others)), max_size=2, unique=True))
    return {
        "features": draw(st.lists(features(), min_size=1, max_size=2)),
        "targets": draw(st.lists(features(), max_size=1)),
        **{key: draw(others[key]) for key in said},
    }


@settings(deadline=None)  # the first one imports jsonschema
@given(documents())
def test_what_is_wrong_by_the_code_alone_is_so_for_a_known_reason(document: Json) -> None:
    try:
        parse(document)
    except StartError as error:
        said = error.message
        assert not VALIDATOR.is_valid(document) or any(words in said for words in BY_CODE), said
    else:
        assert list(VALIDATOR.iter_errors(document)) == []
