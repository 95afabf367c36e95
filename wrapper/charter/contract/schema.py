"""A contract's JSON Schema: that it is one, needs nothing from elsewhere, and what fits it.

Pure: a `$ref` that leads out of the contract is refused, never fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from charter.errors import StartError, shown
from charter.message import Json

if TYPE_CHECKING:
    from referencing import Resource

_REFERENCES = ("$ref", "$dynamicRef")


def check(schema: Json) -> None:
    """Check that a schema is one by the draft it names, 2020-12 where it names none.

    Raises:
        StartError: it is none, or needs a document that is not in it; the message starts with the
            place.
    """
    if not isinstance(schema, dict):
        raise StartError(f"jsonSchema: expected an object, got {shown(schema)}")
    from jsonschema.exceptions import SchemaError  # for contracts with a schema only

    draft = _draft(schema)
    try:
        draft.check_schema(schema, format_checker=draft.FORMAT_CHECKER)
    except SchemaError as error:
        raise StartError(f"jsonSchema{_path(error.absolute_path)}: {error.message}") from error
    _check_references(schema, draft.META_SCHEMA["$schema"])


def validator(schema: Json) -> Any:
    """Return jsonschema's validator of documents by a schema that `check` has passed."""
    return _draft(schema)(schema, registry=_registry())


def misfit(schema: Json, value: Json) -> tuple[str, str]:
    """Return where in a JSON value, and how, it does not fit a checked schema; else ("", "")."""
    from jsonschema.exceptions import best_match

    error = best_match(validator(schema).iter_errors(value))
    return ("", "") if error is None else (_path(error.absolute_path), error.message)


def _draft(schema: dict[str, Json]) -> Any:
    """Return jsonschema's class for the draft that a schema names."""
    from jsonschema import Draft202012Validator, validators

    newest: Any = Draft202012Validator
    said = schema.get("$schema", newest.META_SCHEMA["$id"])
    nothing: Any = None
    found = validators.validator_for({"$schema": said}, nothing) if isinstance(said, str) else None
    if found is None:
        raise StartError(f"jsonSchema.$schema: expected a draft of JSON Schema, got {shown(said)}")
    return found


def _check_references(schema: Json, dialect: str) -> None:
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import specification_with

    root = specification_with(dialect).create_resource(schema)
    reference = ""
    try:
        for resolver, reference in _references(root, _registry().resolver_with_root(root)):
            resolver.lookup(reference)
    except Unresolvable as error:
        expected = "expected a reference to a part of the schema"
        raise StartError(f"jsonSchema: {expected}, got {shown(reference)}") from error


def _references(resource: Resource[Json], resolver: Any) -> Iterator[tuple[Any, str]]:
    """Yield every reference in a schema with what resolves it where it stands."""
    if isinstance(resource.contents, dict):
        for key in _REFERENCES:
            if isinstance(resource.contents.get(key), str):
                yield resolver, resource.contents[key]
    for inner in resource.subresources():
        yield from _references(inner, resolver.in_subresource(inner))


def _registry() -> Any:
    """Return the schemas of schemas, which are all that may be referred to beside the schema."""
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # it has no types

    return REGISTRY


def _path(parts: Any) -> str:
    return "".join(f"[{part!r}]" for part in parts)
