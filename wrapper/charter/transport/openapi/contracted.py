"""What a contract says of requests and replies, as JSON Schema, by the mode that it is in.

In `strict` a schema is what is held to. In `warn` nothing is refused that could be read before, so
there each schema of a contract is one of two: what the contract says, first, or any message. A
validator then refuses nothing that the service takes, and people and tools still see the contract.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from charter.contract.model import Contract, Dtype, feature_names, row_shape, target_names
from charter.contract.values import misfit
from charter.errors import BadPayload, shown
from charter.message import Form, Json
from charter.transport.openapi import columns, fields
from charter.transport.openapi.schemas import listed, ref

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
REQUEST = "PredictRequest"
REPLY = "PredictReply"
REFUSAL = "Refusal"
ABOUT = {
    True: "The contract of the model is enforced: a request that breaks it is refused with 400 "
    "and an entry for each field, and a reply that breaks it is not sent.",
    False: "The contract of the model is not enforced: what breaks it is answered all the same, "
    "logged and counted.",
}
"""What a document says of the mode, `True` for strict."""
_SINGLE = {Dtype.STRING: "strData", Dtype.BYTES: "binData"}
_IMAGE: Json = {"type": "string", "contentEncoding": "base64"}
_TAKEN_ANYWAY = "What the contract says; what is not so is answered all the same, and logged."
_POINTED = {
    "pointer": "JSON pointer to the place in the request",
    "field": "name of the feature",
    "check": "which promise is broken, such as range, type, category or names",
    "expected": "what must hold",
    "got": "what came instead, the first of its kind",
}
_REFUSED: Json = {
    "type": "object",
    "properties": {
        **{key: {"type": "string", "description": says} for key, says in _POINTED.items()},
        "rows": {"type": "integer", "description": "how many rows are concerned"},
        "first_rows": {
            **listed({"type": "integer"}),
            "description": "the first of them, numbered from 0",
        },
    },
}

_ENTRIES: Json = {
    **listed(_REFUSED),
    "description": "one entry a field; missing where no message could be read",
}


def schemas(contract: Contract) -> dict[str, Json]:
    """Return what a contract promises, by name."""
    return {
        REQUEST: _REQUESTS.get(contract.payload, _array_request)(contract),
        REPLY: _reply(contract),
        REFUSAL: {
            "allOf": [ref("Error"), {"type": "object", "properties": {"errors": _ENTRIES}}],
            **_refused(contract),
        },
    }


def body(name: str, *, is_strict: bool) -> Json:
    """Return the schema of a request or reply that has a contract.

    Args:
        name: which one, a name in `schemas`.
        is_strict: whether what breaks it is refused.
    """
    if is_strict:
        return ref(name)
    other = "Request" if name == REQUEST else "SeldonMessage"
    return {"anyOf": [ref(name), ref(other)], "description": _TAKEN_ANYWAY}


def rows(contract: Contract) -> Json:
    """Return the keywords of a list that say how many rows a request has."""
    most = contract.limits.rows
    return {"minItems": 1, **({} if most is None else {"maxItems": most})}


def _array_request(contract: Contract) -> Json:
    most = contract.limits.rows
    count = {
        "type": "integer",
        "minimum": -1,
        "not": {"const": 0},
        **({} if most is None else {"maximum": most}),
        "description": "rows",
    }
    table = {"type": "array", "items": _row(contract), **rows(contract)}
    data = {
        "type": "object",
        "properties": {
            "names": columns.names(feature_names(contract.features)),
            "ndarray": {**table, "description": "a list for each row"},
            "tensor": columns.tensor(contract.features, count),
            "tftensor": ref("TensorProto"),
        },
        "anyOf": [{"required": [key]} for key in ("ndarray", "tensor", "tftensor")],
    }
    says = f"{_shape(contract)}{_size(contract)}"
    if fields.images_of_row(contract) != 1:
        return _message(says, data=data)
    return _message(says, data=data, binData={**_IMAGE, "description": "a PNG or JPEG"})


def _row(contract: Contract) -> Json:
    """Return the schema of a row; a single column needs no list, and images may be files."""
    forms = [columns.row(contract.features)]
    if row_shape(contract.features) == (1,):
        forms.append(columns.value(contract.features[0]))
    images = fields.images_of_row(contract)
    if images:
        lengths = {"minItems": images, "maxItems": images}
        forms.append({**listed(_IMAGE), **lengths, "description": "a PNG or JPEG in base64"})
    if images == 1:
        forms.append(_IMAGE)
    return forms[0] if len(forms) == 1 else {"anyOf": forms}


def _json_request(contract: Contract) -> Json:
    schema = _moved(
        contract.json_schema or {}, f"#/components/schemas/{REQUEST}/properties/jsonData"
    )
    return _message(f"A JSON document.{_size(contract)}", jsonData=schema)


def _text_request(contract: Contract) -> Json:
    value = columns.value(contract.features[0])
    return _message(f"A text.{_size(contract)}", strData={**value, "type": "string"})


def _binary_request(contract: Contract) -> Json:
    feature = contract.features[0]
    value = {**columns.value(feature), "type": "string", "contentEncoding": "base64"}
    return _message(f"Bytes.{_size(contract)}", binData=value)


_REQUESTS: Mapping[Form | None, Callable[[Contract], Json]] = {
    Form.JSON: _json_request,
    Form.TEXT: _text_request,
    Form.BINARY: _binary_request,
}


def _reply(contract: Contract) -> Json:
    """Return the schema of a reply; a single target may come without a list for each row."""
    if not contract.targets:
        return ref("SeldonMessage")
    row = columns.row(contract.targets)
    if row_shape(contract.targets) == (1,):
        row = {"anyOf": [row, columns.value(contract.targets[0])]}
    known = target_names(contract.targets)
    data = {
        "type": "object",
        "properties": {
            "names": {
                **listed({"type": "string"}),
                "description": "names of the columns; made up (t:0, t:1 …) where the model has "
                "none",
                "examples": [known] if len(known) <= columns.MOST_APART else [],
            },
            "ndarray": {"type": "array", "items": row},
            "tensor": columns.tensor(contract.targets, {"type": "integer", "minimum": 0}),
            "tftensor": ref("TensorProto"),
        },
    }
    says = "As many rows as the request has, in its form. Ends of a range hold to seven digits."
    if row_shape(contract.targets) == (1,) and contract.targets[0].dtype in _SINGLE:
        word, schema = _SINGLE[contract.targets[0].dtype], columns.value(contract.targets[0])
        return _message(says, data=data, **{word: schema})
    return _message(says, data=data)


def _message(says: str, **payloads: Json) -> Json:
    """Return the schema of a message with one of some payloads."""
    needed = [{"required": [key]} for key in payloads]
    return {
        "type": "object",
        "description": says,
        "properties": {**payloads, "meta": ref("Meta")},
        **(needed[0] if len(needed) == 1 else {"anyOf": needed}),
    }


def _refused(contract: Contract) -> dict[str, Json]:
    """Return what a refusal of the first value looks like, as the example of its schema."""
    feature = contract.features[0] if contract.has_rows else None
    if feature is None or feature.shape or feature.is_pii:
        return {}
    beyond = [("range", end) for end in (_next(feature.high, 1), _next(feature.low, -1))]
    other = "category" if feature.values else "type"
    for check, value in [*beyond, (other, "?"), ("type", 0)]:
        expected = "" if value is None else misfit(feature, value)
        if expected:
            return {"examples": [_refusal(feature_names([feature])[0], check, expected, value)]}
    return {}


def _next(end: float | None, step: int) -> float | None:
    return None if end is None else float(round(end + step, 3))


def _refusal(name: str, check: str, expected: str, value: Json) -> Json:
    place, got = "/data/ndarray/0/0", shown(value)
    info = f"{place}: {name} {expected}, got {got} in row 0 (1 of 1 rows)"
    status = {"code": -1, "info": info, "reason": BadPayload.reason, "status": 1}
    entry = {"pointer": place, "field": name, "check": check, "expected": expected, "got": got}
    return {"status": status, "errors": [{**entry, "rows": 1, "first_rows": [0]}]}


def _shape(contract: Contract) -> str:
    shape = row_shape(contract.features)
    if len(shape) == 1:
        return f"Rows of {shape[0]} column{'s' if shape[0] > 1 else ''}, in one of three forms."
    return f"Rows of shape {list(shape)}, in one of three forms."


def _size(contract: Contract) -> str:
    limits = {
        "rows": contract.limits.rows if contract.has_rows else None,
        "bytes": contract.limits.bytes,
    }
    said = [f"{most} {what}" for what, most in limits.items() if most is not None]
    return f" At most {' and '.join(said)}." if said else ""


def _moved(schema: Json, base: str) -> Json:
    """Return a JSON Schema whose references to itself hold where it stands in the document.

    One of an older dialect may be none in that of OpenAPI 3.1, and is then not told.
    """
    from jsonschema import Draft202012Validator  # for contracts with a schema only
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema({**schema, "$schema": _DIALECT})
    except SchemaError:
        return {"description": "what the contract's jsonSchema says, in an older dialect"}
    own = schema.get("$id", "").partition("#")[0]
    moved = {key: _rebased(item, own, base) for key, item in schema.items()}
    return {key: item for key, item in moved.items() if key not in ("$id", "$schema")}


def _rebased(node: Json, own: str, base: str) -> Json:
    if isinstance(node, list):
        return [_rebased(each, own, base) for each in node]
    if not isinstance(node, dict):
        return node
    moved = {key: _rebased(item, own, base) for key, item in node.items()}
    place = node.get("$ref")
    if isinstance(place, str) and place.partition("#")[0] in ("", own):
        moved["$ref"] = base + place.partition("#")[2]
    return moved
