"""The shapes of what REST takes and answers, as JSON Schema 2020-12.

Source: contracts/prediction.proto and tensor.proto in their JSON mapping, with what the codecs take
and write beyond it.
"""

from __future__ import annotations

from charter.component import metadata
from charter.component.replies import METRIC_TYPES
from charter.dtypes import TENSOR_TYPES
from charter.message import Json


def ref(name: str) -> Json:
    """Return a reference to the schema of a name in `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def listed(items: Json) -> Json:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def _object(says: str, **properties: Json) -> Json:
    return {"type": "object", "description": says, "properties": properties}


def _mapping(values: Json, says: str) -> Json:
    return {"type": "object", "additionalProperties": values, "description": says}


def _of(kind: str | list[str], says: str) -> Json:
    return {"type": kind, "description": says}


def _enum(numbered: tuple[str, ...]) -> Json:
    """Return the schema of an enum, which protobuf takes by number too."""
    return {"enum": [*numbered, *range(len(numbered))]}


def _camel(field: str) -> str:
    """Return the name that protobuf's JSON mapping gives a field."""
    first, *others = field.split("_")
    return first + "".join(map(str.title, others))


_ANY: Json = {}
_TEXT: Json = {"type": "string"}
_WHOLE: Json = {"type": "integer"}
_BASE64: Json = {"type": "string", "contentEncoding": "base64"}
# JSON has no NaN, and replies have null for it.
_NUMBER: Json = {"type": ["number", "null"]}
# Protobuf writes what a double cannot hold, and NaN, as strings.
_PROTO_NUMBER: Json = {"type": ["number", "string"]}
_PAYLOADS = ("data", "jsonData", "strData", "binData")

_TENSOR_SHAPE = _object(
    "lengths of the dimensions, outermost first",
    dim=listed(_object("one dimension", size={"type": ["integer", "string"]}, name=_TEXT)),
    unknownRank={"const": False},
)
_TENSOR_VALUES = {
    _camel(row.field): listed({"type": ["number", "string", "boolean"]}) for row in TENSOR_TYPES
}
_METRIC = {
    "key": _TEXT,
    "type": _enum(METRIC_TYPES),
    "value": _NUMBER,
    "tags": _of("object", "labels; over gRPC their values are strings"),
}

SCHEMAS: dict[str, Json] = {
    "SeldonMessage": _object(
        "One request or reply: a payload in one of four kinds, what travels beside it, and in "
        "errors what was wrong. Of several payloads the first counts, in the order given here.",
        data=ref("DefaultData"),
        jsonData={"description": "any JSON value"},
        strData=_of("string", "text"),
        binData={**_BASE64, "description": "bytes"},
        meta=ref("Meta"),
        status=ref("Status"),
    ),
    "Request": {
        **ref("SeldonMessage"),
        "description": "A message with a payload.",
        "anyOf": [{"required": [key]} for key in _PAYLOADS],
        # Not in Tensor: feedback goes through protobuf, which leaves out what is empty.
        "properties": {
            "data": {"properties": {"tensor": {"required": ["shape", "values"]}}},
        },
    },
    "SeldonMessageList": _object(
        "The replies of several components, for one that combines them.",
        seldonMessages={**listed(ref("Request")), "minItems": 1},
    )
    | {"required": ["seldonMessages"]},
    "DefaultData": _object(
        "An array in one of three forms, with names for its columns; the first form counts.",
        names={"type": ["array", "null"], "items": {"type": ["string", "number"]}},
        tensor=ref("Tensor"),
        ndarray={
            "type": ["array", "number", "boolean"],
            "items": _ANY,
            "description": "nested lists of one shape, of any values but lists",
        },
        tftensor=ref("TensorProto"),
    ),
    "Tensor": _object(
        "Row-major values with their shape.",
        shape={
            **listed({"type": "integer", "minimum": -1}),
            "description": "lengths; one -1 stands for what is left",
        },
        values={
            **listed({"type": ["number", "boolean", "string", "null"]}),
            "description": "numbers; over REST other plain values are taken as well",
        },
    ),
    "TensorProto": _object(
        "TensorFlow's tensor in protobuf's JSON mapping: values in tensorContent, little-endian, "
        "or in the list of the type.",
        dtype={
            "enum": [*(row.name for row in TENSOR_TYPES), *(row.number for row in TENSOR_TYPES)]
        },
        tensorShape=_TENSOR_SHAPE,
        versionNumber=_WHOLE,
        tensorContent=_BASE64,
        **_TENSOR_VALUES,
    ),
    "Meta": _object(
        "What travels beside a payload.",
        puid={"description": "identifier of the request"},
        tags=_mapping(_ANY, "what components say of a reply"),
        routing=_mapping(_WHOLE, "number of the child that each router chose; -1 is all"),
        requestPath=_mapping(_TEXT, "image of each component that answered"),
        metrics=listed(ref("Metric")),
    ),
    "Metric": _object("A number that a component reports.", **_METRIC),
    "Status": _object(
        "How a call ended.",
        code=_WHOLE,
        info=_of("string", "what was wrong, where, what was expected and what came"),
        reason=_of("string", "a constant such as MICROSERVICE_BAD_DATA"),
        status=_enum(("SUCCESS", "FAILURE")),
    ),
    "Error": {
        "type": "object",
        "description": "What was wrong, in a message of its own.",
        "properties": {
            "status": {**ref("Status"), "required": ["code", "info", "reason", "status"]}
        },
        "required": ["status"],
    },
    "Feedback": _object(
        "A reward for an earlier answer, with the truth where it is known.",
        request=ref("SeldonMessage"),
        response=ref("SeldonMessage"),
        reward=_PROTO_NUMBER,
        truth=ref("SeldonMessage"),
    )
    | {"additionalProperties": False},
    "SeldonModelMetadata": metadata.SCHEMA,
}
"""The schemas by name; the names are those of the messages in prediction.proto and tensor.proto.

`Request` and `Error` are `SeldonMessage` with what must be there in each.
"""
