"""The metadata of a component: what `init_metadata()` says, checked, with its defaults.

Source: SeldonModelMetadata of Seldon Core 1.17, docs “Model Metadata”.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from charter.component import seldon_types, values
from charter.component.replies import Node
from charter.errors import ComponentError, shown
from charter.message import Form, Json, Message, Request

logger = logging.getLogger(__name__)

BAD_METADATA = "MICROSERVICE_BAD_METADATA"
_ARRAYS = ["tensor", "ndarray", "tftensor"]
_OTHERS = ["jsonData", "strData", "binData"]
_DATATYPES = [
    *("BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64"),
    *("FP16", "FP32", "FP64", "BYTES"),
]
_TEXTS = {"type": "array", "items": {"type": "string"}}
_SHAPE = {"type": "array", "items": {"type": "integer"}}
_OBJECT: Json = {"type": "object"}


def _item(properties: Json, required: list[str]) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


_COLUMNS = _item({"names": _TEXTS, "shape": _SHAPE}, [])
_ITEMS = {
    "type": "array",
    "items": {
        "anyOf": [
            _item({"messagetype": {"enum": _ARRAYS}, "schema": _COLUMNS}, ["messagetype"]),
            _item({"messagetype": {"const": "jsonData"}, "schema": _OBJECT}, ["messagetype"]),
            _item({"messagetype": {"enum": ["strData", "binData"]}}, ["messagetype"]),
            _item(
                {
                    "messagetype": {"type": "string", "not": {"enum": [*_ARRAYS, *_OTHERS]}},
                    "schema": _OBJECT,
                },
                ["messagetype"],
            ),
            _item(
                {"name": {"type": "string"}, "datatype": {"enum": _DATATYPES}, "shape": _SHAPE}, []
            ),
        ]
    },
}
SCHEMA = _item(
    {
        "name": {"type": "string"},
        "versions": _TEXTS,
        "platform": {"type": "string"},
        "inputs": _ITEMS,
        "outputs": _ITEMS,
        "custom": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    [],
)
"""The JSON Schema of a component's metadata."""


def call(user: object, node: Node) -> Callable[[Request], Message]:
    """Return what answers with the metadata; an invalid one is told at each call, and logged now.

    Raises:
        Exception: what `init_metadata()` raises.
    """
    said = {**_said(user), **node.metadata}
    document = {**_defaults(node.image), **said}
    wrong = _breach(document) if said else None
    if wrong:
        logger.error("init_metadata: %s", wrong)
    elif node.contract_mode:  # callers, and testers, are told what is refused
        document["custom"] = {**document["custom"], "contract_mode": node.contract_mode}

    def answer(request: Request) -> Message:
        if wrong:
            raise ComponentError(f"Model metadata unavailable: {wrong}", reason=BAD_METADATA)
        return Message(Form.RAW, document)

    return answer


def _said(user: object) -> Mapping[str, Json]:
    values.refuse_async(user, "init_metadata")
    function = seldon_types.member(user, "init_metadata")
    try:
        said = function() if callable(function) else {}
    except Exception as error:
        if not seldon_types.is_not_implemented(error):
            raise
        return {}
    if isinstance(said, Mapping):
        return said
    logger.error("init_metadata: expected a dict, got %s; the defaults stand", shown(said))
    return {}


def _defaults(image: str) -> dict[str, Any]:
    name, _, version = image.rpartition(":")
    return {
        "name": name,
        "versions": [version],
        "platform": "",
        "inputs": [],
        "outputs": [],
        "custom": {},
    }


def _breach(document: Json) -> str | None:
    """Return where the metadata breaks its schema, and how; `None` where it does not."""
    import jsonschema  # 60 ms, for components with metadata only

    checker = jsonschema.Draft202012Validator(SCHEMA)
    error = jsonschema.exceptions.best_match(checker.iter_errors(document))
    if error is None:
        return None
    place = error.json_path.removeprefix("$").lstrip(".") or "metadata"
    return f"{place}: {error.message}"
