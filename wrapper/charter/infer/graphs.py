"""Features and targets from the graph of an ONNX file; its weights are not looked at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from charter.errors import StartError
from charter.infer.draft import Draft, is_unlimited, numbers
from charter.infer.metadata import shaped
from charter.message import Json

if TYPE_CHECKING:
    import onnx

SUFFIX = ".onnx"
_MISSING = "reading ONNX files needs the package onnx: pip install 'charter[onnx]'"
# onnx.TensorProto.DataType by name, each with the numpy name where that says something.
_NUMBERS: Mapping[str, tuple[bool, str | None]] = {
    "FLOAT": (False, "float32"),
    "FLOAT16": (False, "float16"),
    "BFLOAT16": (False, None),
    "DOUBLE": (False, None),
    "INT64": (True, None),
    **{f"INT{bits}": (True, f"int{bits}") for bits in (8, 16, 32)},
    **{f"UINT{bits}": (True, f"uint{bits}") for bits in (8, 16, 32, 64)},
}
_OTHERS = {"BOOL": "BOOL", "STRING": "STRING"}
# What these give lies between 0 and 1.
_BOUNDED = frozenset({"Softmax", "Sigmoid", "HardSigmoid"})


def draft(path: Path) -> Draft:
    """Return a contract from an ONNX file.

    Raises:
        StartError: it cannot be read, the package is missing, or an input is no tensor.
    """
    graph = _read(path).graph
    given = {each.name for each in graph.initializer}
    inputs = [each for each in graph.input if each.name not in given]
    if not inputs:
        raise StartError(f"{path}: expected an input at least, got none")
    notes: list[str] = []
    features = [_entry(each, "features", at, notes) for at, each in enumerate(inputs)]
    tensors = [each for each in graph.output if each.type.HasField("tensor_type")]
    notes += [
        f"targets: left out, for it is no tensor: {each.name}"
        for each in graph.output
        if not each.type.HasField("tensor_type")
    ]
    bounded = {name for node in graph.node if node.op_type in _BOUNDED for name in node.output}
    targets = [
        _bounded(_entry(each, "targets", at, notes), is_bounded=each.name in bounded)
        for at, each in enumerate(tensors)
    ]
    document: dict[str, Json] = {"features": features, "targets": targets, **_rows(inputs, notes)}
    return Draft(
        document, (*notes, *_unlimited(features, "features"), *_unlimited(targets, "targets"))
    )


def _read(path: Path) -> onnx.ModelProto:
    try:
        import onnx
        from google.protobuf.message import DecodeError
    except ImportError as error:
        raise StartError(_MISSING) from error
    try:
        return onnx.load(str(path), load_external_data=False)
    except OSError as error:
        raise StartError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    except DecodeError as error:
        raise StartError(f"{path}: no ONNX file: {error}") from error


def _entry(value: Any, place: str, at: int, notes: list[str]) -> dict[str, Json]:
    from onnx import TensorProto

    if not value.type.HasField("tensor_type"):
        raise StartError(f"{place}[{at}]: expected a tensor, {value.name!r} is none")
    kind = TensorProto.DataType.Name(value.type.tensor_type.elem_type)
    if kind in _NUMBERS:
        whole, physical = _NUMBERS[kind]
        entry = numbers(value.name, whole=whole, physical=physical)
    elif kind in _OTHERS:
        entry = {"name": value.name, "dtype": _OTHERS[kind]}
    else:
        raise StartError(f"{place}[{at}]: no type of a contract fits {kind} of {value.name!r}")
    lengths = _lengths(value)[1:]
    if any(length is None for length in lengths):
        open_ones = [f"{at}" for at, length in enumerate(lengths, 1) if length is None]
        notes.append(
            f"{place}[{at}].shape: axis {', '.join(open_ones)} of {value.name} is of any length; "
            f"1 stands there, write the length that you send"
        )
    described = {"description": value.doc_string} if value.doc_string else {}
    return {**shaped(entry, [1 if length is None else length for length in lengths]), **described}


def _lengths(value: Any) -> list[int | None]:
    """Return the length of each axis; `None` where it is symbolic."""
    dims = value.type.tensor_type.shape.dim
    return [dim.dim_value if dim.dim_value > 0 else None for dim in dims]


def _rows(inputs: list[Any], notes: list[str]) -> dict[str, Json]:
    """Return the limit of rows, where the first axis of an input is not symbolic."""
    firsts = [lengths[0] for lengths in map(_lengths, inputs) if lengths]
    fixed = [first for first in firsts if first is not None]
    if not fixed:
        return {}
    if fixed[0] != 1:
        notes.append(f"limits.rows: the model takes exactly {fixed[0]} rows at a time, no fewer")
    return {"limits": {"rows": fixed[0]}}


def _bounded(entry: dict[str, Json], *, is_bounded: bool) -> dict[str, Json]:
    return {**entry, "range": [0, 1]} if is_bounded and "range" in entry else entry


def _unlimited(entries: list[dict[str, Json]], place: str) -> list[str]:
    return [
        f"{place}[{at}].range: {entry['name']} has no limits; write the least and the greatest"
        for at, entry in enumerate(entries)
        if is_unlimited(entry)
    ]


def with_data(graph: Draft, data: Draft) -> Draft:
    """Return the contract of a graph with the features of a table, which must have its columns.

    Raises:
        StartError: the table has another number of columns than the graph takes.
    """
    features = graph.document["features"]
    columns = data.document["features"]
    wanted = sum(entry.get("repeat", 1) for entry in features)
    if any("shape" in entry for entry in features) or wanted != len(columns):
        raise StartError(
            f"the model takes {_told(features)}, and the data have {len(columns)} columns; name "
            f"those that are no features with --target"
        )
    physical = [entry.get("physical") for entry in features for _ in range(entry.get("repeat", 1))]
    merged = [
        {**column, **({"physical": name} if name and "range" in column else {})}
        for column, name in zip(columns, physical, strict=True)
    ]
    document = {**graph.document, "features": merged}
    if "samples" in data.document:
        document["samples"] = [{"input": sample["input"]} for sample in data.document["samples"]]
    kept = [
        note
        for note in (*data.notes, *graph.notes)
        if not note.startswith(("features", "targets: none"))
    ]
    return Draft(document, tuple(kept))


def _told(features: list[dict[str, Json]]) -> str:
    if any("shape" in entry for entry in features):
        return f"an array of shape {features[0]['shape']} in a row"
    return f"{sum(entry.get('repeat', 1) for entry in features)} columns"
