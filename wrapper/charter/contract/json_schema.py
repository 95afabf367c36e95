"""The JSON Schema in a contract: that it is one, needs nothing from elsewhere, and what fits it.

Pure: a `$ref` that leads out of the contract is refused, never fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

from charter.errors import StartError, shown
from charter.message import Json

if TYPE_CHECKING:
    from referencing import Resource

_REFERENCES = ("$ref", "$dynamicRef")
_Validator: TypeAlias = Any  # jsonschema's classes share a protocol that its types do not show


def check_schema(schema: Json, place: str) -> None:
    """Check that a JSON Schema is one by the draft it names, 2020-12 where it names none.

    Raises:
        StartError: it is none, or needs a document that is not in it.
    """
    if not isinstance(schema, dict):
        raise StartError(f"{place}: expected an object, got {shown(schema)}")
    from jsonschema.exceptions import SchemaError  # for contracts with a schema only

    kind = _draft(schema, place)
    try:
        kind.check_schema(schema, format_checker=kind.FORMAT_CHECKER)
    except SchemaError as error:
        raise StartError(f"{place}{_path(error.absolute_path)}: {error.message}") from error
    _check_references(schema, kind.META_SCHEMA["$schema"], place)


def validator(schema: Json) -> _Validator:
    """Return what validates JSON by a checked schema; it fetches nothing."""
    from jsonschema_specifications import REGISTRY

    return _draft(schema, "jsonSchema")(schema, registry=REGISTRY)


def misfit(schema: Json, value: Json) -> tuple[str, str]:
    """Return where in a JSON value, and how, it does not fit a checked schema; else ("", "")."""
    from jsonschema.exceptions import best_match

    error = best_match(validator(schema).iter_errors(value))
    return ("", "") if error is None else (_path(error.absolute_path), error.message)


def _draft(schema: dict[str, Json], place: str) -> _Validator:
    from jsonschema import Draft202012Validator, validators

    newest: Any = Draft202012Validator
    said = schema.get("$schema", newest.META_SCHEMA["$id"])
    nothing: Any = None
    found = validators.validator_for({"$schema": said}, nothing) if isinstance(said, str) else None
    if found is None:
        expected = "expected a draft of JSON Schema"
        raise StartError(f"{place}.$schema: {expected}, got {shown(said)}")
    return found


def _check_references(schema: Json, dialect: str, place: str) -> None:
    from jsonschema_specifications import REGISTRY
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import specification_with

    root = specification_with(dialect).create_resource(schema)
    try:
        for resolver, reference in _references(root, REGISTRY.resolver_with_root(root)):
            resolver.lookup(reference)
    except Unresolvable as error:
        problem = f"$ref {shown(error.ref)} leads to nothing in the contract"
        raise StartError(f"{place}: {problem}") from error


def _references(resource: Resource[Json], resolver: Any) -> Iterator[tuple[Any, str]]:
    """Yield every reference in a schema with what resolves it where it stands."""
    if isinstance(resource.contents, dict):
        for key in _REFERENCES:
            if isinstance(resource.contents.get(key), str):
                yield resolver, resource.contents[key]
    for inner in resource.subresources():
        yield from _references(inner, resolver.in_subresource(inner))


def _path(parts: Any) -> str:
    return "".join(f"[{part!r}]" for part in parts)
