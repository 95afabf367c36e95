from __future__ import annotations

from typing import Any

import jsonschema
import numpy as np
import pytest
from charter.contract.from_schema import draw, extremes, problem
from charter.errors import StartError

TREE = {
    "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}},
    "$ref": "#/$defs/node",
}
SCHEMAS: dict[str, Any] = {
    "object": {
        "type": "object",
        "properties": {"a": {"type": "integer", "minimum": 3, "maximum": 5}, "b": {}},
        "required": ["a", "other"],
    },
    "few keys": {"type": "object", "minProperties": 2, "properties": {"a": {"type": "null"}}},
    "array": {"items": {"type": "boolean"}, "minItems": 2, "maxItems": 4},
    "tuple": {"prefixItems": [{"const": 1}, {"type": "string"}], "minItems": 2, "items": False},
    "distinct": {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": True},
    "text": {"type": "string", "minLength": 8, "maxLength": 9},
    "long text": {"type": "string", "minLength": 300},
    "pattern": {"type": "string", "pattern": r"^[A-Z]{3}-\d+$", "maxLength": 8},
    "number": {"minimum": 0.25, "exclusiveMaximum": 0.26},
    "draft 4": {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "integer",
        "minimum": 1,
        "exclusiveMinimum": True,
        "maximum": 2,
    },
    "multiple": {"type": "number", "multipleOf": 0.5, "minimum": 7.2, "maximum": 8.1},
    "types": {"type": ["integer", "null"]},
    "any of": {"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 7}]},
    "one of": {"oneOf": [{"type": "string"}, {"type": "null"}]},
    "all of": {
        "allOf": [
            {"properties": {"a": {"const": 1}}, "required": ["a"]},
            {"properties": {"b": {"const": 2}}, "required": ["b"]},
        ]
    },
    "tree": TREE,
    "anything": {},
}
every_schema = pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS.keys())


def drawn(schema: Any, seed: int = 0) -> Any:
    return draw(schema, np.random.default_rng(seed))


@every_schema
def test_what_is_drawn_the_schema_allows(schema: Any) -> None:
    for seed in range(20):
        jsonschema.validate(drawn(schema, seed), schema)


@every_schema
def test_the_least_and_the_most_are_allowed_too(schema: Any) -> None:
    found = dict(extremes(schema, np.random.default_rng(0)))

    assert len(found) == 2
    for document in found.values():
        jsonschema.validate(document, schema)


def test_the_same_seed_draws_the_same() -> None:
    first, again, other = (drawn(SCHEMAS["pattern"], seed) for seed in (1, 1, 2))

    assert first == again != other


def test_the_least_and_the_most_are_at_the_limits() -> None:
    schema = {
        "properties": {
            "n": {"type": "integer", "minimum": 3, "maximum": 5},
            "s": {"type": "string", "minLength": 1, "maxLength": 4},
            "l": {"type": "array", "items": {"const": 0}, "maxItems": 2},
        },
        "required": ["n", "s"],
    }

    least, most = (document for _, document in extremes(schema, np.random.default_rng(0)))

    assert least == {"n": 3, "s": "x"}
    assert most == {"n": 5, "s": "xxxx", "l": [0, 0]}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"const": {"a": 1}, "type": "object"}, {"a": 1}),
        ({"enum": [7]}, 7),
        ({"type": "string", "examples": ["said"]}, "said"),
        ({"type": "string", "default": "usual"}, "usual"),
    ],
)
def test_values_that_stand_in_the_schema_are_taken(schema: Any, expected: Any) -> None:
    assert drawn(schema) == expected


def test_an_example_that_is_wrong_is_passed_over() -> None:
    assert isinstance(drawn({"type": "string", "examples": [1]}), str)


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"properties": {"a": False}, "required": ["a"]}, "jsonSchema.properties.a: it allows"),
        ({"type": "array", "minItems": 1, "contains": {"const": "no luck"}}, "jsonSchema: \\$"),
        (
            {"properties": {"a": {"$ref": "#/$defs/b"}}, "required": ["a"]},
            "jsonSchema.properties.a",
        ),
        ({"$ref": "https://example.org/x.json"}, "jsonSchema.\\$ref: 'https://example.org/x.json'"),
        ({"$ref": "#"}, "jsonSchema: its references have no end"),
        ({"items": {"$ref": "#"}, "minItems": 1}, "jsonSchema(.items)+: it goes too deep"),
    ],
)
def test_what_cannot_be_drawn_says_where(schema: Any, place: str) -> None:
    with pytest.raises(StartError, match=f"^{place}"):
        drawn(schema)


def test_a_problem_has_its_place() -> None:
    schema = {"properties": {"a": {"type": "integer"}}}

    assert problem(schema, {"a": "x"}) == "$.a: 'x' is not of type 'integer'"
    assert problem(schema, {"a": 1}) == ""
