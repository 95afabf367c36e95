"""A contract as a check of whole messages that costs a good one microseconds. Pure.

It is compiled once, at start. What fits is found out by a few comparisons; only what does not is
looked at value by value, so that it can be told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from charter.contract import columns
from charter.contract.check import HIDDEN, Breach, check_names, check_reply
from charter.contract.columns import Columns, Point
from charter.contract.model import (
    WORDS,
    Contract,
    Dtype,
    Feature,
    feature_names,
    row_shape,
    target_names,
)
from charter.contract.schema import validator
from charter.errors import shown
from charter.message import ARRAY_FORMS, Form, Json, Message

Order: TypeAlias = "NDArray[np.intp]"
"""Where the caller has each column of the contract."""

_PLACES = {
    form: f"/data/{word}" if form in ARRAY_FORMS else f"/{word}" for form, word in WORDS.items()
}
_NAMES = "/data/names"
# So many fields of a message are told where the caller decides how many there are.
_MOST_TOLD = 20
_FIELD_LENGTH = 80
_FINE: tuple[list[Breach], None] = ([], None)


class Guard:
    """Check the requests and replies of a component.

    Args:
        contract: what goes in and comes out.

    It has `names`, what the columns of a request are called.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._features = Columns(contract.features, feature_names) if contract.features else None
        self._targets = None
        if contract.targets:
            self._targets = Columns(contract.targets, target_names, is_rounded=True)
        self.names = feature_names(contract.features)
        self._has_rows = contract.has_rows
        self._most_rows = contract.limits.rows or 2**63
        schema = contract.json_schema
        self._schema = None if schema is None else validator(schema)
        self._good_names: Sequence[str] | None = None

    def request(self, message: Message) -> tuple[list[Breach], Order | None]:
        """Return what is wrong with a request, and where its columns are.

        Returns:
            One breach for each field, with a JSON pointer as its place; and the order of the
            caller's columns where they are named, and not in the contract's order.
        """
        form = message.form
        if not self._has_rows:
            return self._whole(message), None
        if form not in ARRAY_FORMS:
            return [_payload_breach("an array in data", message)], None
        assert self._features is not None
        array, names = message.value, message.names
        if (not names or names == self.names) and self._features.has_shape(array):
            is_few = 0 < len(array) <= self._most_rows
            if is_few and self._features.fit(array):
                return _FINE
        return self._table(message, self._features)

    def reply(self, message: Message, rows: int | None) -> list[Breach]:
        """Return what is wrong with a reply to `predict`; its places are in the contract.

        Args:
            message: what is to be sent.
            rows: how many the request had; `None` where it is not known, and not checked.
        """
        targets = self._targets
        if targets is None:
            return []
        array = message.value
        if message.form not in ARRAY_FORMS:
            return self._single_target(message)
        is_odd = not array.ndim or not targets.has_shape(array) or rows not in (None, len(array))
        if is_odd or (self._contract.payload is Form.JSON and array.dtype.kind == "O"):
            said = self._contract
            return _flat(check_reply(said.targets, message, _rows(message, rows), said.payload))
        found = [] if not len(array) or targets.fit(array) else self._wrong_targets(array)
        names = message.names
        if not names or names is self._good_names or names == self._good_names:
            return found  # who sends no names has none wrong
        checked = check_names(self._contract.targets, message)
        if checked:
            return [*checked, *found]
        self._good_names = names if isinstance(names, tuple) else list(names)  # a copy
        return found

    def _table(self, message: Message, features: Columns) -> tuple[list[Breach], Order | None]:
        """Check an array of features, going on as far as that makes sense."""
        array, place = message.value, _PLACES[message.form]
        if not array.size:
            return [Breach("rows", place, "must have at least one row", "none")], None
        wrong, order = self._order(message)
        if wrong:
            return wrong, None
        if not features.has_shape(array):
            expected = f"must have shape [rows, {', '.join(map(str, features.row))}]"
            return [Breach("shape", place, expected, f"shape {list(array.shape)}")], None
        if len(array) > self._most_rows:
            expected = f"must have at most {self._most_rows} rows"
            return [Breach("rows", place, expected, f"{len(array)} rows")], None
        table = array if order is None else array[:, order]
        if features.fit(table):
            return [], order
        return features.breaches(table, _point(message, order)), order

    def _order(self, message: Message) -> tuple[list[Breach], Order | None]:
        """Return what is wrong with the names, or where the columns are if not in order."""
        names = [] if message.names is None else list(message.names)
        if not names or names == self.names or _are_made_up(names):
            return [], None
        widths = dict(zip(self.names, self._widths(), strict=True))
        if any(width > 1 for width in widths.values()) and len(names) > len(widths):
            return [], None  # one for each column, of which the contract has no names
        wrong = _wrong_names(names, self._contract.features)
        if wrong:
            return wrong, None
        starts = np.cumsum([0, *(widths[name] for name in names)]).tolist()
        at = dict(zip(names, starts, strict=False))
        places = [range(at[name], at[name] + widths[name]) for name in self.names]
        order = np.array([column for each in places for column in each], dtype=np.intp)
        if message.value.shape[1:2] != (len(order),):
            return [], None  # the shape is wrong
        return [], order

    def _widths(self) -> list[int]:
        """Return how many columns each name stands for."""
        features = self._contract.features
        return [(each.shape or (1,))[0] for each in features for _ in range(each.repeat or 1)]

    def _whole(self, message: Message) -> list[Breach]:
        """Check a request that is no table but one text, some bytes, or JSON."""
        expected = self._contract.payload
        assert expected is not None
        if message.form is not expected:
            return [_payload_breach(WORDS[expected], message)]
        if expected is Form.JSON:
            return self._by_schema(message.value)
        feature = self._contract.features[0]
        if feature.dtype is Dtype.IMAGE:
            return []
        return columns.single(feature, message.value, _PLACES[expected])

    def _by_schema(self, document: Json) -> list[Breach]:
        if self._schema is None:
            return []
        is_hidden = any(feature.is_pii for feature in self._contract.features)
        names = {feature.name for feature in self._contract.features}
        found: dict[str, Breach] = {}
        for error in self._schema.iter_errors(document):
            path = list(error.absolute_path)
            place = _PLACES[Form.JSON] + "".join(f"/{_escaped(part)}" for part in path)
            if place in found:
                continue
            field = str(path[-1]) if path else ""
            clause = f"must satisfy {error.validator}: {shown(error.validator_value)}"
            got = HIDDEN if is_hidden else _told(error.instance)
            feature = next((part for part in path if part in names), "")
            found[place] = Breach("schema", place, clause, got, feature=str(feature), field=field)
            if len(found) == _MOST_TOLD:
                break
        return list(found.values())

    def _single_target(self, message: Message) -> list[Breach]:
        """Check a reply of one text, or of bytes, where one target promises it."""
        targets = self._contract.targets
        is_single = row_shape(targets) == (1,)
        if is_single and targets[0].dtype is _SINGLE.get(message.form):
            return columns.single(targets[0], message.value, "targets[0]")
        rows = len(message.value) if isinstance(message.value, list) else 1
        return _flat(check_reply(targets, message, rows, self._contract.payload))

    def _wrong_targets(self, array: NDArray[Any]) -> list[Breach]:
        assert self._targets is not None
        return self._targets.breaches(array, _target_point(self._contract.targets))


_SINGLE = {Form.TEXT: Dtype.STRING, Form.BINARY: Dtype.BYTES}


def _flat(findings: dict[str, list[Breach]]) -> list[Breach]:
    return [breach for breaches in findings.values() for breach in breaches]


def _rows(message: Message, rows: int | None) -> int:
    shape = np.shape(message.value)
    return rows if rows is not None else (shape[0] if shape else 0)


def _payload_breach(expected: str, message: Message) -> Breach:
    place, got = _PLACES[message.form], WORDS[message.form]
    return Breach("payload", place, f"must be {expected}", got)


def _are_made_up(names: Sequence[str]) -> bool:
    """Return whether names are those that servers make up, `t:0`, `t:1` …"""
    return names[0] == "t:0" and all(name == f"t:{index}" for index, name in enumerate(names))


def _wrong_names(names: Sequence[str], features: Sequence[Feature]) -> list[Breach]:
    given, known = set(names), set(feature_names(features))
    missing = [
        _missing(feature, gone[0])
        for feature in features
        if (gone := [name for name in feature_names([feature]) if name not in given])
    ]
    extra = [
        _name_breach(index, "must be the name of a feature", name)
        for index, name in enumerate(names)
        if name not in known
    ]
    twice = [
        _name_breach(index, "must differ from the names before", name)
        for index, name in enumerate(names)
        if name in known and name in names[:index]
    ]
    return [*missing, *extra[:_MOST_TOLD], *twice[:_MOST_TOLD]]


def _missing(feature: Feature, name: str) -> Breach:
    expected = f"{name} must be among the names"
    return Breach("names", _NAMES, expected, "none", feature=feature.name, field=name)


def _name_breach(index: int, expected: str, name: str) -> Breach:
    field = str(name)[:_FIELD_LENGTH]  # over REST a name may be a number
    return Breach("names", f"{_NAMES}/{index}", expected, shown(name), field=field)


def _point(message: Message, order: Order | None) -> Point:
    """Return how the JSON pointer of a value is made, in the columns of the caller."""
    shape, place = message.value.shape, _PLACES[message.form]

    def point(index: tuple[int, ...]) -> str:
        row, column, *rest = index
        at = (row, column if order is None else int(order[column]), *rest)[: len(shape)]
        if message.form is Form.TENSOR:
            return f"{place}/values/{int(np.ravel_multi_index(at, shape))}"
        if message.form is Form.TFTENSOR:
            return place
        return place + "".join(f"/{each}" for each in at)

    return point


def _target_point(targets: Sequence[Feature]) -> Point:
    ends = np.cumsum([target.block[0] for target in targets])
    return lambda index: f"targets[{int(np.searchsorted(ends, index[1], side='right'))}]"


def _escaped(part: object) -> str:
    """Return one part of a pointer, RFC 6901 §3: “'~' (%x7E) … '/' (%x2F)” are escaped."""
    return str(part).replace("~", "~0").replace("/", "~1")


def _told(value: Json) -> str:
    told: Callable[[Json], str] = _KINDS.get(type(value), shown)
    return told(value)


_KINDS: dict[type, Callable[[Json], str]] = {
    dict: lambda value: f"an object of {len(value)}",
    list: lambda value: f"a list of {len(value)}",
}
