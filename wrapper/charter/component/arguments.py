"""From a request to the arguments of a user's function, by its signature, read once at load."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from charter.errors import StartError
from charter.message import Feedback, Message, Messages, Request
from charter.methods import Takes

Arguments: TypeAlias = Callable[[Any], tuple[tuple[Any, ...], dict[str, Any]]]
"""Turns a request into what the user's function is called with."""
Parts: TypeAlias = Callable[[Any], Mapping[str, Any]]
"""Turns a request into all that a user's function may ask for, by role."""


def arguments(function: Callable[..., Any], name: str, takes: Takes, node: str = "") -> Arguments:
    """Return how a request becomes the arguments of a user's function.

    The forms are `f(X)`, `f(X, names)`, `f(X, names, meta)`, each with any names of the first two
    parameters, keyword `names` and `meta`, and `*args`, `**kwargs`. A second parameter with a
    default that says nothing of names, such as `batch_size=32`, keeps its default. What combines
    takes `(Xs, names_list)`, what learns `(X, names, reward, truth, routing)`.

    Args:
        function: the user's.
        name: its name, for messages.
        takes: what it is asked with.
        node: the component's name in its graph, to find the child that it had chosen.

    Raises:
        StartError: the function requires other arguments than these.
    """
    if takes is Takes.NOTHING:
        return lambda request: ((), {})
    parts = _ROLES[takes][2]
    if takes is Takes.FEEDBACK:
        parts = functools.partial(_feedback_parts, node or _NAMELESS)
    return _pack(*_roles(function, name, takes), parts)


def takes_meta(function: Callable[..., Any], name: str) -> bool:
    """Return whether a function that is asked with a message is given its meta.

    Args:
        function: the user's.
        name: its name, for messages.

    Raises:
        StartError: as `arguments` does.
    """
    positional, keywords = _roles(function, name, Takes.MESSAGE)
    return _META in positional or _META in keywords


def _roles(
    function: Callable[..., Any], name: str, takes: Takes
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a function is given by position, and what by keyword."""
    roles, optional, _ = _ROLES[takes]
    try:
        signature = inspect.signature(function)
    except ValueError:  # some functions written in C have no signature
        return roles[:1], ()
    positional: list[str] = []
    keywords: set[str] = set()
    for index, parameter in enumerate(_parameters(signature, roles, optional)):
        role = _role(index, parameter, roles, optional)
        if role is None:
            if parameter.default is parameter.empty:
                raise StartError(_expected(name, signature, roles, optional))
        elif parameter.kind in _POSITIONAL and len(positional) == index:
            positional.append(role)
        elif role not in positional:
            keywords.add(role)
    if not positional:
        raise StartError(_expected(name, signature, roles, optional))
    return tuple(positional), tuple(sorted(keywords))


def forgiving(function: Callable[..., Any], takes: Takes) -> Callable[..., Any]:
    """Return a function that leaves out meta for good where the user's turns out not to take it.

    A decorator that hands on `*args, **kwargs` hides what the function behind it takes; Seldon
    calls it again without meta. A function that says itself what it takes is returned as it is.
    """
    optional = _ROLES[takes][1] if takes in _ROLES else None
    if optional is None or not _takes_any_keyword(function, optional):
        return function
    left_out: set[str] = set()

    def call(*positional: Any, **keywords: Any) -> Any:
        kept = {key: value for key, value in keywords.items() if key not in left_out}
        try:
            return function(*positional, **kept)
        except TypeError as error:
            if optional not in kept or not _is_unexpected(error, optional):
                raise
        left_out.add(optional)
        return call(*positional, **keywords)

    async def call_async(*positional: Any, **keywords: Any) -> Any:
        kept = {key: value for key, value in keywords.items() if key not in left_out}
        try:
            return await function(*positional, **kept)
        except TypeError as error:
            if optional not in kept or not _is_unexpected(error, optional):
                raise
        left_out.add(optional)
        return await call_async(*positional, **keywords)

    return call_async if inspect.iscoroutinefunction(function) else call


def _takes_any_keyword(function: Callable[..., Any], name: str) -> bool:
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:
        return False
    is_any = any(item.kind is inspect.Parameter.VAR_KEYWORD for item in parameters.values())
    return is_any and name not in parameters


def _is_unexpected(error: TypeError, name: str) -> bool:
    return f"unexpected keyword argument '{name}'" in str(error)


# What the original takes for the name of a node that has none.
_NAMELESS = "0"
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_META = "meta"
_NAMES_WORDS = ("name", "feature", "column")


def _expected(
    name: str, signature: inspect.Signature, roles: Sequence[str], optional: str | None
) -> str:
    every = (*roles, optional) if optional else roles
    least = 1 if len(roles) <= 2 else len(roles)
    forms = [f"{name}({', '.join(every[:count])})" for count in range(least, len(every) + 1)]
    listed = f"{', '.join(forms[:-1])} or {forms[-1]}" if len(forms) > 1 else forms[0]
    return f"{name}{signature}: expected {listed}"


def _parameters(
    signature: inspect.Signature, roles: Sequence[str], optional: str | None
) -> list[inspect.Parameter]:
    """Return the parameters; `*args` as the roles that are missing, `**kwargs` as the optional."""
    given = list(signature.parameters.values())
    found = [item for item in given if item.kind in _POSITIONAL]
    if any(item.kind is inspect.Parameter.VAR_POSITIONAL for item in given):
        found += [inspect.Parameter(name, _POSITIONAL[0]) for name in roles[len(found) :]]
    found += [item for item in given if item.kind is inspect.Parameter.KEYWORD_ONLY]
    if optional and any(item.kind is inspect.Parameter.VAR_KEYWORD for item in given):
        found.append(inspect.Parameter(optional, inspect.Parameter.KEYWORD_ONLY))
    return found


def _role(
    index: int, parameter: inspect.Parameter, roles: Sequence[str], optional: str | None
) -> str | None:
    """Return what a parameter is given; `None` leaves it its default."""
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
        return parameter.name if parameter.name in (*roles[1:], optional) else None
    if index == 0:
        return roles[0]
    if parameter.name == optional:
        return optional
    is_required = parameter.default is parameter.empty
    if index == 1:
        says_names = any(word in parameter.name for word in _NAMES_WORDS)
        return roles[1] if is_required or says_names or parameter.default is None else None
    if index < len(roles):
        return roles[index]
    return optional if index == len(roles) and is_required else None


def _pack(positional: tuple[str, ...], keywords: tuple[str, ...], parts: Parts) -> Arguments:
    """Return the function that picks the arguments; the common cases have no loop."""
    if parts is _message_parts and not keywords and positional in _COMMON:
        return _COMMON[positional]

    def pick(request: Request) -> tuple[tuple[Any, ...], dict[str, Any]]:
        found = parts(request)
        return tuple([found[key] for key in positional]), {key: found[key] for key in keywords}

    return pick


_COMMON: dict[tuple[str, ...], Arguments] = {
    ("X",): lambda request: ((request.value,), {}),
    ("X", "names"): lambda request: ((request.value, request.names), {}),
    ("X", "names", "meta"): lambda request: ((request.value, request.names, request.meta), {}),
}


def _message_parts(request: Message) -> Mapping[str, Any]:
    return {"X": request.value, "names": request.names, "meta": request.meta}


def _messages_parts(request: Messages) -> Mapping[str, Any]:
    return {
        "Xs": [item.value for item in request.items],
        "names": [item.names for item in request.items],
    }


def _feedback_parts(node: str, request: Feedback) -> Mapping[str, Any]:
    return {
        "X": _value(request.request),
        "names": _names(request),
        "reward": request.reward,
        "truth": _value(request.truth),
        "routing": _routing(request.response).get(node),
    }


def _names(request: Feedback) -> Any:
    """Return the names of what was asked; protobuf's own list, as the original hands it over."""
    if request.wire is not None:
        return request.wire.request.data.names
    return request.request.names if request.request else []


def _routing(response: Message | None) -> Mapping[str, int]:
    meta = response.meta if response else None
    routing: Mapping[str, int] = (meta or {}).get("routing", {})
    return routing


def _value(part: Message | None) -> Any:
    return np.array([]) if part is None else part.value


_ROLES: dict[Takes, tuple[tuple[str, ...], str | None, Any]] = {
    Takes.MESSAGE: (("X", "names"), _META, _message_parts),
    Takes.MESSAGES: (("Xs", "names"), None, _messages_parts),
    Takes.FEEDBACK: (("X", "names", "reward", "truth"), "routing", _feedback_parts),
}
