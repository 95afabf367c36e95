"""What scikit-learn estimators and Keras models inside a component say; neither is imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from charter.infer.draft import UNLIMITED, Described, numbers, plain
from charter.infer.metadata import shaped
from charter.message import Json

# Pipelines in column transformers in pipelines end somewhere.
_MOST_DEEP = 6
_BOUNDED = ("softmax", "sigmoid", "hard_sigmoid")


def features(user: object) -> Described | None:
    """Return the features of what a component holds; `None` where nothing in it says them."""
    inside = list(_inside(user))
    fitted = [each for each in inside if type(_get(each, "n_features_in_")) is int]
    named = [each for each in fitted if _get(each, "feature_names_in_") is not None]
    if fitted:
        return _of_estimators(named or fitted)
    networks = [each for each in inside if _lengths(each, "input_shape")]
    return _of_network(networks[0]) if networks else None


def classes(user: object) -> list[Json]:
    """Return the labels that the first classifier of a component knows; none where it has none."""
    found = (_get(each, "classes_") for each in _inside(user))
    for labels in found:
        if labels is not None and not isinstance(labels, str) and _is_flat(labels):
            return plain(labels)
    return []


def _is_flat(labels: Any) -> bool:
    """Return whether labels are of one output; those of several are a list of arrays."""
    return all(getattr(each, "shape", ()) == () and not isinstance(each, list) for each in labels)


def _inside(user: object) -> Iterator[Any]:
    """Yield what the attributes of a component hold, lists and dicts opened, itself first."""
    yield user
    for value in list(getattr(user, "__dict__", {}).values()):
        if isinstance(value, Mapping):
            yield from value.values()
        elif isinstance(value, list | tuple):
            yield from value
        else:
            yield value


def _get(thing: Any, name: str) -> Any:
    """Return an attribute; `None` where it is not there, or not before a fit.

    scikit-learn's properties raise `AttributeError` until then.
    """
    if isinstance(thing, type):
        return None
    return getattr(thing, name, None)


def _of_estimators(fitted: Sequence[Any]) -> Described:
    first = fitted[0]
    count = first.n_features_in_
    others = sorted({each.n_features_in_ for each in fitted} - {count})
    note = (
        f"features: the model holds estimators of {count} and {others} columns; {count} are taken"
    )
    names = _get(first, "feature_names_in_")
    known: dict[int, dict[str, Json]] = {}
    for each in fitted:
        if each.n_features_in_ == count:
            known = dict(_known(each, list(range(count)), names, _MOST_DEEP)) | known
    if names is None and not known and count > 1:
        entries: tuple[dict[str, Json], ...] = ({**numbers("x"), "repeat": count},)
    else:
        called = [f"x{at + 1}" for at in range(count)] if names is None else plain(names)
        entries = tuple(
            {**numbers(str(name)), **known.get(at, {})} for at, name in enumerate(called)
        )
        entries = tuple(_without_range(entry) for entry in entries)
    return Described(entries, (note,) if others else ())


def _without_range(entry: dict[str, Json]) -> dict[str, Json]:
    """Return a feature without the range that its categories stand in place of."""
    if entry["ftype"] == "continuous":
        return entry
    kept = {key: value for key, value in entry.items() if key != "range"}
    is_text = all(isinstance(each, str) for each in entry["values"])
    return {**kept, "dtype": "STRING"} if is_text else kept


def _known(
    estimator: Any, places: Sequence[int], names: Any, depth: int
) -> Iterator[tuple[int, dict[str, Json]]]:
    """Yield what an estimator says of the columns that it is given, by their place in a row.

    Only the first step of a pipeline sees the columns as they come.
    """
    if depth == 0:
        return
    yield from _of_encoder(estimator, places)
    yield from _of_scaler(estimator, places)
    steps = _get(estimator, "steps")
    if isinstance(steps, list) and steps:
        yield from _known(steps[0][1], places, names, depth - 1)
    parts = _get(estimator, "transformers_")
    for _, part, columns in parts if isinstance(parts, list) else ():
        taken = _places(columns, names)
        if taken is not None and all(at < len(places) for at in taken):
            yield from _known(part, [places[at] for at in taken], names, depth - 1)


def _places(columns: Any, names: Any) -> list[int] | None:
    """Return where the columns of a part of a column transformer are; `None`: that is not said."""
    if isinstance(columns, str | int):
        columns = [columns]
    if isinstance(columns, slice) or not hasattr(columns, "__len__"):
        return None
    called = [] if names is None else plain(names)
    found = plain(columns)
    if found and all(isinstance(each, bool) for each in found):
        return [at for at, is_taken in enumerate(found) if is_taken]
    if all(type(each) is int and each >= 0 for each in found):
        return found
    return [called.index(each) for each in found] if set(found) <= set(called) else None


def _of_encoder(estimator: Any, places: Sequence[int]) -> Iterator[tuple[int, dict[str, Json]]]:
    """Yield the categories of a fitted OneHotEncoder or OrdinalEncoder."""
    found = _get(estimator, "categories_")
    if not isinstance(found, list) or len(found) != len(places):
        return
    for place, categories in zip(places, found, strict=True):
        values = plain(categories)
        known = [value for value in values if value is not None]
        nullable = {"nullable": True} if len(known) < len(values) else {}
        if known:
            yield place, {"ftype": "categorical", "values": known, **nullable}


def _of_scaler(estimator: Any, places: Sequence[int]) -> Iterator[tuple[int, dict[str, Json]]]:
    """Yield the ranges that a fitted MinMaxScaler has seen."""
    low, high = _get(estimator, "data_min_"), _get(estimator, "data_max_")
    if low is None or high is None or len(low) != len(places):
        return
    for place, least, most in zip(places, plain(low), plain(high), strict=True):
        if least is not None and most is not None:
            yield place, {"range": [least, most]}


def _of_network(network: Any) -> Described:
    shape = _lengths(network, "input_shape")
    entry = shaped({**numbers("x"), "range": list(UNLIMITED)}, shape)
    inputs = _get(network, "input_shape")
    is_several = isinstance(inputs, list) and len(inputs) > 1
    note = "features: the network has several inputs, of which the first is taken"
    return Described((entry,), (note,) if is_several else ())


def _lengths(network: Any, key: str) -> list[int]:
    """Return the shape of one row of a Keras model's input or output; none where it has no such."""
    shape = _get(network, key)
    if isinstance(shape, list) and shape:
        shape = shape[0]
    if not isinstance(shape, tuple) or len(shape) < 2 or shape[0] is not None:
        return []
    return [length for length in shape[1:] if type(length) is int]


def network_targets(user: object) -> Described | None:
    """Return the targets of a Keras model, where a component holds one and nothing else is known.

    The range is that of its last activation: from 0 to 1, or not known.
    """
    network = next((each for each in _inside(user) if _lengths(each, "output_shape")), None)
    if network is None:
        return None
    layers = _get(network, "layers") or [None]
    activation = getattr(_get(layers[-1], "activation"), "__name__", "")
    bounds = {"range": [0, 1]} if activation in _BOUNDED else {}
    return Described((shaped({**numbers("t"), **bounds}, _lengths(network, "output_shape")),))
