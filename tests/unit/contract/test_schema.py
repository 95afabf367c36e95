from __future__ import annotations

from typing import Any

import pytest
from charter.contract import schema
from charter.errors import StartError
from charter.message import Json

PERSON: Json = {
    "type": "object",
    "required": ["age"],
    "properties": {"age": {"$ref": "#/$defs/age"}, "friends": {"type": "array"}},
    "$defs": {"age": {"type": "integer", "minimum": 0}},
}
NUMBER = {"$defs": {"n": {"type": "number", "$anchor": "number"}}}
META = "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("reference", ["#/$defs/n", "#number", "#", META])
def test_a_schema_may_refer_to_its_parts_and_to_schemas_of_schemas(reference: str) -> None:
    document = {**NUMBER, "properties": {"a": {"$ref": reference}}}

    schema.check(document)

    assert schema.validator(document).is_valid({"b": 1})


@pytest.mark.parametrize("reference", ["#/$defs/m", "#other", "other.json", "http://127.0.0.1:9/"])
def test_a_reference_to_elsewhere_is_refused_and_not_fetched(reference: str) -> None:
    document = {**NUMBER, "properties": {"a": {"$ref": reference}}}

    with pytest.raises(StartError, match="jsonSchema: expected a reference to a part"):
        schema.check(document)


def test_a_schema_that_is_none_is_refused_with_the_place() -> None:
    with pytest.raises(StartError, match=r"jsonSchema\['properties'\]\['a'\]\['type'\]: "):
        schema.check({"properties": {"a": {"type": "whole"}}})


@pytest.mark.parametrize(
    ("document", "value", "is_valid"),
    [
        ({"properties": {"$ref": {"type": "string"}}}, {"$ref": 1}, False),
        ({"$id": "http://here/", "$defs": {"n": {"$id": "n", "const": 1}}, "$ref": "n"}, 1, True),
    ],
)
def test_odd_schemas_are_taken(document: Any, value: Any, is_valid: bool) -> None:
    schema.check(document)

    assert schema.validator(document).is_valid(value) is is_valid


def test_what_fits_is_no_misfit() -> None:
    assert schema.misfit(PERSON, {"age": 3}) == ("", "")


def test_a_misfit_has_its_place() -> None:
    assert schema.misfit(PERSON, {"age": -1}) == ("['age']", "-1 is less than the minimum of 0")
    assert schema.misfit(PERSON, {}) == ("", "'age' is a required property")


@pytest.mark.parametrize("draft", ["draft-04", "draft-06", "draft-07"])
def test_a_schema_is_read_by_the_draft_that_it_names(draft: str) -> None:
    document = {"$schema": f"http://json-schema.org/{draft}/schema#", "items": [{"type": "string"}]}

    schema.check(document)

    assert schema.misfit(document, [1, 1])[0] == "[0]"


@pytest.mark.parametrize("draft", ["mine", "https://json-schema.org/draft/2030-01/schema", 7])
def test_a_draft_that_nobody_knows_is_refused(draft: Any) -> None:
    with pytest.raises(StartError, match=r"^jsonSchema.\$schema: expected a draft of JSON Schema"):
        schema.check({"$schema": draft})


def test_a_reference_inside_a_part_with_a_name_of_its_own_is_looked_up_there() -> None:
    part = {"$id": "urn:part", "$ref": "#/$defs/n", "$defs": {"n": {"const": 1}}}
    schema.check({"$id": "urn:all", "properties": {"a": part}})

    with pytest.raises(StartError, match="expected a reference to a part of the schema"):
        schema.check({"$id": "urn:all", "$defs": part["$defs"], "not": {**part, "$defs": {}}})


def test_a_schema_in_a_value_is_none() -> None:
    schema.check({"const": {"$ref": "b.json"}, "examples": [{"$ref": "c.json"}]})


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(StartError, match=r"^jsonSchema\['pattern'\]: '\[' is not a 'regex'$"):
        schema.check({"pattern": "["})


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(StartError, match=r"^jsonSchema: expected an object, got True$"):
        schema.check(True)
