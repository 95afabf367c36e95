"""How a request is sent, in OpenAPI's words: with POST in the body, with GET in the query."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass

from charter.contract.model import Contract
from charter.message import Json
from charter.methods import CONTRACTED, Method, Takes
from charter.transport.openapi import contracted, examples, fields
from charter.transport.openapi.examples import Model
from charter.transport.openapi.schemas import SCHEMAS, listed, ref

_CONTRACTED = "contract"
_LIMIT = "an address of more than 64 KiB is refused as plain text"
_IN_QUERY: Json = {"name": "json", "in": "query", "description": f"a message; {_LIMIT}"}
_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_IMAGES = ("image/png", "image/jpeg")
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


def asked(verb: str, method: Method, known: Model) -> Json:
    """Return what an operation says of its request."""
    if method.takes is Takes.NOTHING:
        return {}
    is_contracted = known.contract is not None and method in CONTRACTED
    name = _CONTRACTED if is_contracted else method.takes.value
    if verb == "POST":
        return {"requestBody": {"$ref": f"#/components/requestBodies/{name}"}}
    columns = _columns(known.fields) if known.fields and is_contracted else {}
    return {"parameters": [{"$ref": f"#/components/parameters/{key}"} for key in (name, *columns)]}


def components(known: Model) -> dict[str, Json]:
    """Return what `asked` refers to, and the examples in it."""
    named = examples.requests(known)
    is_long = known.contract is not None and examples.is_wide(known.contract)
    sent = {
        takes.value: _Sent(schema, _FIELDS[takes], named[takes], is_long)
        for takes, schema in _SCHEMAS.items()
    }
    queries = {name: _query(each) for name, each in sent.items()}
    if known.contract:
        schema = contracted.body(contracted.REQUEST, is_strict=known.is_strict)
        message = dataclasses.replace(
            sent[Takes.MESSAGE.value], schema=schema, contract=known.fields
        )
        sent[_CONTRACTED] = message
        columns = _columns(known.fields) if known.fields else {}
        queries |= {_CONTRACTED: _whole() if columns else _query(message), **columns}
    return {
        "requestBodies": {name: _body(each) for name, each in sent.items()},
        "parameters": queries,
        "examples": {
            name: {"value": value} for each in named.values() for name, value in each.items()
        },
    }


@dataclass(frozen=True, slots=True)
class _Sent:
    """Hold what is said of one kind of request.

    Args:
        schema: of its document.
        fields: the schema in `SCHEMAS` whose properties are its parts in multipart.
        examples: by name.
        is_long: whether they are too long to be written again for each way to send them.
        contract: the columns that can be sent without a document; `None`: none can.
    """

    schema: Json
    fields: str
    examples: Mapping[str, Json]
    is_long: bool
    contract: Contract | None = None


def _body(sent: _Sent) -> Json:
    content = {_JSON: _document(sent), _MULTIPART: _parts(sent), _FORM: _form(sent)}
    if sent.contract and fields.images_of_row(sent.contract) == 1:
        content |= {kind: {} for kind in _IMAGES}
    return {"required": True, "content": content}


def _query(sent: _Sent) -> Json:
    return {**_IN_QUERY, "required": True, "content": {_JSON: _document(sent)}}


def _whole() -> Json:
    """Return the parameter for a message beside parameters for columns, as text.

    Pages that show a document fill in what has content, and then both would be sent.
    """
    says = f"a whole message as JSON, instead of columns; {_LIMIT}"
    return {**_IN_QUERY, "description": says, "schema": {"type": "string"}}


def _columns(contract: Contract) -> dict[str, Json]:
    arguments = fields.arguments(contract)
    return {f"column{number}": each for number, each in enumerate(arguments, start=1)}


def _document(sent: _Sent) -> Json:
    named = {name: {"$ref": f"#/components/examples/{name}"} for name in sent.examples}
    return {"schema": sent.schema, "examples": named}


def _form(sent: _Sent) -> Json:
    columns = _by_name(sent, {})
    if columns:
        return columns
    schema = {"type": "object", "properties": {"json": _text(sent.schema)}, "required": ["json"]}
    example = next(iter(sent.examples.values()))
    return {"schema": schema, **_example({} if sent.is_long else {"json": json.dumps(example)})}


def _parts(sent: _Sent) -> Json:
    columns = _by_name(sent, fields.images(sent.contract) if sent.contract else {})
    if columns:
        return columns
    known = SCHEMAS[sent.fields]["properties"]
    parts = {key: _PLAIN_PARTS.get(key) or _text(schema) for key, schema in known.items()}
    example = next(iter(sent.examples.values()))
    written = {
        key: item if key in _PLAIN_PARTS else json.dumps(item) for key, item in example.items()
    }
    schema = {"type": "object", "properties": parts}
    return {"schema": schema, **_example({} if sent.is_long else written)}


def _by_name(sent: _Sent, images: Mapping[str, Json]) -> Json:
    """Return the form of columns and images; empty where there is none.

    It leaves out the parts of a message, which are taken as well: pages that show a document send
    each field, the empty ones too, and a form is either one or the other.
    """
    if sent.contract is None:
        return {}
    properties = {**fields.schemas(sent.contract), **images}
    if not properties:
        return {}
    says = f"{fields.ROWS} The parts of a message are taken instead of these."
    schema = {"type": "object", "properties": properties, "description": says}
    return {"schema": schema, **_example({} if images else fields.values(sent.contract))}


def _example(example: Json) -> dict[str, Json]:
    return {"example": example} if example else {}


def _text(schema: Json) -> Json:
    """Return the schema of a text that holds JSON."""
    return {"type": "string", "contentMediaType": _JSON, "contentSchema": schema}
