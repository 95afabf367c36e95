"""From a parsed `contract.json` to a `Contract`; every error names its place. Pure; no files here.

A contract is a JSON object with two lists, `features` and `targets`, as Seldon Core's tester reads
it: `{"name", "ftype", "dtype", "range", "values", "repeat", "shape"}`. What Charter adds may be
left out, and other keys are kept; docs/contract.md says how old files stay readable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from charter.contract import schema
from charter.contract.feature import parse_feature
from charter.contract.model import (
    WORDS,
    Contract,
    Feature,
    Input,
    Limits,
    Sample,
    feature_names,
    target_names,
)
from charter.contract.reading import Entry, mapping
from charter.contract.values import is_finite
from charter.contract.whole import check_columns, check_parts
from charter.errors import StartError, shown
from charter.message import Form, Json

PAYLOADS = {
    WORDS[form]: form for form in (Form.NDARRAY, Form.TENSOR, Form.JSON, Form.TEXT, Form.BINARY)
}
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
    payload = entry.choice("payload", PAYLOADS)
    contract = Contract(
        features=_list(entry, "features", feature_names, is_required=payload is not Form.JSON),
        targets=_list(entry, "targets", target_names),
        version=_version(entry),
        payload=payload,
        json_schema=_json_schema(entry),
        limits=_limits(entry),
        samples=_samples(entry),
        input=entry.choice("input", {each.value: each for each in Input}) or Input.ARRAY,
        image=entry.image("image"),
        extra=_extra(entry),
    )
    check_parts(contract)
    return contract


def _list(
    document: Entry,
    key: str,
    unfold: Callable[[Sequence[Feature]], list[str]],
    *,
    is_required: bool = False,
) -> tuple[Feature, ...]:
    if not document.has(key):
        raise StartError(f"{key}: missing")
    entries = document.items(key)
    if is_required and not entries:
        raise StartError(f"{key}: expected at least one, got an empty list")
    is_input = key == "features"
    parsed = tuple(
        parse_feature(entry, f"{key}[{index}]", is_input=is_input)
        for index, entry in enumerate(entries)
    )
    check_columns(parsed, key, unfold)
    return parsed


def _version(entry: Entry) -> str:
    """Return the version, which people also write as a number."""
    version = entry.found.get("version")
    return str(version) if is_finite(version) else entry.note("version")


def _extra(entry: Entry) -> dict[str, Json]:
    """Return what is not read: unknown keys, and a version that is none."""
    version = entry.found.get("version")
    is_read = isinstance(version, str | None) or is_finite(version)
    known = KEYS if is_read else KEYS - {"version"}
    return {key: value for key, value in entry.found.items() if key not in known}


def _json_schema(entry: Entry) -> Json:
    if entry.has("jsonSchema"):
        schema.check(entry.found["jsonSchema"])
    return entry.found.get("jsonSchema")


def _limits(document: Entry) -> Limits:
    entry = document.inner("limits", LIMIT_KEYS)
    if entry is None:
        return Limits()
    return Limits(entry.count("rows"), entry.count("bytes"), entry.positive("latency_ms"))


def _samples(document: Entry) -> tuple[Sample, ...]:
    return tuple(
        _sample(each, f"samples[{index}]") for index, each in enumerate(document.items("samples"))
    )


def _sample(found: Json, place: str) -> Sample:
    entry = Entry(mapping(found, place, SAMPLE_KEYS), place)
    if "input" not in entry.found:
        raise StartError(f"{place}.input: missing")
    return Sample(entry.found["input"], entry.found.get("output"))
