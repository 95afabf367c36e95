"""Whole requests that fit a contract: random ones, and those at the edges of what it allows. Pure.

What a JSON Schema allows is in `from_schema.py`, single values are in `generate.py`, `extremes.py`.
"""

from __future__ import annotations

import base64
import dataclasses
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.contract import extremes, from_schema
from charter.contract.generate import generate, side_by_side
from charter.contract.model import Contract, Dtype, Feature, Kind, feature_names
from charter.contract.png import png
from charter.contract.values import category
from charter.errors import StartError, shown
from charter.message import ARRAY_FORMS, Form, Json, Message

LARGEST_BATCH = 32
"""So many rows has the largest batch of a contract that does not limit them."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Hold a request at an edge of what a contract allows.

    Args:
        name: which edge, for people: `every number at its least`.
        request: a request that the contract allows; with no rows, for one of zero rows.
    """

    name: str
    request: Message


def request(
    contract: Contract, rows: int, rng: np.random.Generator, form: Form | None = None
) -> Message:
    """Return a random request that fits a contract.

    Args:
        contract: what goes in.
        rows: how many, 0 or more; of no meaning for one text, bytes, or a document by a schema.
        rng: where randomness comes from; the same state gives the same request.
        form: what it carries: NDARRAY, TENSOR, JSON, TEXT or BINARY; `None` means as the contract
            says, or NDARRAY. In a tensor, null is NaN.

    Raises:
        StartError: it cannot be made: text in a tensor, or a pattern or schema that nothing was
            found for; the message starts with the place.
    """
    form = form or contract.payload or Form.NDARRAY
    if form is Form.JSON and contract.json_schema is not None:
        return Message(form, _document(contract, rng))
    if form is Form.JSON and not contract.features:
        return Message(form, _sampled(contract, rng))
    features = _as_sent(contract)
    if form in (Form.TEXT, Form.BINARY):  # neither has a null
        rows, features = 1, tuple(dataclasses.replace(each, nullable=False) for each in features)
    return _carried(features, generate(features, rows, rng), form)


def row_count(contract: Contract, message: Message) -> int:
    """Return how many rows a request has, 0 or more.

    An array has them, and so has a list of objects by the features; all else is one.
    """
    if message.form in ARRAY_FORMS:
        return len(message.value)
    return len(message.value) if is_list_of_rows(contract, message.value) else 1


def is_list_of_rows(contract: Contract, value: Json) -> bool:
    """Return whether a JSON value is a list of objects by the features, one a row."""
    is_by_features = contract.json_schema is None and len(contract.features) > 0
    return is_by_features and isinstance(value, list)


def _as_sent(contract: Contract) -> tuple[Feature, ...]:
    """Return the features, with categories such as "1" as numbers where they go as a tensor."""
    if contract.payload is not Form.TENSOR:
        return contract.features
    return tuple(
        dataclasses.replace(each, values=tuple(map(category, each.values)))
        for each in contract.features
    )


def edges(contract: Contract, rng: np.random.Generator) -> Iterator[Edge]:
    """Yield requests at the edges of what a contract allows, a few however many columns it has.

    Both ends of all ranges, zero, every category, the shortest and longest texts and bytes, null;
    no row, one row, the largest batch. An edge that the contract does not have is left out.

    Args:
        contract: what goes in.
        rng: where what is at no edge comes from.

    Raises:
        StartError: as `request` does.
    """
    if contract.payload is Form.JSON and contract.json_schema is not None:
        yield from _document_edges(contract, rng)
        return
    contract = dataclasses.replace(contract, features=_as_sent(contract))
    if not contract.features:
        yield Edge("one request", request(contract, 1, rng))
        return
    is_single = contract.payload in (Form.TEXT, Form.BINARY)
    if not is_single:
        yield Edge("zero rows", request(contract, 0, rng))
    yield Edge("one row", request(contract, 1, rng))
    form = contract.payload or Form.NDARRAY
    for name, table in _tables(contract, rng):
        if not is_single:
            yield Edge(name, _carried(contract.features, table, form))
            continue
        for row in range(len(table)):
            yield Edge(name, _carried(contract.features, table[row : row + 1], form))
    if not is_single:
        yield Edge("the largest batch", request(contract, _largest(contract), rng))


def _tables(contract: Contract, rng: np.random.Generator) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield tables with all columns that have an edge at it, and the others drawn."""
    chance = random.Random(int(rng.integers(2**63)))  # noqa: S311 - no secret
    for name, extreme in extremes.EDGES.items():
        if name == extremes.NULL and not contract.has_rows and contract.payload is not Form.JSON:
            continue
        found = [extreme(feature, chance) for feature in contract.features]
        rows = max(map(len, found))
        for start in range(0, rows, _largest(contract)):
            count = min(rows - start, _largest(contract))
            blocks = [
                _edge_block(feature, values, range(start, start + count), rng)
                for feature, values in zip(contract.features, found, strict=True)
            ]
            yield name, side_by_side(contract.features, blocks)


def _edge_block(
    feature: Feature, values: Sequence[Json], rows: range, rng: np.random.Generator
) -> NDArray[Any]:
    """Return a block with one of the values in each row, in turn; drawn, where there are none."""
    drawn = generate([feature], len(rows), rng)
    if not values:
        return drawn
    column = extremes.array([values[row % len(values)] for row in rows])
    column = column.reshape(-1, *[1] * (drawn.ndim - 1))
    return np.array(np.broadcast_to(column, drawn.shape))


def _largest(contract: Contract) -> int:
    return contract.limits.rows or LARGEST_BATCH


def _carried(features: Sequence[Feature], table: NDArray[Any], form: Form) -> Message:
    """Return the message of a table in a form; of its first value, where that holds one only."""
    if form is Form.TEXT:
        return Message(form, _text(table.ravel()[0]))
    if form is Form.BINARY:
        return Message(form, _content(features[0], table[0]))
    if form is Form.JSON:
        return Message(form, _objects(features, table))
    assert form in ARRAY_FORMS, f"no request is a {form.value}"
    names = feature_names(features)
    return Message(form, table if form is Form.NDARRAY else _numbers(features, table), names)


def _text(value: Any) -> str:
    found = value.item() if isinstance(value, np.generic) else value
    return found if isinstance(found, str) else str(found)


def _content(feature: Feature, value: NDArray[Any]) -> bytes:
    """Return the bytes of one value: an image as PNG, bytes as they are, the rest as text."""
    if feature.dtype is Dtype.IMAGE:
        return png(value)
    text = _text(value.ravel()[0])
    return base64.b64decode(text) if feature.dtype is Dtype.BYTES else text.encode()


def _objects(features: Sequence[Feature], table: NDArray[Any]) -> list[Json]:
    """Return one object a row, each with a value a column; whole numbers as integers."""
    columns: dict[str, list[Json]] = {}
    start = 0
    for feature in features:
        length = feature.shape[0] if feature.shape else 1
        for name in feature_names([feature]):
            block = table[:, start : start + length]
            columns[name] = _plain(feature, block if feature.shape else block[:, 0])
            start += length
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(feature: Feature, block: NDArray[Any]) -> list[Json]:
    if feature.kind is Kind.CONTINUOUS and feature.dtype is not Dtype.FLOAT:
        # Python's integers, for some are beyond those of numpy.
        block = np.frompyfunc(lambda each: each if each is None else int(each), 1, 1)(block)
    found: list[Json] = block.tolist()
    return found


def _numbers(features: Sequence[Feature], table: NDArray[Any]) -> NDArray[Any]:
    """Return a table as numbers, with NaN for null."""
    if table.dtype.kind in "iuf":
        return table
    for index, feature in enumerate(features):
        text = next((value for value in feature.values if isinstance(value, str)), None)
        is_text = feature.kind is Kind.OPEN
        if text is not None or is_text:
            what = (
                f".values: {shown(text)} is" if text is not None else f": {feature.dtype.value} is"
            )
            raise StartError(f"features[{index}]{what} no number, and a tensor holds nothing else")
    return table.astype(np.float64)


def _sampled(contract: Contract, rng: np.random.Generator) -> Json:
    """Return the input of a sample; of a contract that has none, an empty object."""
    if not contract.samples:
        return {}
    return contract.samples[int(rng.integers(len(contract.samples)))].input


def _document(contract: Contract, rng: np.random.Generator) -> Json:
    """Return a document that the schema allows: a sample, one that stands there, or one drawn."""
    if contract.samples:
        index = int(rng.integers(len(contract.samples)))
        found = contract.samples[index].input
        problem = from_schema.problem(contract.json_schema, found)
        if problem:
            raise StartError(f"samples[{index}].input: {problem}")
        return found
    return from_schema.draw(contract.json_schema, rng)


def _document_edges(contract: Contract, rng: np.random.Generator) -> Iterator[Edge]:
    for index, sample in enumerate(contract.samples):
        if not from_schema.problem(contract.json_schema, sample.input):
            yield Edge(f"samples[{index}]", Message(Form.JSON, sample.input))
    for name, found in from_schema.extremes(contract.json_schema, rng):
        yield Edge(name, Message(Form.JSON, found))
