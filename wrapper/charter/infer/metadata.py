"""Features and targets from what `init_metadata()` says of a model's inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from charter.component import seldon_types
from charter.infer.draft import Described, numbers
from charter.message import Json

# The names of the Open Inference Protocol, each with the numpy name where that says something.
_DATATYPES: Mapping[str, tuple[str, str | None]] = {
    "FP16": ("FLOAT", "float16"),
    "FP32": ("FLOAT", "float32"),
    "FP64": ("FLOAT", None),
    "INT64": ("INT", None),
    **{f"INT{bits}": ("INT", f"int{bits}") for bits in (8, 16, 32)},
    **{f"UINT{bits}": ("INT", f"uint{bits}") for bits in (8, 16, 32, 64)},
    "BOOL": ("BOOL", None),
    "BYTES": ("STRING", None),
}


def features(user: object) -> Described | None:
    """Return the features that a model's metadata name; `None` where they name none."""
    return _described(user, "inputs")


def targets(user: object) -> Described | None:
    """Return the targets that a model's metadata name; `None` where they name none."""
    return _described(user, "outputs")


def _described(user: object, key: str) -> Described | None:
    entries = [entry for item in _items(user, key) for entry in _entries(item)]
    return Described(tuple(entries)) if entries else None


def _items(user: object, key: str) -> Sequence[Any]:
    function = seldon_types.member(user, "init_metadata")
    if not callable(function):
        return []
    try:
        said = function()
    except Exception as error:
        if not seldon_types.is_not_implemented(error):
            raise
        return []
    items = said.get(key) if isinstance(said, Mapping) else None
    return items if isinstance(items, Sequence) and not isinstance(items, str) else []


def _entries(item: Any) -> list[dict[str, Json]]:
    if not isinstance(item, Mapping):
        return []
    if "datatype" in item:
        dtype, physical = _DATATYPES.get(str(item["datatype"]), ("FLOAT", None))
        shape = _lengths(item.get("shape"), has_rows=True)
        return [shaped(_entry(str(item.get("name", "x")), dtype, physical), shape)]
    schema = item.get("schema")
    if not isinstance(schema, Mapping):
        return []
    names, shape = schema.get("names"), _lengths(schema.get("shape"), has_rows=False)
    if isinstance(names, Sequence) and not isinstance(names, str) and names:
        return [numbers(str(name)) for name in names]
    return [shaped(numbers("x"), shape)] if shape else []


def _entry(name: str, dtype: str, physical: str | None) -> dict[str, Json]:
    if dtype in ("BOOL", "STRING"):
        return {"name": name, "dtype": dtype}
    return numbers(name, whole=dtype == "INT", physical=physical)


def shaped(entry: dict[str, Json], shape: Sequence[int]) -> dict[str, Json]:
    """Return a feature that takes a shape in each row: one column, several, or a block."""
    if len(shape) > 1:
        return {**entry, "shape": list(shape)}
    return {**entry, "repeat": shape[0]} if shape and shape[0] > 1 else entry


def _lengths(shape: Any, *, has_rows: bool) -> list[int]:
    """Return the shape of one row.

    Seldon Core's schemas have that itself, such as [4]; in the Open Inference Protocol, and before
    any -1, the first length is the number of rows.
    """
    if not isinstance(shape, Sequence) or isinstance(shape, str):
        return []
    lengths = list(shape)
    if len(lengths) > 1 and (has_rows or lengths[0] == -1):
        lengths = lengths[1:]
    return [length for length in lengths if type(length) is int and length > 0]
