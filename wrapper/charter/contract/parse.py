"""From a parsed `contract.json` to a `Contract`; every error names its place. Pure; no files here.

A contract is a JSON object with two lists, `features` and `targets`, as Seldon Core's tester reads
it: `{"name", "ftype", "dtype", "range", "values", "repeat", "shape"}`. What Charter adds may be
left out, and other keys are kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from charter.contract import reading
from charter.contract.feature import parse_feature
from charter.contract.model import (
    Contract,
    Dtype,
    Feature,
    ImageRule,
    Input,
    Limits,
    Sample,
    row_shape,
)
from charter.contract.reading import Entry
from charter.contract.schema import check as check_schema
from charter.contract.values import is_number
from charter.errors import StartError, shown
from charter.message import Form, Json

_PAYLOADS = {
    "ndarray": Form.NDARRAY,
    "tensor": Form.TENSOR,
    "jsonData": Form.JSON,
    "strData": Form.TEXT,
    "binData": Form.BINARY,
}
_SINGLE = {Form.TEXT: "strData", Form.BINARY: "binData"}
KEYS = frozenset(
    {
        *("features", "targets", "version", "payload", "jsonSchema", "limits", "samples"),
        *("input", "image"),
    }
)
LIMIT_KEYS = frozenset({"rows", "bytes", "latency_ms"})
SAMPLE_KEYS = frozenset({"input", "output"})


def parse(document: Json) -> Contract:
    """Return the contract of a parsed `contract.json`.

    Raises:
        StartError: it is not a contract; the message starts with the place.
    """
    if not isinstance(document, dict):
        raise StartError(f"expected an object with features and targets, got {shown(document)}")
    entry = Entry(document, "")
    payload = entry.choice("payload", _PAYLOADS)
    features = _list(document, "features", is_required=payload is not Form.JSON)
    contract = Contract(
        features=features,
        targets=_list(document, "targets"),
        version=_version(entry),
        payload=payload,
        json_schema=_json_schema(document),
        limits=_limits(entry),
        samples=_samples(document),
        input=entry.choice("input", {each.value: each for each in Input}) or Input.ARRAY,
        image=entry.image("image"),
        extra={key: value for key, value in document.items() if key not in KEYS},
    )
    _check_payload(contract)
    _check_image(contract.image, features)
    return contract


def _list(
    document: Mapping[str, Json], key: str, *, is_required: bool = False
) -> tuple[Feature, ...]:
    if key not in document:
        raise StartError(f"{key}: missing")
    entries = document[key]
    if not isinstance(entries, list):
        raise StartError(f"{key}: expected a list, got {shown(entries)}")
    if is_required and not entries:
        raise StartError(f"{key}: expected at least one, got an empty list")
    is_input = key == "features"
    parsed = tuple(
        parse_feature(entry, f"{key}[{index}]", is_input=is_input)
        for index, entry in enumerate(entries)
    )
    _check_side_by_side(parsed, key)
    return parsed


def _check_side_by_side(features: Sequence[Feature], place: str) -> None:
    for index, feature in enumerate(features):
        if feature.block[1:] != features[0].block[1:]:
            raise StartError(
                f"{place}[{index}].shape: {list(feature.shape)} does not fit beside "
                f"{list(features[0].shape)} of {place}[0]"
            )


def _version(entry: Entry) -> str:
    """Return the version, which people also write as a number."""
    version = entry.found.get("version", "")
    return str(version) if is_number(version) else entry.text("version")


def _json_schema(document: Mapping[str, Json]) -> Json:
    """Return the schema, which is one by its own rules."""
    if "jsonSchema" not in document:
        return None
    schema = document["jsonSchema"]
    if not isinstance(schema, dict):
        raise StartError(f"jsonSchema: expected an object, got {shown(schema)}")
    check_schema(schema)
    return schema


def _limits(document: Entry) -> Limits:
    entry = document.inner("limits", LIMIT_KEYS)
    if entry is None:
        return Limits()
    return Limits(entry.count("rows"), entry.count("bytes"), entry.positive("latency_ms"))


def _samples(document: Mapping[str, Json]) -> tuple[Sample, ...]:
    found = document.get("samples", [])
    if not isinstance(found, list):
        raise StartError(f"samples: expected a list, got {shown(found)}")
    return tuple(_sample(each, f"samples[{index}]") for index, each in enumerate(found))


def _sample(found: Json, place: str) -> Sample:
    entry = Entry(reading.mapping(found, place, SAMPLE_KEYS), place)
    if "input" not in entry.found:
        raise StartError(f"{place}.input: missing")
    return Sample(entry.found["input"], entry.found.get("output"))


def _check_payload(contract: Contract) -> None:
    """Check that what travels as one text, or as bytes, is one feature of that type."""
    if contract.json_schema is not None and contract.payload is not Form.JSON:
        raise StartError('jsonSchema: needs "payload": "jsonData"')
    if contract.payload in _SINGLE and not _is_single(contract):
        columns = row_shape(contract.features)[0]
        word = _SINGLE[contract.payload]
        raise StartError(f"payload: {word} holds a single value, and there are {columns} columns")


def _is_single(contract: Contract) -> bool:
    """Return whether the features are one value: of one column, or one image as its file."""
    first, *others = contract.features
    is_file = contract.payload is Form.BINARY and first.dtype is Dtype.IMAGE
    if is_file and not others and first.repeat in (None, 1):
        return True
    return row_shape(contract.features) == (1,)


def _check_image(rule: ImageRule | None, features: Sequence[Feature]) -> None:
    if rule is None or not features:
        return
    pixels, columns = math.prod(rule.shape), math.prod(row_shape(features))
    if pixels != columns:
        raise StartError(
            f"image: {rule.mode} of {list(rule.size)} has {pixels} values, "
            f"and a row of the features has {columns}"
        )
