"""The one place that calls user code.

At load, each method of the user's object is looked up and its signature read, once. A call then is:
request → arguments → the user's function → its result → reply. Whatever the user's function raises
is the user's error; nothing it raises is ever read as “not implemented”.
"""

from __future__ import annotations

import asyncio
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
Run: TypeAlias = Callable[[Message], Message]
"""Answers a request, in this thread."""


@dataclass(frozen=True, slots=True)
class Call:
    """Answer one method of a component.

    Args:
        run: takes the request; returns the reply, or with `is_async` an awaitable of it.
        is_async: whether `run` must be awaited on the event loop.
        takes_raw: whether `run` wants a message of form RAW, which holds the wire message.
        is_immediate: whether `run` calls no user code, and so need not wait for its turn.
    """

    run: Callable[[Message], Any]
    is_async: bool = False
    takes_raw: bool = False
    is_immediate: bool = False


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
        raw = _member(self.user, method.raw)
        if callable(raw):
            return _raw_call(raw)
        function = _member(self.user, method.name)
        if not callable(function):
            run = _WITHOUT[method.missing](method, self.user, self._class_names)
            return Call(run, is_immediate=self._class_names is None)
        pick = arguments(function, method.name) if method.takes_request else _no_arguments
        return _plain_call(function, pick, self._class_names)


def arguments(function: Callable[..., Any], name: str) -> Arguments:
    """Return how a request becomes the arguments of a user's function, from its signature.

    The forms are `f(X)`, `f(X, names)`, `f(X, names, meta)`, each with any names of the first two
    parameters, keyword `names` and `meta`, and `*args`, `**kwargs`. A second parameter with a
    default that says nothing of names, such as `batch_size=32`, keeps its default.

    Raises:
        StartError: the function takes no argument, or requires others than these.
    """
    try:
        signature = inspect.signature(function)
    except ValueError:  # some functions written in C have no signature
        return _pack(("X",), ())
    positional: list[str] = []
    keywords: set[str] = set()
    for index, parameter in enumerate(_parameters(signature)):
        role = _role(index, parameter)
        if role is None:
            if parameter.default is parameter.empty:
                raise StartError(_expected(name, signature))
        elif parameter.kind in _POSITIONAL and len(positional) == index:
            positional.append(role)
        elif role not in positional:
            keywords.add(role)
    if not positional:
        raise StartError(_expected(name, signature))
    return _pack(tuple(positional), tuple(sorted(keywords)))


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_NAMES_WORDS = ("name", "feature", "column")


def _expected(name: str, signature: inspect.Signature) -> str:
    return f"{name}{signature}: expected {name}(X), {name}(X, names) or {name}(X, names, meta)"


def _parameters(signature: inspect.Signature) -> list[inspect.Parameter]:
    """Return the parameters; `*args` as X and names where these are missing, `**kwargs` as meta."""
    given = list(signature.parameters.values())
    found = [item for item in given if item.kind in _POSITIONAL]
    if any(item.kind is inspect.Parameter.VAR_POSITIONAL for item in given):
        found += [inspect.Parameter(name, _POSITIONAL[0]) for name in ("X", "names")[len(found) :]]
    found += [item for item in given if item.kind is inspect.Parameter.KEYWORD_ONLY]
    if any(item.kind is inspect.Parameter.VAR_KEYWORD for item in given):
        found.append(inspect.Parameter("meta", inspect.Parameter.KEYWORD_ONLY))
    return found


def _role(index: int, parameter: inspect.Parameter) -> str | None:
    """Return which of X, names and meta a parameter is given; `None` leaves it its default."""
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
        return parameter.name if parameter.name in ("names", "meta") else None
    if index == 0:
        return "X"
    if parameter.name == "meta":
        return "meta"
    is_required = parameter.default is parameter.empty
    if index == 1:
        says_names = any(word in parameter.name for word in _NAMES_WORDS)
        return "names" if is_required or says_names or parameter.default is None else None
    return "meta" if index == 2 and is_required else None


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
        try:
            return values.reply(function(*positional, **keywords), request, class_names)
        except ServingError:
            raise
        except BaseException as error:  # user code may raise anything, and must end nothing
            raise failure(error) from error

    async def run_async(request: Message) -> Message:
        positional, keywords = pick(request)
        try:
            return values.reply(await function(*positional, **keywords), request, class_names)
        except ServingError:
            raise
        except BaseException as error:
            if _is_cancelled(error):
                raise
            raise failure(error) from error

    return Call(run_async, is_async=True) if _is_async(function) else Call(run)


def _raw_call(function: Callable[[Any], Any]) -> Call:
    """Return the call of a function that takes and returns the wire message itself."""

    def run(request: Message) -> Message:
        try:
            return Message(Form.RAW, function(_wire(request)))
        except ServingError:
            raise
        except BaseException as error:
            raise failure(error) from error

    async def run_async(request: Message) -> Message:
        try:
            return Message(Form.RAW, await function(_wire(request)))
        except ServingError:
            raise
        except BaseException as error:
            if _is_cancelled(error):
                raise
            raise failure(error) from error

    call = run_async if _is_async(function) else run
    return Call(call, is_async=call is run_async, takes_raw=True)


def _is_cancelled(error: BaseException) -> bool:
    """Return whether the event loop cancels this task, rather than user code raising that error."""
    cancelling = getattr(asyncio.current_task(), "cancelling", None)
    if cancelling is None:  # before Python 3.11 nobody can tell the two apart
        return isinstance(error, asyncio.CancelledError)
    return bool(cancelling() > 0)


def _wire(request: Message) -> Any:
    return request.value if request.form is Form.RAW else seldon_json.write(request)


def _is_async(function: Callable[..., Any]) -> bool:
    called = getattr(function, "__call__", None)  # noqa: B004 - an object with an async __call__
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)


def _member(user: object, name: str) -> Any:
    """Return an attribute, or `None` where there is none; an error in a property is raised."""
    if hasattr(type(user), "__getattr__"):
        return getattr(user, name, None)
    missing = object()
    is_there = inspect.getattr_static(user, name, missing) is not missing
    return getattr(user, name) if is_there else None


def _class_names(user: object) -> values.ClassNames | None:
    """Return how to ask for the column names: a method, or an attribute as old models have it."""
    names = _member(user, "class_names")
    if names is None:
        return None
    ask = names if callable(names) else functools.partial(getattr, user, "class_names")
    return lambda: _strings(ask())


def _strings(names: Any) -> list[str] | None:
    return None if names is None else [str(name) for name in names]


def _refuse(method: Method, user: object, _: values.ClassNames | None) -> Run:
    def run(request: Message) -> Message:
        raise MissingMethod(f"{method.name}: {type(user).__name__} has no such method")

    return run


def _identity(_: Method, user: object, class_names: values.ClassNames | None) -> Run:
    def run(request: Message) -> Message:
        try:
            return values.same(request, class_names)
        except ServingError:
            raise
        except BaseException as error:  # class_names is user code
            raise failure(error) from error

    return run


def _healthy(method: Method, user: object, class_names: values.ClassNames | None) -> Run:
    return lambda request: Message(Form.TEXT, "healthy")


_WITHOUT: dict[Missing, Callable[[Method, object, values.ClassNames | None], Run]] = {
    Missing.REFUSE: _refuse,
    Missing.IDENTITY: _identity,
    Missing.HEALTHY: _healthy,
}


def failure(error: BaseException) -> ServingError:
    """Return what the caller is told of an exception that user code raised.

    An exception that carries `status_code`, `reason` and `message` in the way of Seldon's
    `SeldonMicroserviceException` chooses its own; anything else is the component's fault.
    """
    if any(kind.__name__ == _SELDON_EXCEPTION for kind in type(error).__mro__):
        message = _text(getattr(error, "message", error))
        reason = str(getattr(error, "reason", ServingError.reason))
        return ComponentError(message, reason=reason, status=_status(error))
    text = _text(error)
    return ComponentError(f"{type(error).__name__}: {text}" if text else type(error).__name__)


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001 - an exception of user code whose text cannot be made
        return ""


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and 200 <= status <= 599 else None


_SELDON_EXCEPTION = "SeldonMicroserviceException"
