"""A component with its life: loaded once, then asked by every transport. No sockets here.

The handler is one coroutine, written once. On the event loop it is awaited; in a thread of gRPC the
same coroutine is driven without a loop, because there its only await, the call itself, blocks.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Future
from typing import Any, TypeAlias, TypeVar

from charter.component import loader
from charter.component.adapter import Call, Component, UserComponent
from charter.errors import ComponentError, Fault, ServingError
from charter.execution import Execution
from charter.health import Life, State
from charter.logs import user_traceback
from charter.message import Message
from charter.methods import Method
from charter.metrics import RequestMetrics
from charter.settings import Settings, export, make, parse_parameters

logger = logging.getLogger(__name__)

Create: TypeAlias = Callable[[], object]
"""Returns the user's object; importing and constructing it may take long and may raise."""
Run: TypeAlias = Callable[[Call, Message], Awaitable[Message]]
"""Runs a call where the transport's thread wants it."""
T = TypeVar("T")


class Service:
    """Load a component and answer requests with it.

    Args:
        create: returns the user's object; called once, in a thread.
        threads: how many calls of user code may run at the same time.
    """

    def __init__(self, create: Create, threads: int) -> None:
        self.life = Life()
        self.metrics = RequestMetrics()
        self.life.watch(self._show_state)
        self._create = create
        self._execution = Execution(threads)
        self._component: Component | None = None
        self._running: set[Future[Message]] = set()
        self.has_cut_off = False
        self.is_loading = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def load(self) -> None:
        """Create the component and call its `load()`, once, in the thread that first serves calls.

        Raises:
            Exception: whatever the user's code raises; the service is then failed for good.
        """
        self._loop = asyncio.get_running_loop()
        self.is_loading = True
        self.life.move(State.LOADING)
        try:
            user = await self._execution.run_alone(self._create)
            await self._run_load(user)
            component = UserComponent(user)  # load() may make what it looks up
        except SystemExit as error:  # it would end the event loop before the ports are closed
            self.life.move(State.FAILED, error)
            raise ComponentError(f"the model's code called sys.exit({error.code})") from error
        except BaseException as error:
            self.life.move(State.FAILED, error)
            raise
        self._component = component
        self.is_loading = False
        self.life.move(State.READY)

    def handle(self, method: Method, request: Message) -> Coroutine[Any, Any, Message]:
        """Answer a request on the event loop.

        Raises:
            ServingError: not ready, or the component's error; already logged.
        """
        return self._answer(method, request, self._execution.run)

    def handle_blocking(self, method: Method, request: Message) -> Message:
        """Answer a request in a thread that is not the event loop's; raises as `handle` does."""
        return _drive(self._answer(method, request, self._run_here))

    def takes_raw(self, method: Method) -> bool:
        """Return whether the method wants the wire message itself; raise `NotReady` before load."""
        return self._call(method).takes_raw

    def drain(self) -> None:
        """Be ready no more; requests in flight go on."""
        self.life.move(State.DRAINING)

    def cut_off(self) -> None:
        """End the calls that outlived the drain, as far as they can be ended."""
        for running in list(self._running):
            self.has_cut_off = running.cancel() or self.has_cut_off

    def close(self) -> bool:
        """Stop for good; return whether no call is left running in a thread."""
        self.life.move(State.STOPPED)
        self._component = None
        return self._execution.close()

    def _show_state(self, state: State) -> None:
        self.metrics.is_ready = state is State.READY

    async def _answer(self, method: Method, request: Message, run: Run) -> Message:
        call = self._call(method)
        try:
            return await run(call, request)
        except ServingError as error:
            _log(error, method)
            raise

    def _call(self, method: Method) -> Call:
        # While it drains, a service still answers what has reached it; transports take no more.
        if self._component is None:
            self.life.check()
        assert self._component is not None
        return self._component.call(method)

    async def _run_here(self, call: Call, request: Message) -> Message:
        """Run a call in this thread; an async one on the loop, with this thread waiting."""
        if not call.is_async:
            return self._execution.run_blocking(call, request)
        assert self._loop is not None
        running = asyncio.run_coroutine_threadsafe(call.run(request), self._loop)
        self._running.add(running)
        try:
            reply: Message = running.result()
            return reply
        finally:
            self._running.discard(running)

    async def _run_load(self, user: object) -> None:
        load = getattr(user, "load", None)
        if not callable(load):
            return
        if inspect.iscoroutinefunction(load):
            await load()
            return
        await self._execution.run_alone(load)


def encoded(method: Method, reply: Message, encode: Callable[[Message], bytes]) -> bytes:
    """Return the bytes of a reply.

    Raises:
        ComponentError: the codec cannot write what the component returned; already logged.
    """
    try:
        return encode(reply)
    except ServingError as error:
        _log(error, method)
        raise


def prepare(component: object, chosen: Mapping[str, Any]) -> tuple[Create, Settings]:
    """Return how the user's object is made, and the settings, from what the caller named.

    Args:
        component: a class, an object, or the name of one as `charter serve` takes it.
        chosen: settings by knob; the environment, the model's folder and the defaults fill in.

    Raises:
        StartError: there is no such model or setting, or a value is wrong.
    """
    if isinstance(component, str):
        source = loader.find(component)
        settings = make(chosen, source.environment)
        parameters = parse_parameters(settings.parameters)
        return (lambda: _create(source, parameters)), settings
    settings = make(chosen)
    parameters = parse_parameters(settings.parameters)
    if isinstance(component, type):
        return (lambda: loader.construct(component, parameters)), settings
    return (lambda: component), settings


def _create(source: loader.Source, parameters: Mapping[str, Any]) -> object:
    # In an image made by s2i these variables are set before the process starts.
    export(source.environment)
    return loader.create(source, parameters)


def _drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise AssertionError("a handler suspended outside the event loop")


def _log(error: ServingError, method: Method) -> None:
    """Log what the component did wrong, once; with the user's traceback where its code raised."""
    if error.fault is not Fault.COMPONENT:
        return
    if error.__cause__ is None or error.status:
        logger.warning("%s: %s", method.name, error.message)
    else:
        logger.error("%s raised\n%s", method.name, user_traceback(error.__cause__))
