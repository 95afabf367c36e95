"""DataFrames for user code that asks for them; pandas is imported only then."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from charter.component.arguments import Arguments
from charter.contract.model import (
    Contract,
    Dtype,
    Feature,
    Input,
    Kind,
    feature_names,
)
from charter.contract.values import category
from charter.contract.written import as_written
from charter.errors import BadPayload, StartError
from charter.message import ARRAY_FORMS, Json, Message
from charter.methods import CONTRACTED, Method, Takes

Frame: TypeAlias = Any
"""A pandas.DataFrame; pandas is no dependency, and has no types."""

_DATAFRAME = re.compile(r"(?:(\w+)\.)?(?:\w+\.)*DataFrame")
# What pandas and its class are called where only a type checker imports them.
_KNOWN_AS = frozenset({"pd", "pandas", "DataFrame"})


def giving(
    pick: Arguments, function: Callable[..., Any] | None, method: Method, contract: Contract | None
) -> Arguments:
    """Return how a request becomes the arguments of a function, a DataFrame where it wants one.

    It does by the annotation of its first parameter, or by `"input": "dataframe"` in the contract.

    Args:
        pick: makes the arguments with an array.
        function: the user's; `None`: its annotation does not count.
        method: which one it is; the contract describes the requests of two.
        contract: what goes in; `None`: that is not said.

    Raises:
        StartError: it wants one, and pandas is not installed.
    """
    known = contract if method in CONTRACTED else None
    if not is_given(function, method, contract):
        return pick
    try:
        _pandas()  # now, rather than in the first request
    except ImportError as error:
        wanted = f"{method.name}: a DataFrame needs pandas"
        raise StartError(f"{wanted}; install it with pip install 'charter[pandas]'") from error
    features = known.features if known and known.has_rows else ()
    described = _described(features)
    return lambda request: pick(_framed(request, described))


def is_given(
    function: Callable[..., Any] | None, method: Method, contract: Contract | None
) -> bool:
    """Return whether a function is given a DataFrame; see `giving`."""
    known = contract if method in CONTRACTED else None
    is_due = known is not None and known.input is Input.DATAFRAME
    is_due = is_due or (function is not None and _asks_for_frame(function))
    return is_due and method.takes is Takes.MESSAGE


def is_by_row(contract: Contract | None) -> bool:
    """Return whether a row of floats is in a DataFrame the same, whichever others are there.

    Where the contract gives columns types of their own, a missing value or one that does not fit
    changes the type of its column in all rows.
    """
    return contract is None or all(map(_is_plain, contract.features))


def _asks_for_frame(function: Callable[..., Any]) -> bool:
    """Return whether the first parameter is annotated as a DataFrame, if only in a string."""
    try:
        first = next(iter(inspect.signature(function).parameters.values()), None)
    except ValueError:  # some functions written in C have no signature
        return False
    annotation = first.annotation if first else None
    if isinstance(annotation, type):
        return annotation.__name__ == "DataFrame" and _is_of_pandas(annotation.__module__)
    if not isinstance(annotation, str):
        return False
    match = _DATAFRAME.fullmatch(annotation.strip("'\" "))
    if match is None:
        return False
    known_as = match[1] or "DataFrame"
    found = getattr(inspect.unwrap(function), "__globals__", {}).get(known_as)
    if found is None:
        return known_as in _KNOWN_AS
    return _is_of_pandas(found.__module__ if isinstance(found, type) else found.__name__)


def _is_of_pandas(module: str) -> bool:
    return module.partition(".")[0] == "pandas"


@dataclasses.dataclass(frozen=True, slots=True)
class _Described:
    """Hold what a contract says of the columns.

    Args:
        names: what they are called, in order.
        features: the feature of each, by name.
    """

    names: Sequence[str]
    features: Mapping[str, Feature]


def _described(features: Sequence[Feature]) -> _Described:
    found = {name: feature for feature in features for name in _columns(feature)}
    return _Described(tuple(found), found)


def _columns(feature: Feature) -> list[str]:
    """Return the names of the columns, those inside a feature with a shape too."""
    names = feature_names([feature])
    if not feature.shape:
        return names
    return [f"{name}[{index}]" for name in names for index in range(feature.shape[0])]


def _framed(request: Message, described: _Described) -> Message:
    """Return the request with a DataFrame for its array; text, bytes and JSON stay as they are."""
    if request.form not in ARRAY_FORMS:
        return request
    array = request.value
    if array.ndim not in (1, 2):
        raise BadPayload(f"data: expected rows of columns, got the shape {list(array.shape)}")
    table = array.reshape(len(array), -1) if array.size else array.reshape(len(array), 0)
    names = _names(request, table.shape[1], described)
    return dataclasses.replace(request, value=_frame(table, names, described))


def _names(request: Message, columns: int, described: _Described) -> Sequence[Json]:
    """Return what the columns are called: by the caller, by the contract, or by number."""
    given = list(request.names or ())
    is_made_up = given == [f"t:{index}" for index in range(columns)]
    if len(given) == columns and not (is_made_up and len(described.names) == columns):
        return given
    return described.names if len(described.names) == columns else range(columns)


def _frame(table: NDArray[Any], names: Sequence[Json], described: _Described) -> Frame:
    pandas = _pandas()
    features = [described.features.get(name) for name in names]
    if table.dtype == np.float64 and all(map(_is_plain, features)):
        return pandas.DataFrame(table, columns=list(names))
    columns = [_column(table[:, index], feature) for index, feature in enumerate(features)]
    frame = pandas.DataFrame(dict(enumerate(columns)), index=range(len(table)))
    frame.columns = list(names)
    return frame


def _is_plain(feature: Feature | None) -> bool:
    if feature is None:
        return True
    return feature.is_numeric and feature.dtype is Dtype.FLOAT and not feature.physical


def _column(values: NDArray[Any], feature: Feature | None) -> Any:
    """Return a column in the dtype that the contract says; in its own where it cannot have it."""
    if feature is None:
        return _inferred(values.tolist())
    is_text = values.dtype.kind == "U"
    read = [as_written(feature, value, is_text=is_text) for value in values.tolist()]
    try:
        return _converted(read, feature)
    except (ValueError, TypeError, OverflowError):  # in warn the model gets it as it came
        return _inferred(read)


def _inferred(values: list[Json]) -> Any:
    """Return a column in the dtype that pandas finds; objects where it finds none."""
    pandas = _pandas()
    try:
        return pandas.Series(values)
    except OverflowError:  # pandas 2 makes a float of any whole number over 64 bits
        return pandas.Series(values, dtype=object)


def _converted(values: list[Json], feature: Feature) -> Any:
    pandas = _pandas()
    if feature.dtype is Dtype.BOOL:
        return _booleans(values)
    if feature.kind is Kind.CATEGORICAL:
        written = {category(value): value for value in feature.values}
        known = [written.get(category(value)) for value in values]
        return pandas.Categorical(known, categories=list(feature.values))
    if feature.is_numeric:
        return _numbers(values, feature)
    if feature.dtype is Dtype.DATETIME:
        moments = pandas.to_datetime(values, utc=True, format="ISO8601")
        return pandas.Series(moments).astype("datetime64[ns, UTC]")
    return pandas.Series(values)


def _numbers(values: list[Json], feature: Feature) -> Any:
    pandas = _pandas()
    whole = "float64" if feature.dtype is Dtype.FLOAT else "int64"
    dtype = np.dtype(feature.physical or whole)
    if dtype.kind == "b":
        return _booleans(values)
    missing = [value is None or value != value for value in values]
    if dtype.kind == "f" or not any(missing):
        found = np.array([np.nan if value is None else value for value in values])
        return pandas.Series(_cast(found, dtype))
    name = dtype.name.replace("uint", "UInt").replace("int", "Int")
    given = [None if gone else value for value, gone in zip(values, missing, strict=True)]
    return pandas.Series(given, dtype=name)


def _cast(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return numbers in a dtype; raise `ValueError` where whole numbers would not be the same."""
    if values.dtype.kind not in "fiub":
        raise ValueError
    if dtype.kind in "iu" and values.size:
        info = np.iinfo(dtype)
        if not (values.min() >= info.min and values.max() <= info.max):
            raise ValueError
    with np.errstate(over="ignore"):
        cast: NDArray[Any] = values.astype(dtype)
    if dtype.kind in "iu" and not (cast == values).all():
        raise ValueError
    return cast


def _booleans(values: list[Json]) -> Any:
    pandas = _pandas()
    if not all(value is None or value in (0, 1) for value in values):
        raise ValueError
    is_missing = any(value is None for value in values)
    read = [None if value is None else bool(value) for value in values]
    return pandas.Series(read, dtype="boolean" if is_missing else "bool")


def _pandas() -> Any:
    import pandas  # type: ignore[import-untyped]  # an extra, which has its types elsewhere

    return pandas
