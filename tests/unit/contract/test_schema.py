from __future__ import annotations

from typing import Any

import pytest
from charter.contract import schema
from charter.errors import StartError

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
