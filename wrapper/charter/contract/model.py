"""The contract as data: features that go in, targets that come out. Pure; no files here.

A contract is a JSON object with two lists, `features` and `targets`, as Seldon Core's tester reads
it: `{"name", "ftype", "dtype", "range", "values", "repeat", "shape"}`. Other keys are kept.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from charter.errors import StartError, shown
from charter.message import Json


class Kind(enum.Enum):
    """Say what the values of a feature are."""

    CONTINUOUS = "continuous"
    """Numbers in a range."""
    CATEGORICAL = "categorical"
    """One of a few given values."""


class Dtype(enum.Enum):
    """Say which numbers a continuous feature has."""

    FLOAT = "FLOAT"
    INT = "INT"
    """Whole numbers; they may travel as floats."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Describe one feature or target, which may stand for several columns.

    Args:
        name: its name; with `repeat`, the stem of the names of its columns.
        kind: whether `low` and `high` or `values` describe its values.
        dtype: which numbers; of no meaning when categorical.
        low: the least value; `None` means no limit.
        high: the greatest value; `None` means no limit.
        values: the categories, strings, numbers or booleans; empty when continuous.
        repeat: how many columns like this one there are; `None` means one, called `name` itself.
        shape: the shape of one value; `()` means a single column.
        extra: the keys of its JSON object that are not read here.
    """

    name: str
    kind: Kind = Kind.CONTINUOUS
    dtype: Dtype = Dtype.FLOAT
    low: float | None = None
    high: float | None = None
    values: tuple[Json, ...] = ()
    repeat: int | None = None
    shape: tuple[int, ...] = ()
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def block(self) -> tuple[int, ...]:
        """Return the shape it takes in one row; its copies lie side by side on the first axis."""
        first, *rest = self.shape or (1,)
        return (first * (self.repeat or 1), *rest)


@dataclass(frozen=True, slots=True)
class Contract:
    """Hold what goes into a model and what comes out of it.

    Args:
        features: what a request holds, in the order of its columns.
        targets: what a reply holds, in the order of its columns.
        extra: the keys of the document that are not read here.
    """

    features: tuple[Feature, ...]
    targets: tuple[Feature, ...]
    extra: Mapping[str, Json] = field(default_factory=dict)

    @classmethod
    def parse(cls, document: Json) -> Contract:
        """Return the contract of a parsed `contract.json`.

        Raises:
            StartError: it is not a contract; the message starts with the place.
        """
        if not isinstance(document, dict):
            raise StartError(f"expected an object with features and targets, got {shown(document)}")
        features = _parse_list(document, "features")
        if not features:
            raise StartError("features: expected at least one, got an empty list")
        return cls(features, _parse_list(document, "targets"), _unread(document, _LISTS))


def feature_names(features: Sequence[Feature]) -> list[str]:
    """Return the names of the columns of a request: `name`, or `name1` to `namen` by `repeat`."""
    return [name for feature in features for name in _unfolded(feature, "", first=1)]


def target_names(targets: Sequence[Feature]) -> list[str]:
    """Return the names of the columns of a reply: `name`, or `name:0`, `name:1` … by `repeat`."""
    return [name for target in targets for name in _unfolded(target, ":", first=0)]


def row_shape(features: Sequence[Feature]) -> tuple[int, ...]:
    """Return the shape of one row, in which the features lie side by side on the first axis."""
    blocks = [feature.block for feature in features]
    return (sum(block[0] for block in blocks), *(blocks[0][1:] if blocks else ()))


def _unfolded(feature: Feature, separator: str, *, first: int) -> list[str]:
    if feature.repeat is None:
        return [feature.name]
    numbers = range(first, first + feature.repeat)
    return [f"{feature.name}{separator}{number}" for number in numbers]


def _parse_list(document: Mapping[str, Json], key: str) -> tuple[Feature, ...]:
    if key not in document:
        raise StartError(f"{key}: missing")
    entries = document[key]
    if not isinstance(entries, list):
        raise StartError(f"{key}: expected a list, got {shown(entries)}")
    is_input = key == "features"
    parsed = tuple(
        _parse_feature(entry, f"{key}[{index}]", is_input=is_input)
        for index, entry in enumerate(entries)
    )
    _check_side_by_side(parsed, key)
    return parsed


def _check_side_by_side(features: Sequence[Feature], place: str) -> None:
    for index, feature in enumerate(features):
        if feature.block[1:] != features[0].block[1:]:
            raise StartError(
                f"{place}[{index}].shape: {list(feature.shape)} does not fit beside "
                f"{list(features[0].shape)} of {place}[0]"
            )


def _parse_feature(entry: Json, place: str, *, is_input: bool) -> Feature:
    """Return one feature; an output may leave out what an input needs for data to be made."""
    if not isinstance(entry, dict):
        raise StartError(f"{place}: expected an object, got {shown(entry)}")
    name = _name(entry, place)
    kind = _kind(entry, place, is_input=is_input)
    dtype = _dtype(entry, place) if kind is Kind.CONTINUOUS else Dtype.FLOAT
    low, high = None, None
    if kind is Kind.CONTINUOUS:
        low, high = _range(entry, place, dtype, is_input=is_input)
    return Feature(
        name=name,
        kind=kind,
        dtype=dtype,
        low=low,
        high=high,
        values=_values(entry, place) if kind is Kind.CATEGORICAL else (),
        repeat=_count(entry["repeat"], f"{place}.repeat") if "repeat" in entry else None,
        shape=_shape(entry, place),
        extra=_unread(entry, _KEYS),
    )


def _name(entry: Mapping[str, Json], place: str) -> str:
    if "name" not in entry:
        raise StartError(f"{place}.name: missing")
    name = entry["name"]
    if not isinstance(name, str) or not name:
        raise StartError(f"{place}.name: expected a string, got {shown(name)}")
    return name


def _kind(entry: Mapping[str, Json], place: str, *, is_input: bool) -> Kind:
    if "ftype" not in entry and not is_input:
        only_values = "values" in entry and "range" not in entry
        return Kind.CATEGORICAL if only_values else Kind.CONTINUOUS
    found = entry.get("ftype")
    known = {kind.value: kind for kind in Kind}
    if not isinstance(found, str) or found.lower() not in known:
        got = f"got {shown(found)}" if "ftype" in entry else "it is missing"
        raise StartError(f"{place}.ftype: expected 'continuous' or 'categorical', {got}")
    return known[found.lower()]


def _dtype(entry: Mapping[str, Json], place: str) -> Dtype:
    found = entry.get("dtype", "FLOAT")
    if not isinstance(found, str) or found.upper() not in _DTYPES:
        raise StartError(f"{place}.dtype: expected FLOAT, INT or INTEGER, got {shown(found)}")
    return _DTYPES[found.upper()]


def _range(
    entry: Mapping[str, Json], place: str, dtype: Dtype, *, is_input: bool
) -> tuple[float | None, float | None]:
    if "range" not in entry and not is_input:
        return None, None
    place = f"{place}.range"
    found = entry.get("range")
    if not isinstance(found, list) or len(found) != 2:
        got = f"got {shown(found)}" if "range" in entry else "it is missing"
        raise StartError(f'{place}: expected [low, high], with "inf" for no limit, {got}')
    low, high = _end(found[0], f"{place}[0]", -1), _end(found[1], f"{place}[1]", 1)
    if low is None or high is None:
        return low, high
    if low > high:
        raise StartError(f"{place}: {shown(found)} is empty")
    if dtype is Dtype.INT and math.ceil(low) > math.floor(high):
        raise StartError(f"{place}: {shown(found)} holds no whole number")
    return low, high


def _end(found: Json, place: str, sign: int) -> float | None:
    """Return one end of a range, `None` for no limit; a bare "inf" means that on either side."""
    unlimited = {"inf": sign * math.inf, "+inf": math.inf, "-inf": -math.inf}
    number: Json = unlimited.get(found.lower(), found) if isinstance(found, str) else found
    if type(number) not in (int, float) or math.isnan(number):
        raise StartError(f'{place}: expected a number or "inf", got {shown(found)}')
    if number == -sign * math.inf:
        raise StartError(f"{place}: {shown(found)} leaves no value")
    return None if math.isinf(number) else float(number)


def _values(entry: Mapping[str, Json], place: str) -> tuple[Json, ...]:
    place = f"{place}.values"
    found = entry.get("values")
    if not isinstance(found, list) or not found:
        got = f"got {shown(found)}" if "values" in entry else "it is missing"
        raise StartError(f"{place}: expected a list of categories, {got}")
    for index, value in enumerate(found):
        if not isinstance(value, (str, int, float)):
            raise StartError(f"{place}[{index}]: expected a string or number, got {shown(value)}")
    return tuple(found)


def _shape(entry: Mapping[str, Json], place: str) -> tuple[int, ...]:
    place = f"{place}.shape"
    found = entry.get("shape", [])
    if not isinstance(found, list):
        raise StartError(f"{place}: expected a list of lengths, got {shown(found)}")
    return tuple(_count(length, f"{place}[{index}]") for index, length in enumerate(found))


def _count(found: Json, place: str) -> int:
    if type(found) is not int or found < 1:
        raise StartError(f"{place}: expected a whole number of 1 or more, got {shown(found)}")
    return found


def _unread(entry: Mapping[str, Json], read: frozenset[str]) -> dict[str, Json]:
    return {key: value for key, value in entry.items() if key not in read}


_DTYPES = {"FLOAT": Dtype.FLOAT, "INT": Dtype.INT, "INTEGER": Dtype.INT}
_LISTS = frozenset({"features", "targets"})
_KEYS = frozenset({"name", "ftype", "dtype", "range", "values", "repeat", "shape"})
