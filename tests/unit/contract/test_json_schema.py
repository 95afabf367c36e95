from __future__ import annotations

import pytest
from charter.contract.json_schema import check_schema, misfit, validator
from charter.errors import StartError
from charter.message import Json

PERSON: Json = {
    "type": "object",
    "required": ["age"],
    "properties": {"age": {"$ref": "#/$defs/age"}, "friends": {"type": "array"}},
    "$defs": {"age": {"type": "integer", "minimum": 0}},
}


def test_what_fits_is_no_misfit() -> None:
    assert misfit(PERSON, {"age": 3}) == ("", "")


def test_a_misfit_has_its_place() -> None:
    assert misfit(PERSON, {"age": -1}) == ("['age']", "-1 is less than the minimum of 0")
    assert misfit(PERSON, {}) == ("", "'age' is a required property")


@pytest.mark.parametrize("draft", ["draft-04", "draft-06", "draft-07"])
def test_a_schema_is_read_by_the_draft_that_it_names(draft: str) -> None:
    schema = {"$schema": f"http://json-schema.org/{draft}/schema#", "items": [{"type": "string"}]}

    check_schema(schema, "here")

    assert misfit(schema, [1, 1])[0] == "[0]"


def test_a_schema_may_refer_to_a_draft_itself() -> None:
    schema = {"$ref": "https://json-schema.org/draft/2020-12/schema"}

    check_schema(schema, "here")

    assert misfit(schema, {"type": 5})[0] == "['type']"


def test_a_reference_in_a_schema_with_an_id_stays_inside() -> None:
    check_schema({"$id": "https://example.org/a", "$defs": {"b": {}}, "$ref": "#/$defs/b"}, "here")


@pytest.mark.parametrize("reference", ["https://example.org/b", "b.json", "#/$defs/c", "#c"])
def test_a_reference_that_leads_outside_is_refused(reference: str) -> None:
    schema = {"allOf": [{"items": {"$ref": reference}}]}

    with pytest.raises(StartError, match=r"^here: .ref .* leads to nothing in the contract$"):
        check_schema(schema, "here")


def test_a_schema_in_a_value_is_none() -> None:
    check_schema({"const": {"$ref": "b.json"}, "properties": {"$ref": {"type": "string"}}}, "here")


def test_a_validator_finds_all_that_does_not_fit() -> None:
    errors = validator(PERSON).iter_errors({"age": "old", "friends": 0})

    assert len(list(errors)) == 2
