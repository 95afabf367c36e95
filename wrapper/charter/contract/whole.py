"""Whether the parts of a contract go together: columns, payload, image and samples. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from charter.contract import schema
from charter.contract.model import Contract, Dtype, Feature, ImageRule, Input, Kind, row_shape
from charter.contract.rows import answer_misfit, check_row, check_value
from charter.contract.values import category, interval, is_number
from charter.errors import StartError, shown
from charter.message import Form, Json

# 80 MB as float64; a row of an image of 1000 by 1000 pixels in colour has 3 million values.
MOST_VALUES = 10_000_000
# Each has a name of its own; an image of 224 by 224 pixels in colour has 150,528.
MOST_COLUMNS = 250_000
_PIXEL_MOST = 255
_SINGLE = {Form.TEXT: ("strData", "a text"), Form.BINARY: ("binData", "bytes")}
_FILE = Feature("file", Kind.OPEN, Dtype.BYTES)


def check_columns(
    features: Sequence[Feature], place: str, unfold: Callable[[Sequence[Feature]], list[str]]
) -> None:
    """Check that features make rows: shapes side by side, not too many values, names that differ.

    Args:
        features: what to check.
        place: the key that they stand under.
        unfold: returns the names of their columns.

    Raises:
        StartError: they make none.
    """
    _check_side_by_side(features, place)
    _check_names(features, place, unfold)


def check_parts(contract: Contract) -> None:
    """Check that the parts of a contract go together, each of which is right by itself.

    Raises:
        StartError: they do not; the message starts with the place.
    """
    for check in (_check_payload, _check_input, _check_image, _check_samples):
        check(contract)


def _check_side_by_side(features: Sequence[Feature], place: str) -> None:
    values = columns = 0
    for index, feature in enumerate(features):
        columns += feature.repeat or 1
        if columns > MOST_COLUMNS:
            limit = f"expected at most {MOST_COLUMNS} columns, got {columns}"
            raise StartError(f"{place}[{index}].repeat: {limit}; a shape may hold more values")
        if feature.block[1:] != features[0].block[1:]:
            raise StartError(
                f"{place}[{index}].shape: {list(feature.shape)} does not fit beside "
                f"{list(features[0].shape)} of {place}[0]"
            )
        values += math.prod(feature.block)
        if values > MOST_VALUES:
            limit = f"expected a row of at most {MOST_VALUES} values"
            raise StartError(f"{place}[{index}]: {limit}, got {values}")


def _check_names(
    features: Sequence[Feature], place: str, unfold: Callable[[Sequence[Feature]], list[str]]
) -> None:
    """Check that no two columns have one name, by which they are ordered, counted and asked for."""
    seen: dict[str, int] = {}
    for index, feature in enumerate(features):
        for name in unfold([feature]):
            if name in seen:
                problem = f"{shown(name)} is a column of {place}[{seen[name]}] too"
                raise StartError(f"{place}[{index}].name: {problem}")
            seen[name] = index


def _check_payload(contract: Contract) -> None:
    """Check that what travels as one text, as bytes or as numbers is that."""
    if contract.json_schema is not None and contract.payload is not Form.JSON:
        raise StartError('jsonSchema: needs "payload": "jsonData"')
    if contract.payload in _SINGLE:
        _check_single(contract, *_SINGLE[contract.payload])
    if contract.payload is Form.TENSOR:
        for index, feature in enumerate(contract.features):
            if not _is_numeric(feature):
                problem = f"tensor holds numbers, and features[{index}] holds {_held(feature)}"
                raise StartError(f"payload: {problem}")


def _check_single(contract: Contract, word: str, what: str) -> None:
    features = contract.features
    is_one = len(features) == 1 and features[0].repeat in (None, 1)
    is_value = row_shape(features) == (1,) or features[0].dtype is Dtype.IMAGE
    if not is_one or not is_value:
        columns = row_shape(features)[0]
        raise StartError(f"payload: {word} holds a single value, and there are {columns} columns")
    is_right = _is_text if contract.payload is Form.TEXT else _is_bytes
    if not is_right(features[0]):
        problem = f"{word} holds {what}, and features[0] holds {_held(features[0])}"
        raise StartError(f"payload: {problem}")


def _is_text(feature: Feature) -> bool:
    if feature.kind is Kind.CATEGORICAL:
        return all(isinstance(value, str) for value in feature.values)
    return feature.dtype in (Dtype.STRING, Dtype.DATETIME)


def _is_bytes(feature: Feature) -> bool:
    return feature.dtype in (Dtype.BYTES, Dtype.IMAGE)


def _is_numeric(feature: Feature) -> bool:
    if feature.kind is Kind.CATEGORICAL:
        return all(
            isinstance(value, bool) or is_number(category(value)) for value in feature.values
        )
    return feature.is_numeric


def _held(feature: Feature) -> str:
    return "categories" if feature.kind is Kind.CATEGORICAL else feature.dtype.value


def _check_input(contract: Contract) -> None:
    if contract.input is not Input.DATAFRAME:
        return
    if not contract.has_rows:
        raise StartError("input: a dataframe is made of an array, and the payload is none")
    for index, feature in enumerate(contract.features):
        if len(feature.shape) > 1:
            shape = f"features[{index}] has the shape {list(feature.shape)}"
            raise StartError(f"input: a dataframe has columns on one axis, and {shape}")


def _check_image(contract: Contract) -> None:
    """Check that the values that an image makes are a row of the features."""
    rule, features = contract.image, contract.features
    if rule is None:
        return
    row, pixels = row_shape(features) if features else (0,), math.prod(rule.shape)
    if row not in ((pixels,), rule.shape, rule.shape[:2] if rule.mode == "L" else rule.shape):
        made = f"{rule.mode} of {list(rule.size)} makes {pixels} values, {list(rule.shape)}"
        raise StartError(f"image: {made}, and a row of the features has the shape {list(row)}")
    for index, feature in enumerate(features):
        problem = _pixel_misfit(feature, rule)
        if problem:
            pixels_are = f"pixels are 0 to {_PIXEL_MOST / rule.scale:.15g}"
            raise StartError(f"image: {pixels_are}, and features[{index}] {problem}")


def _pixel_misfit(feature: Feature, rule: ImageRule) -> str:
    """Return what a feature must be that not every pixel is; else ""."""
    if feature.kind is not Kind.CONTINUOUS or (feature.dtype is Dtype.INT and rule.scale != 1):
        return f"holds {_held(feature)}"
    most = math.inf if feature.high is None else feature.high
    is_inside = (feature.low or 0) <= 0 and most >= _PIXEL_MOST / rule.scale
    return "" if is_inside else f"must lie in {interval(feature)}"


def _check_samples(contract: Contract) -> None:
    for index, sample in enumerate(contract.samples):
        _check_sample_input(contract, sample.input, f"samples[{index}].input")
        if sample.output is not None and contract.targets:
            _check_sample_output(contract, sample.output, f"samples[{index}].output")


def _check_sample_input(contract: Contract, value: Json, place: str) -> None:
    if contract.has_rows:
        check_row(contract.features, value, place)
    elif contract.payload is Form.JSON:
        where, problem = ("", "")
        if contract.json_schema is not None:
            where, problem = schema.misfit(contract.json_schema, value)
        if problem:
            raise StartError(f"{place}{where}: {problem}")
    else:
        check_value(_carried(contract), value, (), place)


def _check_sample_output(contract: Contract, value: Json, place: str) -> None:
    """Check an answer; a single value may stand alone, and a document answers one unchecked."""
    targets = contract.targets
    if row_shape(targets) == (1,) and not isinstance(value, list | dict):
        check_value(targets[0], value, (), place, answer_misfit)
    elif contract.has_rows:
        check_row(targets, value, place, answer_misfit)


def _carried(contract: Contract) -> Feature:
    """Return the one feature of a text or bytes; an image travels as the bytes of its file."""
    feature = contract.features[0]
    return _FILE if feature.dtype is Dtype.IMAGE else feature
