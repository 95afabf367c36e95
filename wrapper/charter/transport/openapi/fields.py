"""The columns of a contract as arguments of a query and fields of a form, in OpenAPI's words."""

from __future__ import annotations

import json
from collections.abc import Mapping

from charter.contract.model import Contract, Feature, ImageRule, feature_names
from charter.message import Json
from charter.transport.openapi import columns, examples

_BESIDE = ("title", "description", "examples")
ROWS = "A name that comes again belongs to the next row."
_FILE: Json = {
    "type": "string",
    "contentMediaType": "application/octet-stream",
}


def schemas(contract: Contract) -> dict[str, Json]:
    """Return the schema of each column's text, by name; empty where there are too many."""
    if not contract.has_rows or examples.is_wide(contract):
        return {}
    given = values(contract)
    return {
        name: _field(feature, name, given)
        for feature in contract.features
        for name in feature_names([feature])
    }


def values(contract: Contract) -> dict[str, Json]:
    """Return an example of each column by name; what has a shape is written as JSON."""
    found = examples.columns(contract)
    return {
        name: json.dumps(value) if isinstance(value, list) else value
        for name, value in found.items()
    }


def arguments(contract: Contract) -> list[Json]:
    """Return the parameters of a query that has the columns.

    None is required, since a query may hold a whole message in `json` instead.
    """
    return [_argument(name, schema) for name, schema in schemas(contract).items()]


def images(contract: Contract) -> dict[str, Json]:
    """Return the parts of multipart that are image files, by name; empty where none is taken."""
    if not contract.has_rows:
        return {}
    if contract.image is not None:
        return {"image": _files(f"made a row of {_size(contract.image)}")}
    return {
        name: _files(f"scaled to {_size(feature.image)}")
        for feature in contract.features
        if feature.image is not None
        for name in feature_names([feature])
    }


def images_of_row(contract: Contract) -> int:
    """Return how many images make a whole row; 0 where it has columns that are none."""
    if not contract.has_rows:
        return 0
    if contract.image is not None:
        return 1
    are_all = all(feature.image is not None for feature in contract.features)
    return len(feature_names(contract.features)) if are_all else 0


def says(contract: Contract) -> str:
    """Return how columns can be sent without a message, as sentences; "" where they cannot."""
    if not contract.has_rows:
        return ""
    names = feature_names(contract.features)
    known = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    by_image = ""
    if images(contract):
        by_image = " PNG and JPEG files can be sent as multipart/form-data, or in base64 as JSON."
    return f"Columns can also be sent by name, {known}, as a query or a form. {ROWS}{by_image}"


def _field(feature: Feature, name: str, given: Mapping[str, Json]) -> Json:
    example = {"examples": [given[name]]} if name in given else {}
    if feature.shape:
        says = f"a JSON list of shape {list(feature.shape)}"
        return {"title": name, "type": "string", "description": says, **example}
    schema = {**columns.value(feature, name), **example}
    if feature.nullable:
        schema["description"] = f"{schema.get('description', '')}; empty for null".lstrip("; ")
    return schema


def _argument(name: str, schema: Json) -> Json:
    described = {"description": schema["description"]} if "description" in schema else {}
    example = {"example": schema["examples"][0]} if "examples" in schema else {}
    # What stands beside the schema is not said in it again.
    said = {key: item for key, item in schema.items() if key not in _BESIDE}
    return {"name": name, "in": "query", **described, "schema": said, **example}


def _files(what: str) -> Json:
    """Return the schema of one file: of a list of them pages would offer no choice."""
    return {**_FILE, "description": f"a PNG or JPEG, {what}"}


def _size(rule: ImageRule) -> str:
    width, height = rule.size
    return f"{width} by {height} pixels, {rule.mode}"
