"""From one entry of `features` or `targets` to a `Feature`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from charter.contract.model import CHANNELS, Dtype, Feature, ImageRule, Kind
from charter.contract.ranges import PHYSICAL, RANGED, find_limits, find_physical
from charter.contract.reading import Entry, count, mapping
from charter.contract.rows import check_value
from charter.contract.values import is_finite, misfit, seconds
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
# What a dtype is where no ftype says so.
_OWN_KIND = {
    Dtype.BOOL: Kind.CATEGORICAL,
    Dtype.STRING: Kind.OPEN,
    Dtype.BYTES: Kind.OPEN,
    Dtype.DATETIME: Kind.OPEN,
    Dtype.IMAGE: Kind.CONTINUOUS,
}
_MODES = {channels: mode for mode, channels in CHANNELS.items()}
_FTYPE = "expected 'continuous' or 'categorical'"


def parse_feature(found: Json, place: str, *, is_input: bool) -> Feature:
    """Return one feature; an output may leave out what an input needs for data to be made.

    Raises:
        StartError: it is none; the message starts with the place.
    """
    entry = Entry(mapping(found, place), place)
    name = _name(entry)
    said = _dtype(entry)
    kind = _kind(entry, said, is_input=is_input)
    values = _values(entry, said) if kind is Kind.CATEGORICAL else ()
    dtype = _read_dtype(kind, said, values)
    _check_belongs(entry, kind, dtype)
    is_nullable = entry.flag("nullable") or (bool(values) and None in entry.items("values"))
    physical = find_physical(entry, kind, dtype, values)
    low, high = find_limits(entry, kind, dtype, physical)
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
        nullable=is_nullable,
        default=entry.found.get("default"),
        pattern=_pattern(entry),
        max_length=entry.count("maxLength"),
        unit=entry.note("unit"),
        description=entry.note("description"),
        example=entry.found.get("example"),
        is_pii=entry.flag("pii"),
        tolerance=entry.positive("tolerance", or_zero=True),
        image=_image(entry) if dtype is Dtype.IMAGE else None,
        extra=_extra(entry, is_dtype_read=said is dtype),
    )
    _check_fits(entry, feature)
    return feature


def _name(entry: Entry) -> str:
    if not entry.has("name"):
        raise StartError(f"{entry.at('name')}: missing")
    name = entry.found["name"]
    if not isinstance(name, str) or not name:
        raise StartError(f"{entry.at('name')}: expected a string, got {shown(name)}")
    return name


def _dtype(entry: Entry) -> Dtype | None:
    """Return the dtype; `None` where there is none, or another than ours of categories.

    Seldon Core's tester does not read the dtype of categories, so old files have any there.
    """
    found = entry.found.get("dtype")
    dtype = DTYPES.get(found.upper()) if isinstance(found, str) else None
    if found is None or (_says_categorical(entry) and dtype in (None, Dtype.IMAGE)):
        return None
    if dtype is not None:
        return dtype
    words = ", ".join(DTYPES)
    is_physical = isinstance(found, str) and found in PHYSICAL
    hint = f'; a numpy name stands under "physical": "{found}"' if is_physical else ""
    raise StartError(f"{entry.at('dtype')}: expected one of {words}, got {shown(found)}{hint}")


def _says_categorical(entry: Entry) -> bool:
    found = entry.found.get("ftype")
    return isinstance(found, str) and FTYPES.get(found.lower()) is Kind.CATEGORICAL


def _kind(entry: Entry, dtype: Dtype | None, *, is_input: bool) -> Kind:
    if entry.has("ftype"):
        found = entry.found["ftype"]
        if not isinstance(found, str) or found.lower() not in FTYPES:
            raise StartError(f"{entry.at('ftype')}: {_FTYPE}, got {shown(found)}")
        return _said_kind(entry, FTYPES[found.lower()], dtype)
    has_values = entry.has("values")
    if dtype in _OWN_KIND:
        return Kind.CATEGORICAL if has_values and dtype in _CATEGORY else _OWN_KIND[dtype]
    if is_input and not has_values and not entry.has("range"):
        raise StartError(f"{entry.at('ftype')}: {_FTYPE}, it is missing")
    return Kind.CATEGORICAL if has_values and not entry.has("range") else Kind.CONTINUOUS


def _said_kind(entry: Entry, kind: Kind, dtype: Dtype | None) -> Kind:
    if kind is Kind.CATEGORICAL or dtype not in _OWN_KIND:
        return kind
    if dtype in RANGED:
        return _OWN_KIND[dtype]
    raise StartError(f"{entry.at('ftype')}: 'continuous' does not go with {dtype.value}")


def _values(entry: Entry, dtype: Dtype | None) -> tuple[Json, ...]:
    """Return the categories; null among them says that a value may be missing, and is none."""
    if dtype is Dtype.BOOL and not entry.has("values"):
        return (False, True)
    place = entry.at("values")
    found = entry.found.get("values")
    if not isinstance(found, list) or set(map(type, found)) <= {type(None)}:
        got = f"got {shown(found)}" if entry.has("values") else "it is missing"
        raise StartError(f"{place}: expected a list of categories, {got}")
    expected, fits = _ANY_CATEGORY if _says_categorical(entry) else _category_rule(dtype)
    for index, value in enumerate(found):
        if value is not None and not fits(value):
            raise StartError(f"{place}[{index}]: expected {expected}, got {shown(value)}")
    return tuple(value for value in found if value is not None)


def _read_dtype(kind: Kind, said: Dtype | None, values: Sequence[Json]) -> Dtype:
    """Return the dtype; one that does not go with the categories is as none, as in old files."""
    is_read = kind is not Kind.CATEGORICAL or all(map(_category_rule(said)[1], values))
    return said if said and is_read else Dtype.FLOAT


_ANY_BYTES = Feature("", Kind.OPEN, Dtype.BYTES)
_ANY_CATEGORY: tuple[str, Callable[[Json], bool]] = (
    "a string or number",
    lambda value: isinstance(value, str | bool) or is_finite(value),
)
# The dtypes that Seldon Core has say nothing of categories, which were as they are written.
_CATEGORY: Mapping[Dtype, tuple[str, Callable[[Json], bool]]] = {
    Dtype.BOOL: ("true or false", lambda value: isinstance(value, bool)),
    Dtype.STRING: ("a string", lambda value: isinstance(value, str)),
    Dtype.BYTES: ("base64", lambda value: not misfit(_ANY_BYTES, value)),
    Dtype.DATETIME: ("a time", lambda value: seconds(value) is not None),
}


def _category_rule(dtype: Dtype | None) -> tuple[str, Callable[[Json], bool]]:
    return _CATEGORY.get(dtype, _ANY_CATEGORY) if dtype else _ANY_CATEGORY


def _check_belongs(entry: Entry, kind: Kind, dtype: Dtype) -> None:
    """Refuse a key where it says nothing; but Seldon Core's tester passes over its own keys.

    It reads no range of categories and no values of numbers, so old files have both.
    """
    is_open, is_categorical = kind is Kind.OPEN, kind is Kind.CATEGORICAL
    allowed = {
        "range": is_categorical or dtype in RANGED,
        "values": is_categorical or dtype in (Dtype.FLOAT, Dtype.INT),
        "pattern": is_open and dtype is Dtype.STRING,
        "maxLength": is_open and dtype in (Dtype.STRING, Dtype.BYTES),
        "image": dtype is Dtype.IMAGE,
    }
    for key, is_allowed in allowed.items():
        if entry.has(key) and not is_allowed:
            what = kind.value if is_categorical else dtype.value
            raise StartError(f"{entry.at(key)}: says nothing of a feature that is {what}")


def _shape(entry: Entry) -> tuple[int, ...]:
    place = entry.at("shape")
    found = entry.found["shape"] if entry.has("shape") else []
    if not isinstance(found, list):
        raise StartError(f"{place}: expected a list of lengths, got {shown(found)}")
    return tuple(count(length, f"{place}[{index}]") for index, length in enumerate(found))


def _pattern(entry: Entry) -> str | None:
    pattern = entry.text("pattern")
    if pattern is None:
        return None
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
    if rule.scale != 1:
        expected = "expected 1, for pixels are whole numbers from 0 to 255"
        raise StartError(f"{entry.at('image')}.scale: {expected}, got {rule.scale:.15g}")
    return rule


def _check_fits(entry: Entry, feature: Feature) -> None:
    for key in ("default", "example"):
        if entry.has(key):
            check_value(feature, entry.found[key], feature.shape, entry.at(key))


def _extra(entry: Entry, *, is_dtype_read: bool) -> dict[str, Json]:
    """Return the keys that are not read: unknown ones, and known ones whose value is no use."""
    unread = {key for key in _NOTES if not isinstance(entry.found.get(key), str)}
    if not is_dtype_read:
        unread.add("dtype")
    return {
        key: value
        for key, value in entry.found.items()
        if key not in KEYS or (key in unread and value is not None)
    }


# What only people read stops nothing, whatever an old file has there.
_NOTES = ("unit", "description")
