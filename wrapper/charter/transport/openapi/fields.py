"""The columns of a contract as arguments of a query and fields of a form, in OpenAPI's words."""

from __future__ import annotations

import json
from collections.abc import Mapping

from charter.contract.model import Contract, Dtype, Feature, feature_names
from charter.message import Json
from charter.transport.openapi import columns, examples

ROWS = "A name that comes again belongs to the next row."
_PIXELS: Json = {
    "type": "string",
    "format": "binary",  # which pages that show a document still look for
    "contentMediaType": "application/octet-stream",
}


def schemas(contract: Contract) -> dict[str, Json]:
    """Return the schema of each column's text, by name; empty where there are too many."""
    if not contract.has_rows or examples.is_wide(contract):
        return {}
    return {
        name: _field(feature, name)
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
    given = values(contract)
    return [_argument(name, schema, given) for name, schema in schemas(contract).items()]


def images(contract: Contract) -> dict[str, Json]:
    """Return the parts of multipart that are image files, by name; empty where none is taken."""
    if contract.image is not None:
        return {"image": _files(f"a row is {_size(contract.image.size, contract.image.mode)}")}
    return {
        name: _files(f"{feature.name} is {_size(feature.image.size, feature.image.mode)}")
        for feature in contract.features
        if feature.image is not None
        for name in feature_names([feature])
    }


def says(contract: Contract) -> str:
    """Return how columns can be sent without a message, as sentences; "" where they cannot."""
    if not contract.has_rows:
        return ""
    names = feature_names(contract.features)
    known = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
    by_image = " Images can be sent as files of multipart/form-data." if images(contract) else ""
    return f"Columns can also be sent by name, {known}, as a query or a form. {ROWS}{by_image}"


def _field(feature: Feature, name: str) -> Json:
    if feature.dtype is Dtype.IMAGE or feature.shape:
        return {
            "type": "string",
            "title": name,
            "description": f"a JSON list of shape {list(feature.shape)}",
        }
    return columns.value(feature, name)


def _argument(name: str, schema: Json, given: Mapping[str, Json]) -> Json:
    example = {"example": given[name]} if name in given else {}
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {
            key: item for key, item in schema.items() if key not in ("title", "description")
        },
        **({"description": schema["description"]} if "description" in schema else {}),
        **example,
    }


def _files(what: str) -> Json:
    return {
        "type": "array",
        "items": _PIXELS,
        "description": f"PNG or JPEG files, one for each row, of any size; {what}",
    }


def _size(size: tuple[int, int], mode: str) -> str:
    width, height = size
    return f"{width} by {height} pixels, {mode}"
