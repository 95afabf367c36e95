"""From one entry of `features` or `targets` to a `Feature`. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from charter.contract.model import CHANNELS, Dtype, Feature, ImageRule, Kind
from charter.contract.reading import Entry, count, mapping
from charter.contract.values import misfit, seconds
from charter.errors import StartError, shown
from charter.message import Json

KEYS = frozenset(
    {
        *("name", "ftype", "dtype", "range", "values", "repeat", "shape", "physical"),
        *("nullable", "default", "pattern", "maxLength", "unit", "description", "example"),
        *("pii", "tolerance", "image"),
    }
)
DTYPES = {
    "FLOAT": Dtype.FLOAT,
    "INT": Dtype.INT,
    "INTEGER": Dtype.INT,
    **{each.value: each for each in (Dtype.BOOL, Dtype.STRING, Dtype.BYTES)},
    **{each.value: each for each in (Dtype.DATETIME, Dtype.IMAGE)},
}
FTYPES = {"continuous": Kind.CONTINUOUS, "categorical": Kind.CATEGORICAL}
PHYSICAL = (
    *("float16", "float32", "float64", "int8", "int16", "int32", "int64"),
    *("uint8", "uint16", "uint32", "uint64", "bool"),
)
# What a dtype is where no ftype says so.
_OWN_KIND = {
    Dtype.BOOL: Kind.CATEGORICAL,
    Dtype.STRING: Kind.OPEN,
    Dtype.BYTES: Kind.OPEN,
    Dtype.DATETIME: Kind.OPEN,
    Dtype.IMAGE: Kind.CONTINUOUS,
}
_RANGED = (Dtype.FLOAT, Dtype.INT, Dtype.IMAGE, Dtype.DATETIME)
_PIXEL_MOST = 255
_MODES = {channels: mode for mode, channels in CHANNELS.items()}


def parse_feature(found: Json, place: str, *, is_input: bool) -> Feature:
    """Return one feature; an output may leave out what an input needs for data to be made.

    Raises:
        StartError: it is none; the message starts with the place.
    """
    entry = Entry(mapping(found, place), place)
    name = _name(entry)
    dtype = _dtype(entry)
    kind = _kind(entry, dtype, is_input=is_input)
    values = _values(entry, dtype) if kind is Kind.CATEGORICAL else ()
    dtype = dtype or Dtype.FLOAT
    _check_belongs(entry, kind, dtype)
    physical = _physical(entry, dtype)
    low, high = _limits(entry, kind, dtype, physical, is_input=is_input)
    feature = Feature(
        name=name,
        kind=kind,
        dtype=dtype,
        low=low,
        high=high,
        values=values,
        repeat=entry.count("repeat"),
        shape=_shape(entry),
        physical=physical,
        nullable=entry.flag("nullable"),
        default=entry.found.get("default"),
        pattern=_pattern(entry),
        max_length=entry.count("maxLength"),
        unit=entry.text("unit"),
        description=entry.text("description"),
        example=entry.found.get("example"),
        is_pii=entry.flag("pii"),
        tolerance=entry.positive("tolerance", or_zero=True),
        image=_image(entry) if dtype is Dtype.IMAGE else None,
        extra={key: value for key, value in entry.found.items() if key not in KEYS},
    )
    for key in ("default", "example"):
        _check_fits(entry, key, feature)
    return feature


def _name(entry: Entry) -> str:
    if "name" not in entry.found:
        raise StartError(f"{entry.at('name')}: missing")
    name = entry.found["name"]
    if not isinstance(name, str) or not name:
        raise StartError(f"{entry.at('name')}: expected a string, got {shown(name)}")
    return name


def _dtype(entry: Entry) -> Dtype | None:
    if "dtype" not in entry.found:
        return None
    found = entry.found["dtype"]
    if not isinstance(found, str) or found.upper() not in DTYPES:
        words = ", ".join(DTYPES)
        hint = ""
        if isinstance(found, str) and found in PHYSICAL:
            hint = f'; a numpy name stands under "physical": {found!r}'
        raise StartError(f"{entry.at('dtype')}: expected one of {words}, got {shown(found)}{hint}")
    return DTYPES[found.upper()]


def _kind(entry: Entry, dtype: Dtype | None, *, is_input: bool) -> Kind:
    if "ftype" in entry.found:
        found = entry.found["ftype"]
        if not isinstance(found, str) or found.lower() not in FTYPES:
            expected = "expected 'continuous' or 'categorical'"
            raise StartError(f"{entry.at('ftype')}: {expected}, got {shown(found)}")
        return _said_kind(entry, FTYPES[found.lower()], dtype)
    if dtype in _OWN_KIND:
        has_values = "values" in entry.found
        return Kind.CATEGORICAL if has_values else _OWN_KIND[dtype]
    if is_input and not {"values", "range"} & entry.found.keys():
        expected = "expected 'continuous' or 'categorical', it is missing"
        raise StartError(f"{entry.at('ftype')}: {expected}")
    only_values = "values" in entry.found and "range" not in entry.found
    return Kind.CATEGORICAL if only_values else Kind.CONTINUOUS


def _said_kind(entry: Entry, kind: Kind, dtype: Dtype | None) -> Kind:
    if kind is Kind.CATEGORICAL or dtype not in _OWN_KIND:
        return kind
    if dtype in _RANGED:
        return _OWN_KIND[dtype]
    raise StartError(f"{entry.at('ftype')}: 'continuous' does not go with {dtype.value}")


def _check_belongs(entry: Entry, kind: Kind, dtype: Dtype) -> None:
    """Refuse a key that is of Charter's and says nothing of this type."""
    is_open = kind is Kind.OPEN
    allowed = {
        "pattern": is_open and dtype is Dtype.STRING,
        "maxLength": is_open and dtype in (Dtype.STRING, Dtype.BYTES),
        "image": dtype is Dtype.IMAGE,
    }
    for key, is_allowed in allowed.items():
        if key in entry.found and not is_allowed:
            what = kind.value if kind is Kind.CATEGORICAL else dtype.value
            raise StartError(f"{entry.at(key)}: says nothing of a feature that is {what}")


def _physical(entry: Entry, dtype: Dtype) -> str | None:
    physical = entry.choice("physical", {each: each for each in PHYSICAL})
    if physical and dtype in (Dtype.STRING, Dtype.BYTES, Dtype.DATETIME):
        raise StartError(f"{entry.at('physical')}: {physical!r} does not go with {dtype.value}")
    return physical


def _limits(
    entry: Entry, kind: Kind, dtype: Dtype, physical: str | None, *, is_input: bool
) -> tuple[float | None, float | None]:
    if kind is Kind.CATEGORICAL or dtype not in _RANGED:
        return None, None
    place = entry.at("range")
    if "range" in entry.found:
        low, high = _range(entry.found["range"], place, dtype)
    elif dtype is Dtype.FLOAT or dtype is Dtype.INT:
        if is_input:
            raise StartError(
                f'{place}: expected [low, high], with "inf" for no limit, it is missing'
            )
        return None, None
    else:
        low, high = None, None
    if dtype is Dtype.IMAGE:
        return _within(low, high, (0, _PIXEL_MOST), "a pixel", place)
    if physical in (None, "bool"):
        return low, high
    return _within(low, high, _held(physical), physical, place)


def _held(physical: str) -> tuple[float, float]:
    """Return the least and greatest number that a numpy dtype holds."""
    dtype = np.dtype(physical)
    info: Any = np.finfo(dtype) if dtype.kind == "f" else np.iinfo(dtype)
    return float(info.min), float(info.max)


def _within(
    low: float | None, high: float | None, held: tuple[float, float], what: str, place: str
) -> tuple[float | None, float | None]:
    """Narrow a range without ends to what a whole number can be; refuse one that is wider."""
    is_float = what.startswith("float")
    for end in (low, high):
        if end is not None and not held[0] <= end <= held[1]:
            raise StartError(
                f"{place}: {end:.15g} is no value of {what}, {held[0]:g} to {held[1]:g}"
            )
    if is_float:
        return low, high
    return (held[0] if low is None else low), (held[1] if high is None else high)


def _range(found: Json, place: str, dtype: Dtype) -> tuple[float | None, float | None]:
    if not isinstance(found, list) or len(found) != 2:
        expected = 'expected [low, high], with "inf" for no limit'
        raise StartError(f"{place}: {expected}, got {shown(found)}")
    read = _moment if dtype is Dtype.DATETIME else _number
    low, high = read(found[0], f"{place}[0]", -1), read(found[1], f"{place}[1]", 1)
    if low is None or high is None:
        return low, high
    if low > high:
        raise StartError(f"{place}: {shown(found)} is empty")
    if dtype in (Dtype.INT, Dtype.IMAGE) and math.ceil(low) > math.floor(high):
        raise StartError(f"{place}: {shown(found)} holds no whole number")
    return low, high


def _number(found: Json, place: str, sign: int) -> float | None:
    """Return one end of a range, `None` for no limit; a bare "inf" means that on either side."""
    unlimited = {"inf": sign * math.inf, "+inf": math.inf, "-inf": -math.inf}
    number: Json = unlimited.get(found.lower(), found) if isinstance(found, str) else found
    if type(number) not in (int, float) or math.isnan(number):
        raise StartError(f'{place}: expected a number or "inf", got {shown(found)}')
    if number == -sign * math.inf:
        raise StartError(f"{place}: {shown(found)} leaves no value")
    return None if math.isinf(number) else float(number)


def _moment(found: Json, place: str, sign: int) -> float | None:
    if isinstance(found, str) and found.lower() in ("inf", "+inf" if sign > 0 else "-inf"):
        return None
    moment = seconds(found)
    if moment is None:
        expected = 'a time such as "2026-11-25T14:30:00Z" or "inf"'
        raise StartError(f"{place}: expected {expected}, got {shown(found)}")
    return moment


def _values(entry: Entry, dtype: Dtype | None) -> tuple[Json, ...]:
    place = entry.at("values")
    if dtype is Dtype.BOOL and "values" not in entry.found:
        return (False, True)
    found = entry.found.get("values")
    if not isinstance(found, list) or not found:
        got = f"got {shown(found)}" if "values" in entry.found else "it is missing"
        raise StartError(f"{place}: expected a list of categories, {got}")
    expected, fits = _CATEGORY.get(dtype, _ANY_CATEGORY) if dtype else _ANY_CATEGORY
    for index, value in enumerate(found):
        if not fits(value):
            raise StartError(f"{place}[{index}]: expected {expected}, got {shown(value)}")
    return tuple(found)


_ANY_CATEGORY: tuple[str, Callable[[Json], bool]] = (
    "a string or number",
    lambda value: isinstance(value, str | int | float),
)
# The dtypes that Seldon Core has say nothing of categories, which were as they are written.
_CATEGORY: Mapping[Dtype, tuple[str, Callable[[Json], bool]]] = {
    Dtype.BOOL: ("true or false", lambda value: isinstance(value, bool)),
    Dtype.STRING: ("a string", lambda value: isinstance(value, str)),
    Dtype.DATETIME: ("a time", lambda value: seconds(value) is not None),
}


def _shape(entry: Entry) -> tuple[int, ...]:
    place = entry.at("shape")
    found = entry.found.get("shape", [])
    if not isinstance(found, list):
        raise StartError(f"{place}: expected a list of lengths, got {shown(found)}")
    return tuple(count(length, f"{place}[{index}]") for index, length in enumerate(found))


def _pattern(entry: Entry) -> str | None:
    if "pattern" not in entry.found:
        return None
    pattern = entry.text("pattern")
    try:
        re.compile(pattern)
    except re.error as error:
        problem = f"no regular expression: {error}"
        raise StartError(f"{entry.at('pattern')}: {problem}, got {shown(pattern)}") from error
    return pattern


def _image(entry: Entry) -> ImageRule:
    """Return the rule of an image feature, which its shape makes where none is given."""
    shape = _shape(entry)
    if len(shape) != 3 or shape[2] not in _MODES:
        expected = "expected [height, width, channels] with 1, 3 or 4 channels"
        got = f"got {shown(list(shape))}" if shape else "it is missing"
        raise StartError(f"{entry.at('shape')}: {expected}, {got}")
    rule = entry.image("image") or ImageRule(_MODES[shape[2]], (shape[1], shape[0]))
    if rule.shape != shape:
        found = f"{list(rule.shape)} by {rule.mode} of {list(rule.size)}"
        raise StartError(f"{entry.at('image')}: makes the shape {found}, not {list(shape)}")
    return rule


def _check_fits(entry: Entry, key: str, feature: Feature) -> None:
    value = entry.found.get(key)
    if value is None or feature.shape:
        return
    problem = misfit(feature, value)
    if problem:
        raise StartError(f"{entry.at(key)}: {problem}, got {shown(value)}")
