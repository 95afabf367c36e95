"""The one place that calls user code.

At load, each method of the user's object is looked up and its signature read, once. A call then is:
request → arguments → the user's function → its result → reply. Whatever the user's function raises
is the user's error; nothing it raises is ever read as “not implemented”.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from charter.codecs import seldon_json
from charter.component import values
from charter.errors import ComponentError, MissingMethod, ServingError, StartError
from charter.message import Form, Message
from charter.methods import METHODS, Method, Missing

Arguments: TypeAlias = Callable[[Message], tuple[tuple[Any, ...], dict[str, Any]]]
"""Turns a request into what the user's function is called with."""


@dataclass(frozen=True, slots=True)
class Call:
    """Answer one method of a component.

    Args:
        run: takes the request; returns the reply, or with `is_async` an awaitable of it.
        is_async: whether `run` must be awaited on the event loop.
        takes_raw: whether `run` wants a message of form RAW, which holds the wire message.
    """

    run: Callable[[Message], Any]
    is_async: bool = False
    takes_raw: bool = False


class Component(Protocol):
    """Be served: a user's object, a graph or a remote service."""

    def call(self, method: Method) -> Call:
        """Return how the method is answered; resolved once, before the first request."""


class UserComponent:
    """Serve a user's object.

    Args:
        user: any object; its class needs no base and no import of Charter.

    Raises:
        StartError: a method cannot be called with one, two or three arguments.
    """

    def __init__(self, user: object) -> None:
        self.user = user
        self._class_names = _class_names(user)
        self._calls = {method: self._resolve(method) for method in METHODS}
        if not any(hasattr(user, name) for method in METHODS for name in (method.name, method.raw)):
            words = ", ".join(method.name for method in METHODS)
            raise StartError(f"{type(user).__name__}: expected one of the methods {words}")

    def call(self, method: Method) -> Call:
        """Return how the method is answered by the user's object."""
        return self._calls[method]

    def _resolve(self, method: Method) -> Call:
        raw = getattr(self.user, method.raw, None)
        if callable(raw):
            return _raw_call(raw)
        function = getattr(self.user, method.name, None)
        if not callable(function):
            return Call(_WITHOUT[method.missing](method, type(self.user).__name__))
        pick = arguments(function, method.name) if method.takes_request else _no_arguments
        return _plain_call(function, pick, self._class_names)


def arguments(function: Callable[..., Any], name: str) -> Arguments:
    """Return how a request becomes the arguments of a user's function, from its signature.

    The forms are `f(X)`, `f(X, names)`, `f(X, names, meta)`, each with any names of the first two
    parameters, keyword-only `names` and `meta`, and `*args`, `**kwargs`.

    Raises:
        StartError: the function takes no argument, or requires more than three.
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:  # some functions written in C have no signature
        return _pack(("X",), ())
    positional = [_role(index, item) for index, item in enumerate(_positional(parameters))]
    while positional and positional[-1] == _UNKNOWN:
        positional.pop()
    keywords = _keywords(parameters, positional)
    if not positional or positional[0] != "X" or _UNKNOWN in positional:
        raise StartError(
            f"{name}{inspect.signature(function)}: expected {name}(X), {name}(X, names) or "
            f"{name}(X, names, meta)"
        )
    return _pack(tuple(positional), keywords)


_UNKNOWN = "?"
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_ORDER = ("X", "names", "meta")


def _positional(parameters: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """Return the parameters that take a positional argument, `*args` as two: X and names."""
    found = [item for item in parameters if item.kind in _POSITIONAL]
    starred = next(
        (item for item in parameters if item.kind is inspect.Parameter.VAR_POSITIONAL), None
    )
    return found + [starred] * max(0, 2 - len(found)) if starred else found


def _role(index: int, parameter: inspect.Parameter) -> str:
    """Return which of X, names and meta a positional parameter is given."""
    if index == 0:
        return "X"
    if parameter.name == "meta":
        return "meta"
    is_required = parameter.default is inspect.Parameter.empty
    says_names = parameter.default is None or any(word in parameter.name for word in _NAMES_WORDS)
    if index == 1:
        return "names" if is_required or says_names else _UNKNOWN
    if index == 2 and is_required and parameter.kind in _POSITIONAL:
        return "meta"
    if is_required:
        raise StartError(f"parameter {parameter.name!r}: expected at most X, names and meta")
    return _UNKNOWN


_NAMES_WORDS = ("name", "feature", "column")


def _keywords(parameters: list[inspect.Parameter], positional: list[str]) -> tuple[str, ...]:
    """Return which of names and meta are passed by keyword."""
    takes_any = any(item.kind is inspect.Parameter.VAR_KEYWORD for item in parameters)
    named = {item.name for item in parameters if item.kind is inspect.Parameter.KEYWORD_ONLY}
    wanted = {"meta"} if takes_any else set()
    return tuple(sorted((named & {"names", "meta"} | wanted) - set(positional)))


def _pack(positional: tuple[str, ...], keywords: tuple[str, ...]) -> Arguments:
    """Return the function that picks the arguments; the common cases have no loop."""
    if not keywords and positional in _COMMON:
        return _COMMON[positional]

    def pick(request: Message) -> tuple[tuple[Any, ...], dict[str, Any]]:
        parts = {"X": request.value, "names": request.names, "meta": request.meta}
        return tuple([parts[key] for key in positional]), {key: parts[key] for key in keywords}

    return pick


def _no_arguments(request: Message) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return (), {}


_COMMON: dict[tuple[str, ...], Arguments] = {
    ("X",): lambda request: ((request.value,), {}),
    ("X", "names"): lambda request: ((request.value, request.names), {}),
    ("X", "names", "meta"): lambda request: ((request.value, request.names, request.meta), {}),
}


def _plain_call(
    function: Callable[..., Any], pick: Arguments, class_names: values.ClassNames | None
) -> Call:
    """Return the call of a function that takes and returns values."""

    def run(request: Message) -> Message:
        positional, keywords = pick(request)
        return values.reply(function(*positional, **keywords), request, class_names)

    async def run_async(request: Message) -> Message:
        positional, keywords = pick(request)
        return values.reply(await function(*positional, **keywords), request, class_names)

    return Call(run_async, is_async=True) if _is_async(function) else Call(run)


def _raw_call(function: Callable[[Any], Any]) -> Call:
    """Return the call of a function that takes and returns the wire message itself."""

    def run(request: Message) -> Message:
        return Message(Form.RAW, function(_wire(request)))

    async def run_async(request: Message) -> Message:
        return Message(Form.RAW, await function(_wire(request)))

    call = run_async if _is_async(function) else run
    return Call(call, is_async=call is run_async, takes_raw=True)


def _wire(request: Message) -> Any:
    return request.value if request.form is Form.RAW else seldon_json.write(request)


def _is_async(function: Callable[..., Any]) -> bool:
    called = getattr(function, "__call__", None)  # noqa: B004 - an object with an async __call__
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)


def _class_names(user: object) -> values.ClassNames | None:
    """Return how to ask for the column names: a method, or an attribute as old models have it."""
    names = getattr(user, "class_names", None)
    if names is None:
        return None
    ask = names if callable(names) else functools.partial(getattr, user, "class_names")
    return lambda: _strings(ask())


def _strings(names: Any) -> list[str] | None:
    return None if names is None else [str(name) for name in names]


def _refuse(method: Method, owner: str) -> Callable[[Message], Message]:
    def run(request: Message) -> Message:
        raise MissingMethod(f"{method.name}: {owner} has no such method")

    return run


def _identity(method: Method, owner: str) -> Callable[[Message], Message]:
    return lambda request: values.reply(request.value, request, None)


def _healthy(method: Method, owner: str) -> Callable[[Message], Message]:
    return lambda request: Message(Form.TEXT, "healthy")


_WITHOUT: dict[Missing, Callable[[Method, str], Callable[[Message], Message]]] = {
    Missing.REFUSE: _refuse,
    Missing.IDENTITY: _identity,
    Missing.HEALTHY: _healthy,
}


def failure(error: BaseException) -> ServingError:
    """Return what the caller is told of an exception that user code raised.

    An exception that carries `status_code`, `reason` and `message` in the way of Seldon's
    `SeldonMicroserviceException` chooses its own; anything else is the component's fault.
    """
    if isinstance(error, ServingError):
        return error
    if any(kind.__name__ == _SELDON_EXCEPTION for kind in type(error).__mro__):
        message = str(getattr(error, "message", error))
        reason = str(getattr(error, "reason", ServingError.reason))
        return ComponentError(message, reason=reason, status=getattr(error, "status_code", None))
    return ComponentError(f"{type(error).__name__}: {error}")


_SELDON_EXCEPTION = "SeldonMicroserviceException"
