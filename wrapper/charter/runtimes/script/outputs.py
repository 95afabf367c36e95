"""From what a script has printed to what `predict` returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from charter.codecs import json_text
from charter.contract.model import Contract, Dtype, Feature, row_shape, target_names
from charter.errors import BadPayload, ComponentError, shown
from charter.message import Json
from charter.runtimes.script.options import AUTO

_SINGLE = {Dtype.STRING: "text", Dtype.BYTES: "binary"}


def kind_of(wanted: str, contract: Contract | None) -> str:
    """Return what a script prints: as wanted, or by the contract; `auto`: JSON if it is JSON."""
    targets = contract.targets if contract is not None else ()
    if wanted != AUTO or not targets:
        return wanted
    is_single = row_shape(targets) == (1,)
    return _SINGLE.get(targets[0].dtype, "json") if is_single else "json"


def nothing(targets: Sequence[Feature]) -> Any:
    """Return the answer to no rows, for which no script needs to run."""
    return np.empty((0, *(row_shape(targets) if targets else ())))


def result(
    name: str, output: bytes, kind: str, targets: Sequence[Feature], rows: int | None
) -> Any:
    """Return what a script has printed as a component returns it.

    Args:
        name: of the script, for messages.
        output: what it has printed.
        kind: what that is: `auto`, `json`, `text` or `binary`.
        targets: of the contract, by which values are put in rows; may be empty.
        rows: how many the request had; `None` where it was no table.

    Raises:
        ComponentError: it has printed nothing, or something else.
    """
    if kind == "binary" and output:
        return output
    text = _text(name, output)
    if kind == "text":
        return _lines(text) if targets and rows is not None else text
    found = _json(text, lenient=kind == AUTO, name=name)
    if isinstance(found, str) or found is None or isinstance(found, bool):
        return found if isinstance(found, str) else text
    if not isinstance(found, dict | list):
        return [[found]]
    return _shaped(name, found, targets, rows) if targets else found


def _text(name: str, output: bytes) -> str:
    try:
        text = output.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ComponentError(
            f"{name} printed bytes that are no text: {shown(output[error.start :][:20])} at byte "
            f"{error.start}; for bytes choose the output binary"
        ) from error
    if not text.strip():
        raise ComponentError(f"{name} printed nothing; expected its result on stdout")
    return text.rstrip("\r\n")


def _lines(text: str) -> list[list[str]]:
    """Return a row for each line."""
    return [[line.rstrip("\r")] for line in text.split("\n")]


def _json(text: str, *, lenient: bool, name: str) -> Json:
    """Return the JSON that a text is, or the list of what its lines are; leniently, the text."""
    try:
        return _loaded(text)
    except BadPayload as error:
        problem = error.message.removeprefix("body: ")
    lines = [line for line in text.split("\n") if line.strip()]
    try:
        if len(lines) > 1:
            return [_loaded(line) for line in lines]
    except BadPayload:
        pass  # the text as a whole is what is told of
    if lenient:
        return text
    raise ComponentError(f"{name} printed {shown(text)}; expected JSON: {problem}")


def _loaded(text: str) -> Json:
    return json_text.loads_exact(text.encode(), allow_nan=True)


def _shaped(name: str, found: Json, targets: Sequence[Feature], rows: int | None) -> Json:
    """Return numbers and objects as rows of the targets; what is no such thing as it is."""
    names = target_names(targets)
    columns, *more = row_shape(targets)
    if isinstance(found, dict):
        return found if rows is None else [_row(name, found, names)]
    if rows is not None and found and all(isinstance(each, dict) for each in found):
        return [_row(name, each, names) for each in found]
    if more or any(isinstance(each, dict | list) for each in found):
        return found
    if columns == 1:
        return [[each] for each in found]
    return [found] if len(found) == columns and rows in (None, 1) else found


def _row(name: str, found: dict[str, Json], names: Sequence[str]) -> list[Json]:
    missing = [each for each in names if each not in found]
    if missing:
        expected = f"expected the targets {', '.join(names)}"
        raise ComponentError(f"{name} printed an object without {missing[0]!r}; {expected}")
    return [found[each] for each in names]
