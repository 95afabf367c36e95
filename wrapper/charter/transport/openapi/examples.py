"""Examples of requests that the model takes, made of what is known of it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from charter.codecs import json_text, seldon_json
from charter.contract.generate import WHOLE, generate
from charter.contract.model import (
    WORDS,
    Contract,
    Feature,
    Kind,
    feature_names,
    row_shape,
    target_names,
)
from charter.contract.requests import request
from charter.contract.values import is_number
from charter.errors import StartError
from charter.message import Form, Json, Message
from charter.methods import Takes
from charter.transport.openapi.columns import MOST_APART

_ARRAYS = ("ndarray", "tensor", "tftensor")
_SEED = 0


@dataclass(frozen=True, slots=True)
class Model:
    """Say what is known of the model that a document describes.

    Args:
        name: its name; "" where it has none.
        kind: the payload that it takes, one of `ndarray`, `tensor`, `tftensor`, `strData`,
            `binData` and `jsonData`; "" where it does not say.
        names: the names of the columns that it takes; empty where it does not say.
        version: its version; "" where it does not say.
        about: what it does, for people; "" where it does not say.
        contract: what goes in and comes out; `None` where it does not say.
        is_strict: whether what breaks the contract is refused.
        takes_fields: whether columns can be sent by name, as a query or a form.
    """

    name: str = ""
    kind: str = ""
    names: Sequence[str] = ()
    version: str = ""
    about: str = ""
    contract: Contract | None = None
    is_strict: bool = False
    takes_fields: bool = True

    @property
    def fields(self) -> Contract | None:
        """Return the contract whose columns can be sent by name; `None` where none can."""
        return self.contract if self.takes_fields else None


def model(metadata: Mapping[str, Json], name: str, contract: Contract | None = None) -> Model:
    """Return what the metadata and the contract say of a model; the contract comes first.

    Args:
        metadata: those of `init_metadata()`, checked; empty where they are not known.
        name: its name where they have none.
        contract: what goes in and comes out; `None` where that is not said.
    """
    first: Mapping[str, Json] = next(iter(metadata.get("inputs", ())), {})
    kind = first.get("messagetype", "")
    columns = first.get("schema", {}) if kind in _ARRAYS else {}
    versions = filter(None, metadata.get("versions", ()))
    about = _told(contract, "description") or metadata.get("custom", {}).get("description", "")
    return Model(
        name=_told(contract, "name") or metadata.get("name") or name,
        kind=kind,
        names=columns.get("names", ()),
        version=(contract.version if contract else "") or next(versions, ""),
        about=about,
        contract=contract,
    )


def _told(contract: Contract | None, key: str) -> str:
    """Return what a contract tells people under a key; "" where that is nothing."""
    said = contract.extra.get(key) if contract else None
    return said if isinstance(said, str) else ""


def requests(known: Model) -> dict[Takes, dict[str, Json]]:
    """Return the examples of each kind of request by name, the likeliest first.

    A long one stands for all that could be made of it, since a document is read over a network.
    """
    messages = _contracted(known.contract) if known.contract else {}
    messages = messages or _messages(known)
    first = next(iter(messages.values()))
    both = [first] if known.contract and is_wide(known.contract) else [first, first]
    answer = answered(known.contract) if known.contract else first
    reply = {} if answer is None else {"response": answer}
    return {
        Takes.MESSAGE: messages,
        Takes.MESSAGES: {"messages": {"seldonMessages": both}, "list": both},
        Takes.FEEDBACK: {"feedback": {"request": first, **reply, "reward": 1.0}},
    }


def is_wide(contract: Contract) -> bool:
    """Return whether a row has so many values that they are not told one by one."""
    return contract.has_rows and math.prod(row_shape(contract.features)) > MOST_APART


def columns(contract: Contract) -> dict[str, Json]:
    """Return one value for each column of a request, by name, as forms and queries have them.

    It is empty where there are too many columns, or no value can be made.
    """
    if not contract.has_rows or is_wide(contract):
        return {}
    try:
        row = _row(contract)
    except StartError:
        return {}
    values = iter(row)
    return {
        name: [next(values) for _ in range(feature.shape[0])] if feature.shape else next(values)
        for feature in contract.features
        for name in feature_names([feature])
    }


def answered(contract: Contract) -> Json:
    """Return a reply that the contract allows; `None` where it says none that can be made.

    It is the answer of the first sample, whose input is the example of a request, if that has one.
    """
    if not contract.targets:
        return None
    output = contract.samples[0].output if contract.samples and contract.has_rows else None
    try:
        table = (
            np.array([output], object)
            if isinstance(output, list)
            else generate(contract.targets, 1, np.random.default_rng(_SEED))
        )
    except StartError:
        return None
    names = target_names(contract.targets) if table.size <= MOST_APART else ()
    return _written(Message(Form.NDARRAY, table, names))


def _contracted(contract: Contract) -> dict[str, Json]:
    """Return messages that the contract allows, by form; empty where none can be made."""
    try:
        if contract.has_rows:
            return _tables(contract)
        return _single(contract)
    except StartError:  # a pattern or a schema that nothing was found for
        return {}


def _tables(contract: Contract) -> dict[str, Json]:
    """Return one row in each form that it can have; tensors hold no text."""
    row, wide = _row(contract), is_wide(contract)
    names = feature_names(contract.features)
    forms = [contract.payload or Form.NDARRAY, Form.NDARRAY]
    if _are_numbers(row):
        forms += [Form.TENSOR] if wide else [Form.TENSOR, Form.TFTENSOR]
    found = {}
    for form in dict.fromkeys(forms):
        table = np.array([row], object if form is Form.NDARRAY else np.float64)
        found[WORDS[form]] = _written(Message(form, table, () if wide else names))
    return found


def _single(contract: Contract) -> dict[str, Json]:
    """Return a text, bytes or a document."""
    assert contract.payload is not None
    word = WORDS[contract.payload]
    if contract.samples:
        return {word: {word: contract.samples[0].input}}
    return {word: _written(request(contract, 1, np.random.default_rng(_SEED)))}


def _row(contract: Contract) -> list[Json]:
    """Return the values of a row: the first sample, or one that is drawn around the examples."""
    if contract.samples:
        return list(contract.samples[0].input)
    whole = [dataclasses.replace(feature, nullable=False) for feature in contract.features]
    rng = np.random.default_rng(_SEED)
    return [value for feature in whole for value in _block(feature, rng)]


def _block(feature: Feature, rng: np.random.Generator) -> list[Json]:
    drawn: NDArray[Any] = generate([feature], 1, rng)[0]
    if feature.example is not None and not feature.shape:
        return [feature.example] * len(drawn)
    is_whole = feature.kind is Kind.CONTINUOUS and feature.dtype in WHOLE
    values: list[Json] = (drawn.astype(np.int64) if is_whole else drawn).tolist()
    return values


def _are_numbers(row: Sequence[Json]) -> bool:
    """Return whether all values are numbers, in lists or not."""
    return all(_are_numbers(each) if isinstance(each, list) else is_number(each) for each in row)


def _written(message: Message) -> Json:
    document: dict[str, Json] = json_text.loads(seldon_json.encode(message))
    document.pop("meta", None)
    return document


def _messages(known: Model) -> dict[str, Json]:
    row = [float(number) for number, _ in enumerate(known.names or ("a", "b"), start=1)]
    arrays = {
        "ndarray": [row],
        "tensor": {"shape": [1, len(row)], "values": row},
        "tftensor": _tftensor(row),
    }
    names = {"names": list(known.names)} if known.names else {}
    messages: dict[str, Json] = {
        **{kind: {"data": {**names, kind: array}} for kind, array in arrays.items()},
        "strData": {"strData": "text"},
        "binData": {"binData": "Ynl0ZXM="},
        "jsonData": {"jsonData": {"key": ["any", "value"]}},
    }
    # Pages that show a document begin with its first example. The sort keeps the order of the rest.
    return dict(sorted(messages.items(), key=lambda item: item[0] != known.kind))


def _tftensor(row: Sequence[float]) -> Json:
    dim = [{"size": "1"}, {"size": str(len(row))}]
    return {"dtype": "DT_DOUBLE", "tensorShape": {"dim": dim}, "doubleVal": row}
