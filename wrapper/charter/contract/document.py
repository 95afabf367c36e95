"""A contract as a page for people, in Markdown. Pure; no files here."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from charter.contract.generate import generate
from charter.contract.model import (
    Contract,
    Dtype,
    Feature,
    ImageRule,
    Kind,
    Limits,
    feature_names,
    row_shape,
    target_names,
)
from charter.contract.values import interval
from charter.message import Form, Json

URL = "http://localhost:5000/predict"
_SEED = 0
# A page is for people, who read no more.
_MOST_CATEGORIES = 12
# A row of pixels is no example to anyone, where an image is one.
_LONGEST_EXAMPLE = 2000
_PAYLOADS = {
    Form.NDARRAY: "an `ndarray`, a row for each case",
    Form.TENSOR: "a `tensor`, a row for each case",
    Form.JSON: "`jsonData`, any JSON value",
    Form.TEXT: "`strData`, a text",
    Form.BINARY: "`binData`, bytes in base64",
    None: "an array, as `ndarray` or `tensor`, a row for each case",
}


def markdown(contract: Contract, title: str = "") -> str:
    """Return a page about a contract.

    Args:
        contract: what the page is about.
        title: its heading; "" means the `name` that the contract has, or “Contract”.
    """
    name = contract.extra.get("name")
    heading = title or (name if isinstance(name, str) and name else "Contract")
    version = f"Version {contract.version}. " if contract.version else ""
    told = contract.extra.get("description")
    parts = [
        f"# {heading}",
        *([told] if isinstance(told, str) and told else []),
        f"{version}A request is {_PAYLOADS[contract.payload]}.",
        "## Features",
        _table(contract.features, feature_names) if contract.features else _schema(contract),
        "## Targets",
        _table(contract.targets, target_names) if contract.targets else "Nothing is promised.",
        *_limits(contract.limits),
        *_images(contract),
        *_example(contract),
    ]
    return "\n\n".join(parts) + "\n"


def _schema(contract: Contract) -> str:
    if contract.json_schema is None:
        return "Any JSON value is taken."
    return f"A request fits this JSON Schema:\n\n{_block('json', _indented(contract.json_schema))}"


_HEADS = ("name", "type", "values", "unit", "missing values", "description")


def _table(features: Sequence[Feature], names: Callable[[Sequence[Feature]], list[str]]) -> str:
    rows = [
        (
            _columns(feature, names([feature])),
            _type(feature),
            _values(feature),
            _cell(feature.unit),
            _missing(feature),
            _description(feature),
        )
        for feature in features
    ]
    used = [at for at in range(len(_HEADS)) if at < 3 or any(row[at] for row in rows)]
    lines = [_HEADS, ["---"] * len(_HEADS), *rows]
    return "\n".join("| " + " | ".join(line[at] for at in used) + " |" for line in lines)


def _columns(feature: Feature, names: Sequence[str]) -> str:
    if len(names) == 1:
        return _code(names[0])
    return f"{_code(names[0])} to {_code(names[-1])}"


def _type(feature: Feature) -> str:
    words = [feature.dtype.value]
    if feature.kind is Kind.CATEGORICAL and feature.dtype is Dtype.FLOAT:
        words = ["category"]
    if feature.shape:
        words.append(f"of shape {list(feature.shape)}")
    if feature.physical:
        words.append(f"({feature.physical})")
    return " ".join(words)


def _values(feature: Feature) -> str:
    if feature.kind is Kind.CATEGORICAL:
        shown = [_code(_text(value)) for value in feature.values[:_MOST_CATEGORIES]]
        more = len(feature.values) - len(shown)
        return ", ".join(shown) + (f" and {more} more" if more else "")
    said = []
    if feature.pattern is not None:
        said.append(f"matches {_code(feature.pattern)}")
    if feature.max_length is not None:
        what = "bytes" if feature.dtype is Dtype.BYTES else "characters"
        said.append(f"at most {feature.max_length} {what}")
    if (feature.low, feature.high) != (None, None):
        said.append(_range(feature))
    return "; ".join(said) or "any"


def _range(feature: Feature) -> str:
    low, high = interval(feature)[1:-1].split(", ")
    if feature.low is None:
        return f"at most {high}"
    return f"at least {low}" if feature.high is None else f"{low} to {high}"


def _missing(feature: Feature) -> str:
    said = ["null"] if feature.nullable else []
    if feature.default is not None:
        said.append(f"{_code(_text(feature.default))} where a form leaves it out")
    return "; ".join(said)


def _description(feature: Feature) -> str:
    said = [_cell(feature.description)] if feature.description else []
    if feature.example is not None:
        said.append(f"for example {_code(_text(feature.example))}")
    if feature.is_pii:
        said.append("personal data, never logged")
    return "; ".join(said)


def _limits(limits: Limits) -> Iterator[str]:
    said = []
    if limits.rows is not None:
        said.append(f"- at most {limits.rows} rows in a request")
    if limits.bytes is not None:
        said.append(f"- at most {limits.bytes} bytes in the body of a request")
    if limits.latency_ms is not None:
        said.append(f"- a request of one row is answered within {limits.latency_ms:g} ms")
    if said:
        yield "## Limits"
        yield "\n".join(said)


def _images(contract: Contract) -> Iterator[str]:
    """Say how images are sent as files, which no table has room for."""
    rule, names = contract.image, ["image"]
    if rule is None:
        names = [
            name
            for feature in contract.features
            if feature.image is not None
            for name in feature_names([feature])
        ]
    if not names or not contract.has_rows:
        return
    yield "## Images"
    if rule is not None:
        yield f"A PNG or JPEG stands for a whole row: {_pixels(rule)}."
    else:
        yield "A PNG or JPEG is sent as a file, or in base64 as JSON."
    if contract.image or all(each.image is not None for each in contract.features):
        files = [word for name in names for word in ("-F", f"{name}=@image.png")]
        yield _block("sh", shlex.join(["curl", "-s", URL, *files]))


_MODES = {"L": " of grey", "RGB": " in colour", "RGBA": " in colour with transparency"}


def _pixels(rule: ImageRule) -> str:
    width, height = rule.size
    inverted = ", white is 0" if rule.invert else ""
    divided = f", each value divided by {rule.scale:g}" if rule.scale != 1 else ""
    return f"it is scaled to {width} by {height} pixels{_MODES[rule.mode]}{inverted}{divided}"


def _example(contract: Contract) -> Iterator[str]:
    sample = contract.samples[0] if contract.samples else None
    sent = sample.input if sample else _made_up(contract)
    if sent is None:
        return
    request = json.dumps(_body(contract, sent))
    if len(request) > _LONGEST_EXAMPLE and any(_images(contract)):
        return
    yield "## Example"
    words = ["curl", "-s", URL, "-H", "Content-Type: application/json", "-d", request]
    yield _block("sh", shlex.join(words))
    if sample is not None and sample.output is not None:
        yield f"is answered with\n\n{_block('json', json.dumps(_reply(contract, sample.output)))}"
    elif contract.targets:
        values = _rows(contract.targets)
        reply = json.dumps(_reply(contract, values))
        yield f"is answered with an array like this one\n\n{_block('json', reply)}"


def _made_up(contract: Contract) -> Json:
    """Return what a request may hold; `None` for any JSON, which no one can make up."""
    if contract.payload is Form.JSON or not contract.features:
        return None
    row = _rows(contract.features)
    return row if contract.has_rows else row[0]


def _rows(features: Sequence[Feature]) -> list[Json]:
    row: list[Json] = generate(features, 1, np.random.default_rng(_SEED))[0].tolist()
    return [_whole(value) for value in row]


def _whole(value: Json) -> Json:
    """Return whole numbers as such: beside other types, numpy keeps them as floats."""
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if type(value) is float and value.is_integer() else value


def _body(contract: Contract, sent: Json) -> Mapping[str, Json]:
    if contract.payload is Form.JSON:
        return {"jsonData": sent}
    if contract.payload is Form.TEXT:
        return {"strData": sent}
    if contract.payload is Form.BINARY:
        return {"binData": sent}
    return _array(contract, contract.features, feature_names, sent)


def _reply(contract: Contract, row: Json) -> Mapping[str, Json]:
    if not isinstance(row, list):
        return _body(contract, row) if not contract.has_rows else {"data": {"ndarray": [row]}}
    return {**_array(contract, contract.targets, target_names, row), "meta": {}}


def _array(
    contract: Contract,
    features: Sequence[Feature],
    names: Callable[[Sequence[Feature]], list[str]],
    row: Json,
) -> Mapping[str, Json]:
    named: dict[str, Any] = {}
    # Names are of columns; what has a shape has none for each.
    if features and not any(each.shape for each in features):
        named = {"names": names(features)}
    if contract.payload is not Form.TENSOR:
        return {"data": {**named, "ndarray": [row]}}
    shape = [1, *(row_shape(features) if features else np.shape(row))]
    return {"data": {**named, "tensor": {"shape": shape, "values": np.ravel(row).tolist()}}}


def _block(kind: str, text: str) -> str:
    return f"```{kind}\n{text}\n```"


def _indented(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _code(text: str) -> str:
    """Return text as code in a cell of a table, whatever is in it."""
    said = _cell(text) or '""'
    ticks = "`" * (max(map(len, re.findall("`+", said)), default=0) + 1)
    # CommonMark takes off one space, without which the ticks would run together.
    space = " " if said.startswith("`") or said.endswith("`") else ""
    return f"{ticks}{space}{said}{space}{ticks}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
