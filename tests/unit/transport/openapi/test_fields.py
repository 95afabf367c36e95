from __future__ import annotations

from typing import Any

import pytest
from charter.contract.model import Contract
from charter.contract.parse import parse
from charter.methods import METHODS, PREDICT, TRANSFORM_INPUT
from charter.transport import rest
from charter.transport.openapi import fields
from charter.transport.openapi.document import document
from charter.transport.openapi.examples import Model

PATHS = {path: (verbs, method) for method in METHODS for path, verbs in method.routes}
AGE = {"name": "age", "dtype": "INT", "ftype": "continuous", "range": [18, 120], "unit": "years"}
SIZE = {"name": "size", "ftype": "continuous", "range": [0, 1], "nullable": True, "example": 0.5}
MATRIX = {"name": "m", "ftype": "continuous", "range": [0, 0], "shape": [2]}
PHOTO = {"name": "photo", "dtype": "IMAGE", "shape": [2, 3, 3]}
WIDE = {"name": "x", "ftype": "continuous", "range": [0, 1], "repeat": 784}
RULE = {"mode": "L", "size": [28, 28], "scale": 255}
WORDS = {"name": "words", "dtype": "STRING"}


def contract(*features: Any, **more: Any) -> Contract:
    return parse({"features": list(features), "targets": [], **more})


def made(found: Contract, *, takes_fields: bool = True) -> Any:
    return document(PATHS, rest.STATUS, Model(contract=found, takes_fields=takes_fields))


def parameters(described: Any, path: str) -> list[Any]:
    places = [each["$ref"].split("/")[-1] for each in described["paths"][path]["get"]["parameters"]]
    return [described["components"]["parameters"][place] for place in places]


def body(described: Any, kind: str) -> Any:
    found = described["components"]["requestBodies"]["contract"]["content"][kind]
    return list(found["schema"]["properties"])


def test_each_column_is_an_argument_with_its_schema_and_an_example() -> None:
    described = made(contract(AGE, SIZE))

    message, age, size = parameters(described, "/predict")
    assert (message["name"], message["schema"]) == ("json", {"type": "string"})
    assert age == {
        "name": "age",
        "in": "query",
        "description": "in years",
        "schema": {"type": "integer", "minimum": 18, "maximum": 120, "x-unit": "years"},
        "example": 83,
    }
    assert (size["description"], size["example"]) == ("empty for null", 0.5)


@pytest.mark.parametrize("path", ["/predict", "/transform-input", "/transform-output", "/route"])
def test_only_methods_with_a_contract_take_columns(path: str) -> None:
    described = made(contract(AGE, SIZE))

    method = PATHS[path][1]
    names = [each["name"] for each in parameters(described, path)]
    takes = method in (PREDICT, TRANSFORM_INPUT)
    assert names == (["json", "age", "size"] if takes else ["json"])
    assert ("description" in described["paths"][path]["get"]) is takes


def test_a_form_has_columns_or_else_a_message() -> None:
    forms = ("application/x-www-form-urlencoded", "multipart/form-data")
    few = made(contract(AGE, SIZE))
    many = made(contract(WIDE))
    seldon = made(contract(AGE, SIZE), takes_fields=False)

    assert [body(few, kind) for kind in forms] == [["age", "size"]] * 2
    assert body(many, forms[0]) == ["json"]
    assert "data" in body(many, forms[1])
    assert body(seldon, forms[0]) == ["json"]
    assert [each["name"] for each in parameters(seldon, "/predict")] == ["json"]


def test_what_has_a_shape_is_written_as_json() -> None:
    found = contract(MATRIX)

    assert fields.values(found) == {"m": "[0.0, 0.0]"}
    assert fields.schemas(found)["m"] == {
        "title": "m",
        "type": "string",
        "description": "a JSON list of shape [2]",
        "examples": ["[0.0, 0.0]"],
    }


@pytest.mark.parametrize(
    ("found", "names", "of_row"),
    [
        (contract(AGE), [], 0),
        (contract(PHOTO), ["photo"], 1),
        (contract({**PHOTO, "repeat": 2}), ["photo1", "photo2"], 2),
        (contract(WIDE, image=RULE), ["image"], 1),
        (contract(WORDS, payload="strData"), [], 0),
    ],
    ids=["none", "one", "two", "a whole row", "no rows"],
)
def test_images_are_parts_with_files(found: Contract, names: list[str], of_row: int) -> None:
    assert list(fields.images(found)) == names
    assert fields.images_of_row(found) == of_row
    assert all(part["type"] == "string" for part in fields.images(found).values())


def test_a_document_says_how_else_to_ask() -> None:
    assert fields.says(contract(AGE)) == (
        "Columns can also be sent by name, age, as a query or a form. "
        "A name that comes again belongs to the next row."
    )
    assert "x1 to x784" in fields.says(contract(WIDE))
    assert "PNG" in fields.says(contract(PHOTO))
    assert fields.says(contract(WORDS, payload="strData")) == ""
