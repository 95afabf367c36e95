"""Which values one description of a feature allows that another does not. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from charter.contract.model import Dtype, Feature, Kind
from charter.contract.values import interval, is_number, misfit, moment
from charter.errors import shown
from charter.message import Json


@dataclass(frozen=True, slots=True)
class Loss:
    """Hold values that are allowed no more.

    Args:
        key: the key that says so, with its dot: `.range`.
        before: what was said.
        after: what is said now.
        values: the values that are lost, as a noun: `under 4.3`, `null`.
    """

    key: str
    before: str
    after: str
    values: str

    @property
    def what(self) -> str:
        """Return the change as a clause."""
        return f"was {self.before}, is {self.after}"

    @property
    def reversed(self) -> str:
        """Return the change as a clause, where the two were given the other way round."""
        return f"was {self.after}, is {self.before}"


def losses(one: Feature, other: Feature) -> Iterator[Loss]:
    """Yield what `one` allows and `other` does not; nothing where `other` allows as much."""
    if one.nullable and not other.nullable:
        yield Loss(".nullable", "nullable", "not nullable", "null")
    if one.kind is Kind.CATEGORICAL:
        yield from _lost_categories(one, other)
    elif other.kind is Kind.CATEGORICAL:
        yield Loss(".values", _type(one), _categories(other), "outside the categories")
    elif _family(one) != _family(other):
        yield Loss(".dtype", _type(one), _type(other), f"as {_type(one)}")
    else:
        yield from _lost_open(one, other)


def _lost_categories(one: Feature, other: Feature) -> Iterator[Loss]:
    # Whether null is allowed is another question.
    taken = replace(other, nullable=True)
    lost = [value for value in one.values if misfit(taken, _as_taken(value, other))]
    if lost:
        key = ".values" if other.kind is Kind.CATEGORICAL else ".dtype"
        after = _categories(other) if other.kind is Kind.CATEGORICAL else _type(other)
        yield Loss(key, _categories(one), after, " or ".join(map(shown, lost)))


def _as_taken(value: Json, other: Feature) -> Json:
    """Return a category as a number where it is one in quotes, and numbers are what is taken."""
    if other.kind is not Kind.CONTINUOUS or not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _lost_open(one: Feature, other: Feature) -> Iterator[Loss]:
    if _is_whole(other) and not _is_whole(one):
        yield Loss(".dtype", _type(one), _type(other), "with a fraction")
    # What is under the range of the other, and what is over it.
    low_is_lost = other.low is not None and (one.low is None or one.low < other.low)
    high_is_lost = other.high is not None and (one.high is None or one.high > other.high)
    if low_is_lost or high_is_lost:
        write: Callable[[float], str] = moment if one.dtype is Dtype.DATETIME else "{:.15g}".format
        parts = [f"under {write(other.low or 0.0)}"] if low_is_lost else []
        parts += [f"over {write(other.high or 0.0)}"] if high_is_lost else []
        yield Loss(".range", interval(one), interval(other), " or ".join(parts))
    if other.pattern is not None and one.pattern != other.pattern:
        before = "any text" if one.pattern is None else repr(one.pattern)
        lost = f"that does not match {other.pattern!r}"
        yield Loss(".pattern", before, repr(other.pattern), lost)
    longest = math.inf if one.max_length is None else one.max_length
    if other.max_length is not None and longest > other.max_length:
        before = "no limit" if one.max_length is None else str(one.max_length)
        lost = f"longer than {other.max_length}"
        yield Loss(".maxLength", before, str(other.max_length), lost)


def _family(feature: Feature) -> str:
    """Return what kind of value travels: whole numbers are numbers too."""
    is_number = feature.dtype in (Dtype.FLOAT, Dtype.INT, Dtype.IMAGE)
    return "number" if is_number else feature.dtype.value


def _is_whole(feature: Feature) -> bool:
    return feature.dtype in (Dtype.INT, Dtype.IMAGE)


def _type(feature: Feature) -> str:
    return feature.dtype.value


def _categories(feature: Feature) -> str:
    if feature.dtype is Dtype.BOOL and len(feature.values) > 1:
        return "true or false"
    values = [int(each) if _is_plain(each) else each for each in feature.values]
    return f"one of {shown(values)}"


def _is_plain(value: Json) -> bool:
    return is_number(value) and float(value).is_integer()
