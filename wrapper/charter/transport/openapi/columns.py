"""Features and targets of a contract as JSON Schema 2020-12: a value, a row, a tensor, names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from charter.contract.model import Dtype, Feature, feature_names, row_shape
from charter.contract.values import interval
from charter.message import Json

MOST_APART = 100
"""So many columns are described one by one; of more, those that are equal are described once."""
# What Python's regular expressions have and those of JSON Schema, ECMA-262, have not.
_OWN_SYNTAX = re.compile(r"\(\?[^:=!<]|\(\?<[^=!]|\\[AZ]|[*+?}]\+")


def value(feature: Feature, title: str = "") -> Json:
    """Return the schema of one value of a feature, without its shape.

    Args:
        feature: whose value.
        title: the name of its column; by default its own.
    """
    schema = _categories(feature) if feature.values else _OF_DTYPE[feature.dtype](feature)
    if feature.nullable:
        schema = _or_null(schema)
    says = _says(feature)
    return {
        "title": title or _title(feature),
        **schema,
        **({"description": says} if says else {}),
        **({"x-unit": feature.unit} if feature.unit else {}),
        **({} if feature.default is None else {"default": feature.default}),
        **({} if feature.example is None else {"examples": [feature.example]}),
    }


def row(features: Sequence[Feature]) -> Json:
    """Return the schema of one row: a list with an item for each place on its first axis.

    Equal columns at its end are said once, and so are many equal ones before the end; then which
    column has which schema is left open.
    """
    columns = row_shape(features)[0]
    length = {"type": "array", "minItems": columns, "maxItems": columns}
    last = features[-1].block[0]
    lead = features if last == 1 else features[:-1]
    if sum(feature.block[0] for feature in lead) > MOST_APART:
        return {**length, "items": _any_of([_column(feature) for feature in features])}
    apart = [column for feature in lead for column in _columns(feature)]
    return {
        **length,
        **({"prefixItems": apart} if apart else {}),
        "items": False if last == 1 else _column(features[-1]),
    }


def tensor(features: Sequence[Feature], rows: Json) -> Json:
    """Return the schema of a tensor: its shape, and its values one after the other.

    Args:
        features: what lies side by side in each row.
        rows: the schema of how many rows there are.
    """
    dims = [{"enum": [length, -1]} for length in row_shape(features)]
    shape = {
        "type": "array",
        "prefixItems": [rows, *dims],
        "items": False,
        "minItems": len(dims) + 1,
        "description": "rows, and the shape of a row; one -1 stands for what is left",
    }
    values = {"type": "array", "items": _any_of([value(feature) for feature in features])}
    return {
        "type": "object",
        "description": "Row-major values with their shape.",
        "properties": {"shape": shape, "values": values},
        "required": ["shape", "values"],
    }


def names(known: Sequence[str]) -> Json:
    """Return the schema of the names of columns, each of which must be there; or none."""
    is_short = len(known) <= MOST_APART
    text: Json = {"enum": list(known)} if is_short else {"type": "string"}
    says = ", ".join(known) if is_short else f"{known[0]} to {known[-1]}"
    return {
        "type": ["array", "null"],
        "items": text,
        "maxItems": len(known),
        "uniqueItems": True,
        "description": f"names of the columns, all or none: {says}",
    }


def _column(feature: Feature, title: str = "") -> Json:
    """Return the schema of what stands at one place on the first axis of a row."""
    schema = value(feature, title)
    for length in reversed(feature.block[1:]):
        schema = {"type": "array", "items": schema, "minItems": length, "maxItems": length}
    return schema


def _columns(feature: Feature) -> list[Json]:
    if feature.shape:
        return [_column(feature)] * feature.block[0]
    return [_column(feature, name) for name in feature_names([feature])]


def _any_of(schemas: Sequence[Json]) -> Json:
    different = list({str(schema): schema for schema in schemas}.values())
    return different[0] if len(different) == 1 else {"anyOf": different}


def _title(feature: Feature) -> str:
    if feature.repeat is None:
        return feature.name
    columns = feature_names([feature])
    return f"{columns[0]} to {columns[-1]}"


def _says(feature: Feature) -> str:
    is_ranged_text = feature.dtype is Dtype.DATETIME and (feature.low, feature.high) != (None, None)
    has_own_pattern = feature.pattern is not None and _ecma(feature.pattern) is None
    parts = [
        feature.description.strip().rstrip("."),
        f"in {feature.unit}" if feature.unit else "",
        f"in {interval(feature)}" if is_ranged_text else "",
        f"matches {feature.pattern} of Python" if has_own_pattern else "",
        "personal data" if feature.is_pii else "",
    ]
    return "; ".join(filter(None, parts))


def _or_null(schema: Json) -> Json:
    kind = schema.get("type")
    kinds = {"type": [kind, "null"]} if kind else {}
    values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, **kinds, **values}


def _categories(feature: Feature) -> Json:
    if set(map(type, feature.values)) == {bool} and len(set(feature.values)) == 2:
        return {"type": "boolean"}
    return {"enum": list(feature.values)}


def _number(kind: str) -> Callable[[Feature], Json]:
    def schema(feature: Feature) -> Json:
        ends = {"minimum": feature.low, "maximum": feature.high}
        return {"type": kind, **{key: _plain(end) for key, end in ends.items() if end is not None}}

    return schema


def _plain(number: float) -> float:
    """Return whole numbers without a fraction, as people write them."""
    is_small = math.isfinite(number) and abs(number) < 2**53
    return int(number) if is_small and number == int(number) else number


def _text(feature: Feature) -> Json:
    pattern = None if feature.pattern is None else _ecma(feature.pattern)
    return {
        "type": "string",
        **({} if feature.max_length is None else {"maxLength": feature.max_length}),
        **({} if pattern is None else {"pattern": pattern}),
    }


def _ecma(pattern: str) -> str | None:
    """Return a pattern that the whole text must match as JSON Schema has it; `None`: it cannot."""
    return None if _OWN_SYNTAX.search(pattern) else f"^(?:{pattern})$"


def _bytes(feature: Feature) -> Json:
    most = {} if feature.max_length is None else {"maxLength": -(-feature.max_length // 3) * 4}
    return {"type": "string", "contentEncoding": "base64", **most}


def _time(_: Feature) -> Json:
    return {"type": "string", "format": "date-time"}


_OF_DTYPE: Mapping[Dtype, Callable[[Feature], Json]] = {
    Dtype.FLOAT: _number("number"),
    Dtype.INT: _number("integer"),
    Dtype.IMAGE: _number("integer"),
    Dtype.STRING: _text,
    Dtype.BYTES: _bytes,
    Dtype.DATETIME: _time,
    Dtype.BOOL: lambda _: {"type": "boolean"},
}
