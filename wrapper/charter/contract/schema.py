"""A contract's JSON Schema, compiled once; it fetches nothing. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from charter.errors import StartError, shown
from charter.message import Json

_REFERENCES = ("$ref", "$dynamicRef")


def validator(schema: Json) -> Any:
    """Return jsonschema's validator of documents by a schema that `check` has passed."""
    from jsonschema.validators import validator_for  # for contracts with a schema only

    return validator_for(schema)(schema, registry=_registry())


def check(schema: Json) -> None:
    """Check that a schema is one by its own rules, and refers to nothing outside.

    Raises:
        StartError: it is none, or does; the message starts with the place.
    """
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for

    try:
        validator_for(schema).check_schema(schema)
    except SchemaError as error:
        place = "".join(f"[{part!r}]" for part in error.absolute_path)
        raise StartError(f"jsonSchema{place}: {error.message}") from error
    inner = [each for each in _objects(schema) if each is not schema and "$id" in each]
    if not inner:  # a part with a name of its own changes what references mean
        _check_references(schema)


def _check_references(schema: Json) -> None:
    from referencing import Resource
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    resource = Resource.from_contents(schema, default_specification=DRAFT202012)
    resolver = _registry().resolver_with_root(resource)
    for each in _objects(schema):
        for reference in filter(None, map(each.get, _REFERENCES)):
            if not isinstance(reference, str):  # the name of a property
                continue
            try:
                resolver.lookup(reference)
            except Unresolvable as error:
                expected = "expected a reference to a part of the schema"
                raise StartError(f"jsonSchema: {expected}, got {shown(reference)}") from error


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    """Yield all objects in a JSON value."""
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for each in inner:
            yield from _objects(each)


def _registry() -> Any:
    """Return the schemas of schemas, which are all that may be referred to beside the schema."""
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # it has no types

    return REGISTRY
