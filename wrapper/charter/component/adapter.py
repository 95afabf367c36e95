"""The one place that calls user code.

At load, each method of the user's object is looked up and its signature read, once. A call then is:
request → arguments → the user's function → its result → reply. Whatever the user's function raises
is the user's error; only Seldon's own exception for it is read as “not implemented”.
"""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import functools
import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from charter.component import error_handler, frames, metadata, missing, seldon_types, wires
from charter.component.arguments import Arguments, arguments, forgiving, takes_meta
from charter.component.forks import Forks
from charter.component.replies import Node, Replies
from charter.errors import CallError, ServingError, UserCodeRaised
from charter.exchange import Asked
from charter.message import Message, Request
from charter.methods import CONTRACTED, METADATA, METHODS, Method, Takes, Wire

logger = logging.getLogger(__name__)

Run: TypeAlias = Callable[[Any], Any]
"""Answers a request, in this thread; or returns an awaitable of the answer."""
Finish: TypeAlias = Callable[[Any, Any], Message]
"""Makes the reply of a user function's result and the request."""


class Joins(enum.Enum):
    """Say which requests one call may answer together; see `batching`."""

    NEVER = "never"
    """None: they are no rows, or what the user's function is given depends on all of them."""
    FLOATS = "floats"
    """Arrays of float64 alone."""
    ROWS = "rows"
    """Arrays."""


@dataclass(frozen=True, slots=True)
class Call:
    """Answer one method of a component.

    Args:
        run: takes the request; returns the reply, or with `is_async` an awaitable of it.
        is_async: whether `run` must be awaited on the event loop.
        takes_raw: whether `run` wants a message of form RAW, which holds the wire message.
        is_immediate: whether `run` calls no user code, and so need not wait for its turn.
        waits: whether `run` waits for another process, and so never runs on the event loop, however
            short it is; the user's function says so with an attribute of this name.
        joins: which requests it may be asked with together.
        takes_meta: whether the user's function sees the meta of the request.
    """

    run: Run
    is_async: bool = False
    takes_raw: bool = False
    is_immediate: bool = False
    waits: bool = False
    joins: Joins = Joins.NEVER
    takes_meta: bool = False


class Component(Protocol):
    """Be served: a user's object, a graph or a remote service."""

    def call(self, method: Method, wire: Wire) -> Call:
        """Return how the method is answered; resolved once, before the first request."""

    def error_response(self, error: BaseException, asked: Asked) -> error_handler.Response | None:
        """Return the HTTP response that the component itself has for an error of its code."""


class UserComponent:
    """Serve a user's object.

    Args:
        user: any object; its class needs no base and no import of Charter.
        node: who it is in its graph, and how it answers.

    Raises:
        StartError: a method cannot be called with what it would be given.
        Exception: what `init_metadata()` raises.
    """

    def __init__(self, user: object, node: Node | None = None) -> None:
        self.user = user
        self._node = node or Node()
        self._metadata = metadata.call(user, self._node)
        self._handler = error_handler.of(user)
        self._forks = Forks()
        self.look_up()
        if not any(_has(user, method) for method in METHODS if method is not METADATA):
            # As the original: it starts, and passes on what it is to transform.
            name = type(user).__name__
            logger.warning("%s has no method of a component, so it changes nothing", name)

    def look_up(self) -> None:
        """Look the user's methods up, once at load; again only where tests replace them."""
        self._replies = Replies(self.user, self._node)
        self._calls = {
            (method, wire): self._resolve(method, wire) for method in METHODS for wire in Wire
        }

    def call(self, method: Method, wire: Wire = Wire.REST) -> Call:
        """Return how the method is answered by the user's object."""
        return self._calls[method, wire]

    def error_response(self, error: BaseException, asked: Asked) -> error_handler.Response | None:
        """Return what the user's `model_error_handler` has for an error of the user's code."""
        return self._handler(error, asked) if self._handler else None

    def _resolve(self, method: Method, wire: Wire) -> Call:
        if method is METADATA:
            return Call(self._metadata, is_immediate=True)
        deprecated = seldon_types.member(self.user, getattr(method, wire.value))
        if callable(deprecated):
            logger.warning("%s is deprecated: use %s", getattr(method, wire.value), method.raw)
            return self._raw_call(method, deprecated, wires.deprecated(method, wire), None)
        raw = seldon_types.member(self.user, method.raw)
        plain = self._resolve_plain(method)
        if callable(raw):
            return self._raw_call(method, raw, wires.given(method), plain)
        return plain

    def _resolve_plain(self, method: Method) -> Call:
        function = seldon_types.member(self.user, method.name)
        declines = callable(function)
        otherwise = missing.run(method, self.user, self._node, self._replies, declines=declines)
        if not declines:
            run = functools.partial(guarded, otherwise)
            return Call(run, is_immediate=not self._replies.calls_user)
        pick = arguments(function, method.name, method.takes, self._node.name)
        asked = function if not self._node.is_strict else None  # Seldon Core reads no annotation
        pick = frames.giving(pick, asked, method, self._node.contract)
        sees_meta = method in CONTRACTED and takes_meta(function, method.name)
        function = forgiving(function, method.takes)

        def finish(result: Any, request: Request) -> Message:
            return self._replies.reply(method, result, request)

        way = None if missing.is_error(method) else otherwise
        call = _call(function, _Steps(pick, finish, way, self._forks))
        return dataclasses.replace(call, joins=self._joins(method, asked), takes_meta=sees_meta)

    def _joins(self, method: Method, function: Callable[..., Any] | None) -> Joins:
        """Return what a method of the user's may be asked with together."""
        contract = self._node.contract
        if method not in CONTRACTED:  # nothing could tell whether it keeps rows apart
            return Joins.NEVER
        if not frames.is_given(function, method, contract):
            return Joins.ROWS
        return Joins.FLOATS if frames.is_by_row(contract) else Joins.NEVER

    def _raw_call(
        self, method: Method, function: Callable[..., Any], pick: Arguments, plain: Call | None
    ) -> Call:
        """Return the call of a function that takes and returns the wire message itself."""

        def finish(result: Any, request: Request) -> Message:
            return self._replies.raw(result)

        def otherwise(request: Any) -> Any:
            assert plain is not None
            return plain.run(wires.decoded(method, request))

        way = otherwise if plain else None
        call = _call(function, _Steps(pick, finish, way, self._forks))
        is_async = call.is_async or (plain is not None and plain.is_async)
        run = call.run if call.is_async or not is_async else _awaiting(call.run)
        return Call(run, is_async=is_async, takes_raw=method.takes is not Takes.NOTHING)


@dataclass(frozen=True, slots=True)
class _Steps:
    """Hold what a call of a user's function is made of.

    Args:
        pick: makes its arguments of a request.
        finish: makes the reply of what it returned.
        otherwise: answers in its place when it says that it is not implemented; `None`: that is an
            error like others.
        forks: tells whether it has forked.
    """

    pick: Arguments
    finish: Finish
    otherwise: Run | None
    forks: Forks


def _call(function: Callable[..., Any], steps: _Steps) -> Call:
    """Return the call of a user's function."""
    if _is_async(function):
        return Call(_async_run(function, steps), is_async=True)
    return Call(_sync_run(function, steps), waits=bool(getattr(function, "waits", False)))


def _sync_run(function: Callable[..., Any], steps: _Steps) -> Run:
    pick, finish, forks = steps.pick, steps.finish, steps.forks

    def run(request: Any) -> Any:
        positional, keywords = pick(request)
        before = forks.count
        try:
            return finish(function(*positional, **keywords), request)
        except BaseException as error:  # noqa: BLE001 - user code may raise anything
            way = _other_way(error, steps.otherwise)
        finally:
            if forks.count != before:
                forks.end_copy()
        return guarded(way, request)

    return run


def _async_run(function: Callable[..., Any], steps: _Steps) -> Run:
    pick, finish, forks = steps.pick, steps.finish, steps.forks

    async def run_async(request: Any) -> Message:
        positional, keywords = pick(request)
        before = forks.count
        try:
            return finish(await function(*positional, **keywords), request)
        except BaseException as error:
            if _is_cancelled(error):
                raise
            way = _other_way(error, steps.otherwise)
        finally:
            if forks.count != before:
                forks.end_copy()
        return await _awaited(guarded(way, request))

    return run_async


def _other_way(error: BaseException, otherwise: Run | None) -> Run:
    """Return the other way to answer after an error; raise what the caller is told without one."""
    if otherwise is None or not seldon_types.is_not_implemented(error):
        raise told(error) from _cause(error)
    return otherwise


def guarded(run: Run, request: Any) -> Any:
    """Run what may call user code besides the method itself, such as `class_names`."""
    try:
        return run(request)
    except BaseException as error:  # noqa: BLE001 - as around the method itself
        raise told(error) from _cause(error)


def _awaiting(run: Run) -> Run:
    async def run_async(request: Any) -> Message:
        return await _awaited(run(request))

    return run_async


async def _awaited(reply: Any) -> Message:
    message: Message = await reply if inspect.isawaitable(reply) else reply
    return message


def _is_cancelled(error: BaseException) -> bool:
    """Return whether the event loop cancels this task, rather than user code raising that error."""
    cancelling = getattr(asyncio.current_task(), "cancelling", None)
    if cancelling is None:  # before Python 3.11 nobody can tell the two apart
        return isinstance(error, asyncio.CancelledError)
    return bool(cancelling() > 0)


def _is_async(function: Callable[..., Any]) -> bool:
    called = getattr(function, "__call__", None)  # noqa: B004 - an object with an async __call__
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)


def _has(user: object, method: Method) -> bool:
    names = (method.name, method.raw, method.rest, method.grpc)
    return seldon_types.is_component(user) or any(hasattr(user, name) for name in names if name)


def told(error: BaseException) -> ServingError:
    """Return what the caller is told of an exception from a call.

    Errors of Charter's pass: of a reply that cannot be made, or raised by user code that knows
    them. What a client that the user code asks raises is user code's own matter.
    """
    if isinstance(error, ServingError) and not isinstance(error, CallError):
        return error
    return failure(error)


def _cause(error: BaseException) -> BaseException | None:
    """Return what `told(error)` is raised from."""
    return error.__cause__ if told(error) is error else error


def failure(error: BaseException) -> UserCodeRaised:
    """Return what the caller is told of an exception that user code raised.

    An exception that carries `status_code`, `reason` and `message` in the way of Seldon's
    `SeldonMicroserviceException` chooses its own; anything else is the component's fault.
    """
    if seldon_types.is_exception(error):
        message = text_of(getattr(error, "message", error))
        reason = str(getattr(error, "reason", ServingError.reason))
        document = seldon_types.own_document(error)
        return UserCodeRaised(message, reason=reason, status=_status(error), document=document)
    text = text_of(error)
    return UserCodeRaised(f"{type(error).__name__}: {text}" if text else type(error).__name__)


def text_of(value: object) -> str:
    """Return the text of an exception; it can be sent, and is "" where it cannot be made."""
    try:
        # Of file names it may hold halves of characters.
        return str(value).encode("utf-8", "replace").decode()
    except Exception:  # noqa: BLE001 - user code may raise anything
        return ""


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and 200 <= status <= 599 else None
