"""Made-up answers: each a pure function of its row, so that neither batch nor form matters."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from charter.contract.generate import WHOLE, category_array, ends, generate, side_by_side
from charter.contract.model import Contract, Dtype, Feature, Kind, row_shape
from charter.contract.requests import is_list_of_rows
from charter.contract.texts import objects
from charter.contract.values import category, is_number
from charter.message import Form, Json

Keys: TypeAlias = NDArray[np.uint64]
"""A number for each row, shape `(n,)`, that is all its answer is made of."""

_SPREAD = 3.0
"""How far from 0 the numbers of a target without limits go."""
_LEAST_WEIGHT = 1e-9
_NUMERIC = "iufb"
_NONE: Mapping[bytes, Json] = MappingProxyType({})


def known(contract: Contract) -> dict[bytes, Json]:
    """Return the outputs that the samples of a contract promise, by the content of their rows."""
    found: dict[bytes, Json] = {}
    for sample in contract.samples:
        if sample.output is None:
            continue
        is_bytes = contract.payload is Form.BINARY
        asked = base64.b64decode(sample.input) if is_bytes else sample.input
        rows = [asked] if contract.has_rows else _rows(contract, asked)
        if len(rows) == 1:
            found[_content(rows[0])] = sample.output
    return found


def answer(contract: Contract, asked: Any, seed: int, samples: Mapping[bytes, Json] = _NONE) -> Any:
    """Return the answer to a request.

    Args:
        contract: says what comes out.
        asked: an array with rows, a DataFrame, a text, bytes or a JSON value. A list of objects by
            the features has a row in each, any other document is one row.
        seed: other seeds make other answers.
        samples: what `known` returns of the contract.

    Returns:
        The targets' columns, a row for each row, that of a sample where there is one; all
        probabilities of a row together are 1. Without
        targets an array is answered with its values, anything else with a text, bytes or object.
    """
    if hasattr(asked, "to_numpy"):  # a DataFrame; pandas is never imported
        asked = asked.to_numpy(dtype=object)
    contents = _contents(_rows(contract, asked))
    keys = _keys(contents, seed)
    if contract.targets:
        return _sampled(_table(contract.targets, keys), contents, samples)
    if isinstance(asked, np.ndarray):
        return _echo(asked)
    if len(contents) == 1 and contents[0] in samples:
        output = samples[contents[0]]
        return base64.b64decode(output) if isinstance(asked, bytes) else output
    text = f"mock answer {int(keys[0]) if len(keys) else seed:016x}"
    if isinstance(asked, bytes):
        return text.encode()
    return text if isinstance(asked, str) else {"answer": text}


def _rows(contract: Contract, asked: Any) -> Sequence[Any] | NDArray[Any]:
    if isinstance(asked, np.ndarray):
        return np.atleast_1d(asked)
    return asked if is_list_of_rows(contract, asked) else [asked]


def _contents(rows: Sequence[Any] | NDArray[Any]) -> list[bytes]:
    """Return of each row the bytes that its answer follows from."""
    if isinstance(rows, np.ndarray) and rows.dtype.kind in _NUMERIC:
        # Zero has one sign, and what is not a number has one form.
        numbers = rows.reshape(len(rows), math.prod(rows.shape[1:])).astype(np.float64) + 0.0
        numbers[np.isnan(numbers)] = math.nan
        return [row.tobytes() for row in numbers]
    return [_content(row) for row in (rows.tolist() if isinstance(rows, np.ndarray) else rows)]


def _keys(contents: Sequence[bytes], seed: int) -> Keys:
    salt = str(seed).encode()
    digests = [hashlib.blake2b(each, digest_size=8, key=salt).digest() for each in contents]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _content(row: Any) -> bytes:
    """Return the bytes of a row, the same as of an array of numbers where it holds only these."""
    values = _flat([row])
    if all(isinstance(value, float) for value in values):
        return np.array(values, dtype=np.float64).tobytes()
    return json.dumps(values, sort_keys=True).encode()


def _echo(asked: NDArray[Any]) -> NDArray[Any]:
    """Return the values of an array as all forms that carry it have them."""
    if asked.dtype.kind in _NUMERIC:
        return asked.astype(np.float64)
    values = [_canonical(value) for value in asked.ravel().tolist()]
    # The only float that is not itself stands for null.
    return objects([value if value == value else None for value in values]).reshape(asked.shape)


def _flat(row: Sequence[Any]) -> list[Json]:
    found: list[Json] = []
    for value in row:
        found += _flat(value) if isinstance(value, list | tuple) else [_canonical(value)]
    return found


def _canonical(value: Any) -> Json:
    """Return a value as all forms that carry it have it: numbers as floats, null as NaN.

    A number beside text becomes text itself when an array is made of both, so a text that is one
    counts as a number, and the words that numpy has for booleans as these.
    """
    if value is None:
        return math.nan
    if isinstance(value, bool | np.bool_) or is_number(value):
        return float(value) + 0.0
    if isinstance(value, dict):
        return {str(key): _canonical(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(each) for each in value]
    if isinstance(value, bytes):
        return value.hex()
    found = _BOOLEANS.get(str(value), category(str(value)))
    return float(found) + 0.0 if is_number(found) else found


_BOOLEANS = {"True": 1.0, "False": 0.0}


def _table(targets: Sequence[Feature], keys: Keys) -> NDArray[Any]:
    """Return the answers, shape `(n, …)`."""
    shares = _shares(keys, sum(math.prod(target.block) for target in targets))
    if _are_probabilities(targets):
        return _summing_to_one(shares)
    blocks, start = [], 0
    for target in targets:
        stop = start + math.prod(target.block)
        drawn = _block(target, shares[:, start:stop], keys)
        blocks.append(drawn.reshape(len(keys), *target.block))
        start = stop
    return side_by_side(targets, blocks)


def _sampled(
    table: NDArray[Any], contents: Sequence[bytes], samples: Mapping[bytes, Json]
) -> NDArray[Any]:
    """Return the answers with those that samples promise in place of the made-up ones."""
    for row, content in enumerate(contents if samples else ()):
        if content in samples:
            table[row] = np.array(samples[content], dtype=object).reshape(table.shape[1:])
    return table


def _shares(keys: Keys, count: int) -> NDArray[np.float64]:
    """Return numbers from 0 to under 1, shape `(n, count)`, by the generator splitmix64."""
    steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = keys[:, np.newaxis] + steps
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    shares: NDArray[np.float64] = (mixed >> np.uint64(11)) * 2.0**-53
    return shares


def _are_probabilities(targets: Sequence[Feature]) -> bool:
    are_shares = all(
        target.kind is Kind.CONTINUOUS
        and target.dtype is Dtype.FLOAT
        and (target.low, target.high, target.shape) == (0, 1, ())
        for target in targets
    )
    return are_shares and row_shape(targets)[0] > 1


def _summing_to_one(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    # Multiplied and not raised to a power, which differs in the last digit from row to row.
    squares = shares * shares
    weights: NDArray[np.float64] = squares * squares + _LEAST_WEIGHT
    probabilities: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return probabilities


def _block(target: Feature, shares: NDArray[np.float64], keys: Keys) -> NDArray[Any]:
    """Return the values of one target, shape `(n, columns)` or that of its block."""
    if target.kind is Kind.CATEGORICAL:
        chosen = (shares * len(target.values)).astype(np.intp)
        return category_array(target.values)[chosen]
    if target.kind is Kind.CONTINUOUS:
        return _numbers(target, shares)
    said = [dataclasses.replace(target, nullable=False)]
    drawn = [generate(said, 1, np.random.default_rng(int(key))) for key in keys]
    return np.concatenate(drawn) if drawn else np.empty((0, *target.block), dtype=object)


def _numbers(target: Feature, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    least, most = ends(target)
    if math.isfinite(least) and math.isfinite(most):
        numbers = least * (1 - shares) + most * shares
    elif math.isfinite(least):
        numbers = least + shares / (1 - shares)
    elif math.isfinite(most):
        numbers = most - shares / (1 - shares)
    else:
        numbers = (2 * shares - 1) * _SPREAD
    whole = np.floor(numbers + 0.5) if target.dtype in WHOLE else numbers
    return np.clip(whole, least, most)
