"""The classes of `seldon_core` that user code builds on, known by their names.

So neither the original nor Charter's stand-in need be imported, and both work alike.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Hashable

_COMPONENT = "SeldonComponent"
_RESPONSE = "SeldonResponse"
_EXCEPTION = "SeldonMicroserviceException"
_NOT_IMPLEMENTED = "SeldonNotImplementedError"


def is_component(user: object) -> bool:
    """Return whether the object's class subclasses `SeldonComponent`."""
    return _is_a(type(user), _COMPONENT)


def is_response(result: object) -> bool:
    """Return whether a result is a `SeldonResponse`: data with tags and metrics of one call."""
    return _is_a(type(result), _RESPONSE)


def is_exception(error: BaseException) -> bool:
    """Return whether an error is a `SeldonMicroserviceException`, which chooses its status."""
    return _is_a(type(error), _EXCEPTION)


def is_not_implemented(error: BaseException) -> bool:
    """Return whether an error says that the component does not have the method after all."""
    return _is_a(type(error), _NOT_IMPLEMENTED)


def own_document(error: BaseException) -> dict[str, Any] | None:
    """Return the body that a `SeldonMicroserviceException` has of its own, if its class says so."""
    home = next((kind for kind in type(error).__mro__ if "to_dict" in vars(kind)), None)
    if home is None or home.__name__ == _EXCEPTION:
        return None
    document: Any = error.to_dict()  # type: ignore[attr-defined]  # it is there: see above
    return document if isinstance(document, dict) else None


def has(user: object, name: str) -> bool:
    """Return whether there is an attribute for `member`, without running a property's code."""
    if hasattr(type(user), "__getattr__"):
        return hasattr(user, name) and not _is_inherited(user, name)
    missing = object()
    is_there = inspect.getattr_static(user, name, missing) is not missing
    return is_there and not _is_inherited(user, name)


def member(user: object, name: str) -> Any:
    """Return an attribute; `None` where there is none, or only the one of `SeldonComponent`.

    An error that a property raises is raised.
    """
    if not name:
        return None
    return getattr(user, name) if has(user, name) else None


def _is_inherited(user: object, name: str) -> bool:
    """Return whether an attribute is what `SeldonComponent` has, which only raises."""
    if name in getattr(user, "__dict__", {}):
        return False
    home = next((kind for kind in type(user).__mro__ if name in vars(kind)), None)
    return home is not None and home.__name__ == _COMPONENT


def _is_a(kind: type, name: str) -> bool:
    return name in _names(cast("Hashable", kind))


@functools.lru_cache(maxsize=512)
def _names(kind: Any) -> frozenset[str]:
    """Return the names of a class and its parents."""
    return frozenset(parent.__name__ for parent in kind.__mro__)
