from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from charter.codecs import seldon_json
from charter.contract.generate import generate
from charter.contract.model import target_names
from charter.contract.parse import parse
from charter.contract.requests import edges, request
from charter.message import Form, Message
from charter.methods import METHODS
from charter.transport import rest
from charter.transport.openapi.document import document
from charter.transport.openapi.examples import Model
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

READ = ("GET", "HEAD")
PATHS = {path: (verbs, method) for method in METHODS for path, verbs in method.routes}
SCORE = {"name": "score", "ftype": "continuous", "range": [0, 1]}
MIXED = {
    "version": "2.1",
    "description": "Decides on loans.",
    "features": [
        {"name": "age", "dtype": "INT", "ftype": "continuous", "range": [18, 120]},
        {"name": "income", "ftype": "continuous", "range": [0, "inf"], "nullable": True},
        {"name": "country", "ftype": "categorical", "values": ["DE", "FR"], "example": "FR"},
        {"name": "is_new", "dtype": "BOOL"},
        {"name": "code", "dtype": "STRING", "pattern": "[A-Z]{2}[0-9]{3}"},
        {"name": "since", "dtype": "DATETIME"},
        {"name": "key", "dtype": "BYTES", "maxLength": 5},
    ],
    "targets": [SCORE, {"name": "grade", "ftype": "categorical", "values": ["a", "b"]}],
    "limits": {"rows": 4, "bytes": 4000},
}
WIDE = {
    "features": [{"name": "x", "ftype": "continuous", "range": [0, 1], "repeat": 784}],
    "targets": [{**SCORE, "repeat": 10}],
    "image": {"mode": "L", "size": [28, 28], "scale": 255},
}
IMAGE = {"features": [{"name": "photo", "dtype": "IMAGE", "shape": [2, 2, 3]}], "targets": [SCORE]}
TEXT = {"features": [{"name": "t", "dtype": "STRING", "maxLength": 9}], "targets": [SCORE]}
JSON: Any = {
    "features": [],
    "targets": [],
    "payload": "jsonData",
    "jsonSchema": {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"$ref": "#/$defs/item"}}},
        "required": ["items"],
        "$defs": {"item": {"type": "integer"}},
    },
}
CONTRACTS: dict[str, Any] = {
    "mixed": MIXED,
    "wide": WIDE,
    "image": IMAGE,
    "single column": {**TEXT, "targets": [{"name": "said", "dtype": "STRING"}]},
    "text": {**TEXT, "payload": "strData"},
    "bytes": {**TEXT, "features": [{"name": "b", "dtype": "BYTES"}], "payload": "binData"},
    "json": JSON,
    "tensor": {"features": [{**SCORE, "shape": [2, 3]}], "targets": [], "payload": "tensor"},
}


def made(found: Any, *, is_strict: bool = True, **known: Any) -> Any:
    model = Model(contract=parse(found), is_strict=is_strict, **known)
    return document(PATHS, rest.STATUS, model)


def fits(described: Any, schema: Any, value: Any) -> bool:
    whole = {**schema, "components": described["components"]}
    return Draft202012Validator(whole).is_valid(value)


def request_schema(described: Any) -> Any:
    content = described["components"]["requestBodies"]["contract"]["content"]
    return content["application/json"]["schema"]


def reply_schema(described: Any) -> Any:
    answer = described["paths"]["/predict"]["post"]["responses"]["200"]
    return answer["content"]["application/json"]["schema"]


def written(message: Message) -> Any:
    return json.loads(seldon_json.encode(message))


@pytest.mark.parametrize("is_strict", [True, False])
@pytest.mark.parametrize("found", CONTRACTS.values(), ids=CONTRACTS)
def test_the_document_of_a_contract_is_valid_and_small(found: Any, is_strict: bool) -> None:
    described = made(found, is_strict=is_strict)

    assert [str(error) for error in OpenAPIV31SpecValidator(described).iter_errors()] == []
    assert len(json.dumps(described)) < 100_000


@pytest.mark.parametrize("found", CONTRACTS.values(), ids=CONTRACTS)
def test_the_request_has_the_schema_of_all_that_the_contract_allows(found: Any) -> None:
    described, contract = made(found), parse(found)
    schema = request_schema(described)
    rng = np.random.default_rng(0)

    wrong = [
        edge.name
        for edge in edges(contract, rng)
        if edge.name != "zero rows" and not fits(described, schema, written(edge.request))
    ]
    assert wrong == []
    assert not fits(described, schema, {"meta": {}})
    assert not fits(described, schema, written(request(contract, 0, rng))) or not contract.has_rows


@pytest.mark.parametrize(
    "data",
    [
        {"ndarray": [[17, 1, "DE", True, "AB123", "2020-01-01", ""]]},
        {"ndarray": [[18, None, "XX", True, "AB123", "2020-01-01", ""]]},
        {"ndarray": [[18, 1, "DE", 1, "AB123", "2020-01-01", ""]]},
        {"ndarray": [[18, 1, "DE", True, "AB1234", "2020-01-01", ""]]},
        {"ndarray": [[18, 1, "DE", True, "AB123", 5, ""]]},
        {"ndarray": [[18, 1, "DE", True, "AB123", "2020-01-01", "YWJjZGVmZ2g="]]},
        {"ndarray": [[18, 1, "DE", True, "AB123", "2020-01-01"]]},
        {"ndarray": [[18, 1, "DE", True, "AB123", "2020-01-01", ""]] * 5},
        {"names": ["age"], "ndarray": [], "tensor": {}},
    ],
)
def test_only_a_strict_document_refuses_what_breaks_the_contract(data: Any) -> None:
    strict, warns = made(MIXED), made(MIXED, is_strict=False)

    assert not fits(strict, request_schema(strict), {"data": data})
    assert fits(warns, request_schema(warns), {"data": data}) == ("tensor" not in data)


def test_in_warn_any_message_is_a_request_and_a_reply() -> None:
    described = made(MIXED, is_strict=False)

    for message in ({"strData": "text"}, {"jsonData": None}, {"data": {"ndarray": [[1]]}}):
        assert fits(described, request_schema(described), message)
        assert fits(described, reply_schema(described), message)
    responses = described["paths"]["/predict"]["post"]["responses"]
    assert responses["400"] == {"$ref": "#/components/responses/400"}
    assert "not enforced" in described["info"]["description"]


@pytest.mark.parametrize("name", ["mixed", "wide", "image", "single column"])
def test_a_reply_has_the_schema_of_the_targets(name: str) -> None:
    described, targets = made(CONTRACTS[name]), parse(CONTRACTS[name]).targets
    schema = reply_schema(described)
    table = generate(targets, 3, np.random.default_rng(0))
    reply = Message(Form.NDARRAY, table, target_names(targets))

    assert fits(described, schema, written(reply))
    assert not fits(described, schema, written(dataclasses.replace(reply, value=table[:, :-1])))
    assert not fits(described, schema, {"jsonData": 1})


def test_a_single_text_may_be_answered_as_text_or_without_a_list_for_each_row() -> None:
    described = made(CONTRACTS["single column"])
    schema = reply_schema(described)

    replies: list[Any] = [{"strData": "a"}, *({"data": {"ndarray": v}} for v in ([], ["a", "b"]))]
    for reply in replies:
        assert fits(described, schema, reply)
    assert not fits(described, schema, {"data": {"ndarray": [1]}})


def test_an_image_may_be_sent_as_pixels_and_as_a_file_in_base64() -> None:
    for name in ("image", "wide"):
        described = made(CONTRACTS[name])
        schema = request_schema(described)
        sent: list[Any] = [{"data": {"ndarray": rows}} for rows in ([["iVBO"]], ["iVBO", "iVBO"])]

        assert all(fits(described, schema, message) for message in [*sent, {"binData": "iVBO"}])
        assert not fits(described, schema, {"data": {"ndarray": [["iVBO", "iVBO"]]}})
        content = described["components"]["requestBodies"]["contract"]["content"]
        assert content["image/png"] == content["image/jpeg"] == {}
        assert "501" in described["paths"]["/transform-input"]["post"]["responses"]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"$id": "urn:charter:test", "$schema": "http://json-schema.org/draft-07/schema#"},
        {"properties": {"items": {"items": {"$ref": "urn:x#/$defs/item"}}}, "$id": "urn:x"},
    ],
    ids=["plain", "older, with a name", "refers to itself by name"],
)
def test_a_json_schema_keeps_its_own_references(more: Any) -> None:
    described = made({**JSON, "jsonSchema": {**JSON["jsonSchema"], **more}})

    assert fits(described, request_schema(described), {"jsonData": {"items": [1, 2]}})
    assert not fits(described, request_schema(described), {"jsonData": {"items": ["a"]}})
    assert list(OpenAPIV31SpecValidator(described).iter_errors()) == []


def test_a_json_schema_that_openapi_cannot_hold_is_not_told() -> None:
    older = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "integer"}]}
    described = made({**JSON, "jsonSchema": older})

    assert fits(described, request_schema(described), {"jsonData": ["a"]})
    assert list(OpenAPIV31SpecValidator(described).iter_errors()) == []


def test_the_head_of_the_document_is_of_the_contract_and_the_model() -> None:
    info = made(MIXED, name="loans", version="2.1", about="Decides on loans.")["info"]

    assert (info["title"], info["version"]) == ("loans", "2.1")
    assert info["description"].startswith("Decides on loans.\n\n")
    assert "is enforced" in info["description"]


def test_a_refusal_is_told_with_an_example() -> None:
    described = made(MIXED)
    refused = described["components"]["responses"]["Refused"]
    schema = refused["content"]["application/json"]["schema"]
    (example,) = described["components"]["schemas"]["Refusal"]["examples"]

    assert described["paths"]["/predict"]["post"]["responses"]["400"] == {
        "$ref": "#/components/responses/Refused"
    }
    assert example["errors"] == [
        {
            "pointer": "/data/ndarray/0/0",
            "field": "age",
            "check": "range",
            "expected": "must lie in [18, 120]",
            "got": "121.0",
            "rows": 1,
            "first_rows": [0],
        }
    ]
    assert fits(described, schema, example)
    assert fits(described, schema, {"status": example["status"]})
    assert not fits(described, schema, {"errors": []})


def test_methods_that_have_no_contract_are_as_ever() -> None:
    described, plain = made(MIXED), document(PATHS, rest.STATUS, Model())

    for path in ("/route", "/aggregate", "/transform-output", "/send-feedback"):
        for verb in ("get", "post"):
            assert described["paths"][path][verb] == plain["paths"][path][verb]
