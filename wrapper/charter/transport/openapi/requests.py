"""How a request is sent, in OpenAPI's words: with POST in the body, with GET in the query."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TypeAlias

from charter.message import Json
from charter.methods import Takes
from charter.transport.openapi.schemas import SCHEMAS, listed, ref

Examples: TypeAlias = Mapping[Takes, Mapping[str, Json]]
"""Examples of each kind of request, by name."""

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_SCHEMAS = {
    Takes.MESSAGE: ref("Request"),
    Takes.MESSAGES: {"anyOf": [ref("SeldonMessageList"), listed(ref("Request"))]},
    Takes.FEEDBACK: ref("Feedback"),
}
# In multipart each property of these is a part.
_FIELDS = {
    Takes.MESSAGE: "SeldonMessage",
    Takes.MESSAGES: "SeldonMessageList",
    Takes.FEEDBACK: "Feedback",
}
_PLAIN_PARTS: dict[str, Json] = {
    "strData": {"type": "string"},
    "binData": {
        "type": "string",
        "contentMediaType": "application/octet-stream",
        "description": "a file of bytes; base64 where the part has no filename",
    },
}


def asked(verb: str, takes: Takes) -> Json:
    """Return what an operation says of its request."""
    if takes is Takes.NOTHING:
        return {}
    if verb == "POST":
        return {"requestBody": {"$ref": f"#/components/requestBodies/{takes.value}"}}
    return {"parameters": [{"$ref": f"#/components/parameters/{takes.value}"}]}


def components(examples: Examples) -> dict[str, Json]:
    """Return what `asked` refers to, and the examples in it."""
    return {
        "requestBodies": {takes.value: _body(takes, examples[takes]) for takes in _SCHEMAS},
        "parameters": {takes.value: _query(takes, examples[takes]) for takes in _SCHEMAS},
        "examples": {
            name: {"value": value} for named in examples.values() for name, value in named.items()
        },
    }


def _body(takes: Takes, examples: Mapping[str, Json]) -> Json:
    example = next(iter(examples.values()))
    content = {
        _JSON: _document(takes, examples),
        _MULTIPART: _parts(takes, example),
        _FORM: _form(takes, example),
    }
    return {"required": True, "content": content}


def _query(takes: Takes, examples: Mapping[str, Json]) -> Json:
    content = {_JSON: _document(takes, examples)}
    return {"name": "json", "in": "query", "required": True, "content": content}


def _document(takes: Takes, examples: Mapping[str, Json]) -> Json:
    named = {name: {"$ref": f"#/components/examples/{name}"} for name in examples}
    return {"schema": _SCHEMAS[takes], "examples": named}


def _form(takes: Takes, example: Json) -> Json:
    field = {"json": _text(_SCHEMAS[takes])}
    return {
        "schema": {"type": "object", "properties": field, "required": ["json"]},
        "example": {"json": json.dumps(example)},
    }


def _parts(takes: Takes, example: Json) -> Json:
    fields = SCHEMAS[_FIELDS[takes]]["properties"]
    parts = {key: _PLAIN_PARTS.get(key) or _text(schema) for key, schema in fields.items()}
    sent = {key: item if key in _PLAIN_PARTS else json.dumps(item) for key, item in example.items()}
    return {"schema": {"type": "object", "properties": parts}, "example": sent}


def _text(schema: Json) -> Json:
    """Return the schema of a text that holds JSON."""
    return {"type": "string", "contentMediaType": _JSON, "contentSchema": schema}
