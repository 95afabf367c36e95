"""Documents that a JSON Schema allows, drawn over its common keywords and checked. Pure.

Source: JSON Schema 2020-12, “Validation”. What is drawn is checked against the whole schema, so a
keyword that is not known here costs tries, and never makes a wrong document.
"""

from __future__ import annotations

import enum
import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from charter.contract import texts
from charter.contract.model import Dtype, Feature, Kind
from charter.errors import StartError, shown
from charter.message import Json

ROOT = "jsonSchema"
_TRIES = 60
_WRITTEN_TRIES = 10
"""So many tries take the examples and defaults that stand in the schema, where there are any."""
_DEEP, _TOO_DEEP = 5, 40
_FEW, _MANY = 3, 100
_UNIQUE_TRIES = 8
_SPAN = 100.0
_DECIMALS = 3


class Size(enum.Enum):
    """Say which documents are wanted, of those that a schema allows."""

    LEAST = "the least that the schema allows"
    ANY = "any"
    MOST = "the most that the schema allows"


def draw(schema: Json, rng: np.random.Generator) -> Json:
    """Return a document that a schema allows.

    Args:
        schema: a JSON Schema, valid by its own rules.
        rng: where randomness comes from; the same state gives the same document.

    Raises:
        StartError: none was found; the message starts with the place.
    """
    found, why = _search(schema, rng, Size.ANY)
    if not found:
        raise StartError(f"{why}; no document could be drawn, so give some as samples")
    return found[0]


def extremes(schema: Json, rng: np.random.Generator) -> Iterator[tuple[str, Json]]:
    """Yield the least and the largest document that are found for a schema, with their names."""
    for size in (Size.LEAST, Size.MOST):
        found, _ = _search(schema, rng, size)
        for document in found:
            yield size.value, document


def problem(schema: Json, document: Json) -> str:
    """Return where a document breaks a schema, and how; "" where it does not.

    Raises:
        StartError: the schema refers to one that is not in it.
    """
    from jsonschema.exceptions import best_match  # 60 ms, for contracts with a schema only
    from jsonschema.validators import validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    nothing: Registry[Any] = Registry()  # the usual one would ask the network
    checker = validator_for(schema)(schema, registry=nothing)
    try:
        error = best_match(checker.iter_errors(document))
    except Unresolvable as missing:
        raise StartError(f"{ROOT}: $ref: {shown(missing.ref)} is not in the schema") from missing
    return f"{error.json_path}: {error.message}" if error else ""


def _search(schema: Json, rng: np.random.Generator, size: Size) -> tuple[list[Json], str]:
    """Return the first document that is found, in a list, or else why the last one was none."""
    chance = random.Random(int(rng.integers(2**63)))  # noqa: S311 - no secret
    why = f"{ROOT}: it goes too deep"
    for number in range(_TRIES):
        takes_written = size is Size.ANY and number < _WRITTEN_TRIES
        drawer = _Drawer(schema, chance, size, takes_written=takes_written)
        try:
            document = drawer.draw(schema, ROOT, 0)
        except _DeadEnd as error:
            why = str(error)
            continue
        found = problem(schema, document)
        if not found:
            return [document], ""
        why = f"{ROOT}: {found}"
    return [], why


class _DeadEnd(Exception):
    """Say why this try ends; the next may take another branch."""


_Kind: TypeAlias = "Callable[[_Drawer, Mapping[str, Json], str, int], Json]"


@dataclass(frozen=True, slots=True)
class _Drawer:
    """Draw one document.

    Args:
        root: the whole schema, which references start from.
        chance: the dice.
        size: which document is wanted.
        takes_written: whether examples and defaults are taken where they stand.
    """

    root: Json
    chance: random.Random
    size: Size
    takes_written: bool

    def draw(self, schema: Json, place: str, depth: int) -> Json:
        """Return a value for a schema at a place; it may be wrong where keywords are not known."""
        if depth > _TOO_DEEP:
            raise _DeadEnd(f"{place}: it goes too deep")
        if schema is False:
            raise _DeadEnd(f"{place}: it allows nothing")
        if schema is True or not schema:
            return _word(self, {}, place, depth)
        schema = self._flat(schema, place, 0)
        written = _written(schema, takes_all=self.takes_written)
        if written:
            return self.chance.choice(written)
        return _KINDS[self._type(schema)](self, schema, place, depth + 1)

    def _flat(self, schema: Json, place: str, hops: int) -> Mapping[str, Json]:
        """Return a schema with what it refers to, all of `allOf` and a branch of the others."""
        if hops > _TOO_DEEP:
            raise _DeadEnd(f"{place}: its references have no end")
        if not isinstance(schema, dict):
            return {}
        own = {key: value for key, value in schema.items() if key not in _COMPOSED}
        parts = list(schema.get("allOf", []))
        parts += [self._at(schema["$ref"], place)] if "$ref" in schema else []
        parts += [self.chance.choice(schema[key]) for key in ("anyOf", "oneOf") if key in schema]
        for part in parts:
            own = _merged(own, self._flat(part, place, hops + 1))
        return own

    def _at(self, reference: Json, place: str) -> Json:
        """Return what a local reference, `#/$defs/name`, stands for."""
        head, *parts = str(reference).split("/")
        found = self.root
        for part in parts:
            key = part.replace("~1", "/").replace("~0", "~")
            found = found.get(key) if isinstance(found, dict) else None
        if head != "#" or found is None:
            raise StartError(f"{place}.$ref: {shown(reference)} is not in the schema")
        return found

    def _type(self, schema: Mapping[str, Json]) -> str:
        said = schema.get("type")
        if isinstance(said, list):
            return str(self.chance.choice(said))
        return said or next((kind for key, kind in _TELLING.items() if key in schema), "string")

    def between(self, least: int, most: int | None, spread: int) -> int:
        """Return a count of things from `least` on, as the size says; most of all at `least`."""
        if self.size is Size.LEAST:
            return least
        if self.size is Size.MOST:
            return least + spread if most is None else min(most, max(_MANY, least))
        far = least + spread
        return self.chance.randint(least, far if most is None else max(least, min(far, most)))


_COMPOSED = ("allOf", "anyOf", "oneOf", "$ref")
_TELLING = {
    **dict.fromkeys(("properties", "required", "additionalProperties"), "object"),
    **dict.fromkeys(("items", "prefixItems", "minItems", "maxItems"), "array"),
    **dict.fromkeys(("minimum", "maximum", "multipleOf"), "number"),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), "number"),
}


def _merged(one: Mapping[str, Json], other: Mapping[str, Json]) -> dict[str, Json]:
    """Return what both schemas say; where they say two things of one key, the second."""
    both = {**one, **other}
    if "properties" in one and "properties" in other:
        both["properties"] = {**one["properties"], **other["properties"]}
    if "required" in one and "required" in other:
        both["required"] = list(dict.fromkeys([*one["required"], *other["required"]]))
    return both


def _written(schema: Mapping[str, Json], *, takes_all: bool) -> list[Json]:
    """Return the values that stand in a schema."""
    if "const" in schema:
        return [schema["const"]]
    if "enum" in schema:
        return list(schema["enum"])
    if not takes_all:
        return []
    return list(schema.get("examples", [])) or ([schema["default"]] if "default" in schema else [])


def _object(drawer: _Drawer, schema: Mapping[str, Json], place: str, depth: int) -> Json:
    known: Mapping[str, Json] = schema.get("properties", {})
    needed = list(schema.get("required", []))
    chances = {Size.LEAST: 0.0, Size.ANY: 0.75 if depth < _DEEP else 0.0, Size.MOST: 1.0}
    share = chances[drawer.size] if depth < _TOO_DEEP // 2 else 0.0
    names = [name for name in known if name in needed or drawer.chance.random() < share]
    names += [name for name in needed if name not in known]
    others = schema.get("additionalProperties", True)
    missing = int(schema.get("minProperties", 0)) - len(names)
    names += [name for name in known if name not in names][: max(missing, 0)]
    names += [f"key{number}" for number in range(int(schema.get("minProperties", 0)) - len(names))]
    return {
        name: drawer.draw(known.get(name, others), f"{place}.properties.{name}", depth)
        for name in names
    }


def _array(drawer: _Drawer, schema: Mapping[str, Json], place: str, depth: int) -> Json:
    first, others = schema.get("prefixItems", []), schema.get("items", True)
    # Draft 4 has in `items` what is now in `prefixItems`.
    if isinstance(others, list):
        first, others = others, schema.get("additionalItems", True)
    least = int(schema.get("minItems", 0))
    most = len(first) if others is False else schema.get("maxItems")
    spread = max(_FEW, len(first)) if depth < _DEEP else 0
    count = drawer.between(least, None if most is None else int(most), spread)
    items: list[Json] = []
    for index in range(count):
        inner = first[index] if index < len(first) else others
        is_new, tries = False, _UNIQUE_TRIES if schema.get("uniqueItems") else 1
        while not is_new and tries:
            item, tries = drawer.draw(inner, f"{place}.items", depth), tries - 1
            is_new = item not in items
        if is_new or not schema.get("uniqueItems"):
            items.append(item)
    return items


def _word(drawer: _Drawer, schema: Mapping[str, Json], place: str, depth: int) -> Json:
    least, most = int(schema.get("minLength", 0)), schema.get("maxLength")
    feature = Feature(
        name=place,
        kind=Kind.OPEN,
        dtype=Dtype.STRING,
        pattern=schema.get("pattern"),
        max_length=None if most is None else int(most),
    )
    if feature.pattern is not None:
        return _matching(drawer, feature)
    written = _FORMATS.get(str(schema.get("format")))
    if written is not None:
        return written(drawer.chance)
    if drawer.size is not Size.ANY:
        return "x" * drawer.between(least, feature.max_length, _MANY)
    text = texts.words(feature, drawer.chance)
    return text if len(text) >= least else (text + " " + "x" * least)[: max(least, 1)]


def _matching(drawer: _Drawer, feature: Feature) -> str:
    if drawer.size is Size.LEAST:
        return texts.shortest(feature, drawer.chance)
    if drawer.size is Size.MOST:
        return texts.longest(feature, drawer.chance, _MANY)
    return texts.matching(feature, drawer.chance)


def _number(drawer: _Drawer, schema: Mapping[str, Json], place: str, depth: int) -> Json:
    low, high = _bounds(schema)
    if "multipleOf" in schema:
        return _multiple(drawer, schema, float(schema["multipleOf"]))
    ends = {Size.LEAST: low, Size.MOST: high}
    end = ends.get(drawer.size, math.inf)
    if math.isfinite(end):
        return end
    low, high = _spanned(low, high)
    drawn = round(drawer.chance.uniform(low, high), _DECIMALS)
    return min(max(drawn, low), high)


def _integer(drawer: _Drawer, schema: Mapping[str, Json], place: str, depth: int) -> Json:
    step = schema.get("multipleOf", 1)
    return int(_multiple(drawer, schema, step if float(step).is_integer() else 1))


def _multiple(drawer: _Drawer, schema: Mapping[str, Json], step: float) -> Json:
    """Return a multiple of a step within the limits."""
    bounds = _bounds(schema)
    low, high = _spanned(*bounds)
    first, last = math.ceil(low / step), math.floor(high / step)
    ends = {Size.LEAST: (bounds[0], first), Size.MOST: (bounds[1], last)}
    bound, end = ends.get(drawer.size, (math.inf, first))
    if math.isfinite(bound) or first > last:
        return end * step
    return drawer.chance.randint(first, last) * step


def _bounds(schema: Mapping[str, Json]) -> tuple[float, float]:
    """Return the least and the greatest number; Draft 4 has booleans as exclusive limits."""
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    over, under = schema.get("exclusiveMinimum", False), schema.get("exclusiveMaximum", False)
    over = low if over is True else over
    under = high if under is True else under
    if over is not False:
        low = max(low, math.nextafter(over, math.inf))
    if under is not False:
        high = min(high, math.nextafter(under, -math.inf))
    return low, high


def _spanned(low: float, high: float) -> tuple[float, float]:
    """Return limits, with some way from the other one for each that is not there."""
    if math.isinf(low):
        low = 0.0 if math.isinf(high) else high - _SPAN
    return low, low + _SPAN if math.isinf(high) else high


_KINDS: Mapping[str, _Kind] = {
    "object": _object,
    "array": _array,
    "string": _word,
    "number": _number,
    "integer": _integer,
    "boolean": lambda drawer, *_: drawer.chance.random() < 0.5,
    "null": lambda *_: None,
}


def _day(chance: random.Random) -> str:
    return f"20{chance.randint(10, 29)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"


def _clock(chance: random.Random) -> str:
    return f"{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}Z"


_FORMATS: Mapping[str, Callable[[random.Random], str]] = {
    "date": _day,
    "time": _clock,
    "date-time": lambda chance: f"{_day(chance)}T{_clock(chance)}",
    "email": lambda chance: f"user{chance.randint(1, 999)}@example.org",
    "uri": lambda chance: f"https://example.org/{chance.randint(1, 999)}",
    "ipv4": lambda chance: f"192.0.2.{chance.randint(1, 254)}",
    "uuid": lambda chance: f"00000000-0000-4000-8000-{chance.getrandbits(48):012x}",
}
