"""A component with its life: loaded once, then asked by every transport. No sockets here.

The handler is one coroutine, written once. On the event loop it is awaited; in a thread of gRPC the
same coroutine is driven without a loop, because there its only await, the call itself, blocks.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from charter.codecs import json_text, seldon_json
from charter.component.adapter import Call, Component, UserComponent
from charter.component.error_handler import Response
from charter.component.replies import Node
from charter.component.seldon_types import is_not_implemented
from charter.contract.model import Contract
from charter.deadline import NOBODY, Caller
from charter.errors import (
    ComponentError,
    Fault,
    NotReady,
    ServingError,
    StartError,
    TooLarge,
    UserCodeRaised,
)
from charter.exchange import Asked
from charter.execution import Execution, Finish, in_time
from charter.health import Life, State
from charter.logs import user_traceback
from charter.message import ARRAY_FORMS, Feedback, Form, Message, Request
from charter.methods import HEALTH_STATUS, PREDICT, Method, Wire
from charter.metrics.requests import Metrics
from charter.placement import Plan
from charter.tracing.tracer import Tracer, Untraced

if TYPE_CHECKING:
    # Imported when there is a contract, since models without one start sooner.
    from charter.component.images import Images
    from charter.enforcement import Enforcement
    from charter.invariants import SelfTest

logger = logging.getLogger(__name__)

Create: TypeAlias = Callable[[], object]
"""Returns the user's object; importing and constructing it may take long and may raise."""
Run: TypeAlias = Callable[[Call, Any, Any, Caller, Hashable], Awaitable[Any]]
"""Runs a call where the transport's thread wants it, and finishes its reply."""
Key: TypeAlias = Callable[[Method, Call, Any], Hashable]
"""Returns what requests must have in common to be answered together; `None` for never."""
_Way: TypeAlias = tuple[Run, Caller]
T = TypeVar("T")
Encode: TypeAlias = Callable[[Message], T]
"""Makes of a reply what the transport sends."""


class Service:
    """Load a component and answer requests with it.

    Args:
        create: returns the user's object; called once, in a thread.
        plan: how calls of user code are run; `None`: one at a time.
        node: who the component is in its graph.
        metrics: what counts; `None` makes one for this process alone.
        tracer: what traces requests; `None` traces none.
        contract: what goes in and comes out; `None`: that is not said.
    """

    def __init__(
        self,
        create: Create,
        plan: Plan | None = None,
        node: Node | None = None,
        metrics: Metrics | None = None,
        tracer: Tracer | None = None,
        contract: Contract | None = None,
    ) -> None:
        self.contract = contract
        self._images = _images(contract)
        self._test_rows = 0
        self._tested: SelfTest | None = None
        self.batch_rows = 1
        self._key: Key | None = None
        self._enforcement: Enforcement | None = None
        self.life = Life()
        self.metrics = metrics or Metrics()
        self.tracer: Tracer = tracer or Untraced()
        self._node = node
        self.life.watch(self._show_state)
        self._create = create
        self._execution = Execution(plan, self.tracer.carry, self.metrics.queued)
        self._component: Component | None = None
        self._running: set[Future[Any]] = set()
        self._hang_timeout_s = 0.0
        self._max_rows = 0
        self.has_cut_off = False
        self.is_loading = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def test_before_ready(self, rows: int) -> None:
        """Let the model answer so many rows of its contract rightly before it is ready.

        Raises:
            StartError: there is no contract.
        """
        if rows and self.contract is None:
            expected = "expected a contract; give --contract, or put contract.json beside the model"
            raise StartError(f"--self-test: {expected}; --contract-mode off reads none")
        self._test_rows = rows

    def limit_rows(self, most: int) -> None:
        """Refuse requests of more rows with `TooLarge`; 0: of no number."""
        self._max_rows = most

    def give_up_after(self, hang_timeout_s: float) -> None:
        """Take a call for hung that runs for longer than so many seconds; 0.0: never."""
        self._hang_timeout_s = hang_timeout_s

    def batch(self, most_rows: int, most_wait_s: float) -> None:
        """Let one call answer several requests of so many rows in all; 1: none.

        A contract that limits the rows of a request limits those of a batch, too. Before it is
        ready the model must answer rows of the contract together as it does alone.
        """
        limit = self.contract.limits.rows if self.contract else None
        self.batch_rows = min(most_rows, limit or most_rows)
        if self.batch_rows > 1:
            from charter.batching import joining  # few services need it

            self._execution.batch(self.batch_rows, most_wait_s, self.metrics.batch)
            self._key = joining.key

    def enforce(self, *, is_strict: bool, is_terse: bool = False) -> None:
        """Hold requests and replies to the contract, if there is one; see `Enforcement`."""
        if self.contract is not None:
            from charter.enforcement import Enforcement

            self._enforcement = Enforcement(
                self.contract, self.metrics, is_strict=is_strict, is_terse=is_terse
            )

    def hold(self) -> None:
        """Take the component as it is, and run its methods in the thread that asks: for tests.

        Its `load()` is for whoever made it to call. Methods are looked up again at each `hold`,
        since tests replace them.

        Raises:
            StartError: a method cannot be called with what it would be given.
            Exception: what `init_metadata()` raises.
        """
        if isinstance(self._component, UserComponent):
            self._component.look_up()
            return
        self._execution.close()
        self._execution = Execution(is_inline=True)
        self._component = UserComponent(self._create(), self._node)
        self.life.move(State.READY)

    async def load(self) -> None:
        """Create the component and call its `load()`, once, in the thread that first serves calls.

        Raises:
            StartError: the self-test has failed, as below.
            Exception: whatever the user's code raises; the service is then failed for good.
        """
        self._loop = self._execution.loop = asyncio.get_running_loop()
        self.is_loading = True
        self.life.move(State.LOADING)
        try:
            user = await self._execution.run_alone(self._created)
            self._execution.allow(is_thread_safe=getattr(user, "thread_safe", False) is True)
            await run_load(user, self._execution)
            # load() may make what is looked up
            component = self.tracer.component(UserComponent(user, self._node))
            await self._test(component)
        except SystemExit as error:  # it would end the event loop before the ports are closed
            self.life.move(State.FAILED, error)
            raise ComponentError(f"the model's code called sys.exit({error.code})") from error
        except BaseException as error:
            self.life.move(State.FAILED, error)
            raise
        self._component = component
        self.is_loading = False
        self.life.move(State.READY)

    def handle(
        self,
        method: Method,
        request: Request,
        encode: Encode[T],
        wire: Wire = Wire.REST,
        caller: Caller = NOBODY,
    ) -> Coroutine[Any, Any, tuple[Message, T]]:
        """Answer a request on the event loop.

        Args:
            method: what is asked.
            request: what it is asked with.
            encode: makes the bytes of the reply; it is done while nothing else runs in the
                component, which may have kept what it returned and change it in the next call.
            wire: over which transport.
            caller: who waits for the answer, and until when.

        Returns:
            The reply, and what `encode` made of it.

        Raises:
            ServingError: not ready, busy, too late; or an error of the component, which is then
                already logged.
        """
        call = self._call(method, wire)
        if self._tested is not None and method is HEALTH_STATUS:
            encode = _telling(self._tested, encode)
        return self._on_loop(method, call, request, encode, caller)

    def handle_blocking(
        self,
        method: Method,
        request: Request,
        encode: Encode[T],
        wire: Wire = Wire.GRPC,
        caller: Caller = NOBODY,
    ) -> tuple[Message, T]:
        """Answer a request in a thread that is not the event loop's; see `handle`."""
        call = self._call(method, wire)
        if self._images is not None and self._images.are_in(request, method):
            request = self._images.read_here(request, caller.deadline)
        return _drive(self._answer(method, call, request, encode, (self._run_here, caller)))

    def takes_raw(self, method: Method, wire: Wire) -> bool:
        """Return whether the method wants the wire message itself; raise `NotReady` before load."""
        return self._call(method, wire).takes_raw

    def needs_task(self, method: Method, wire: Wire) -> bool:
        """Return whether `handle` must be awaited in a task, as code of users that is async must.

        Raises:
            NotReady: it is not known before load.
        """
        return self._call(method, wire).is_async or self.tracer.carry is not None

    def weigh(self, method: Method, size: int) -> None:
        """Check the size of a request's body, in bytes; raise `TooLarge` beyond the contract's."""
        if self._enforcement is not None:
            self._enforcement.weigh(method, size)

    def error_response(self, error: UserCodeRaised, asked: Asked) -> Response | None:
        """Return the HTTP response that the component itself has for an error of its code."""
        if self._component is None or error.__cause__ is None:
            return None
        return self._component.error_response(error.__cause__, asked)

    def drain(self) -> None:
        """Be ready no more; requests in flight go on."""
        self.life.move(State.DRAINING)

    def hung_s(self) -> float:
        """Return for how many seconds a call has run that is taken for hung; 0.0 for none."""
        is_watched = self._hang_timeout_s and not self.is_loading  # a load takes what it takes
        longest_s = self.longest_call_s() if is_watched else 0.0
        return longest_s if longest_s > self._hang_timeout_s else 0.0

    def longest_call_s(self) -> float:
        """Return for how many seconds the longest call under way has run; 0.0 for none."""
        return self._execution.longest_s()

    def cut_off(self) -> None:
        """End the calls that outlived the drain, as far as they can be ended."""
        for running in list(self._running):
            self.has_cut_off = running.cancel() or self.has_cut_off

    def close(self) -> bool:
        """Stop for good; return whether no call is left running in a thread."""
        self.life.move(State.STOPPED)
        self._component = None
        if self._images is not None:
            self._images.close()
        is_idle = self._execution.close()
        self.tracer.flush()
        return is_idle

    def _created(self) -> object:
        user = self._create()
        # Only now are the variables of the model's folder set, and has its code set up its own.
        self.tracer.start(type(user).__name__)
        return user

    def _show_state(self, state: State) -> None:
        self.metrics.is_ready = state is State.READY

    async def _test(self, component: Component) -> None:
        """Test a component that is loaded; raise `StartError` if it fails."""
        if self._test_rows or self.batch_rows > 1:
            self.life.move(State.WARMING)
        if self._test_rows:
            await self._test_itself(component)
        if self.batch_rows > 1:
            await self._test_batches(component)

    async def _test_batches(self, component: Component) -> None:
        from charter import invariants  # as below

        await invariants.keeps_rows_apart(
            component, self._execution.run, self.contract, self._enforcement, self.batch_rows
        )

    async def _test_itself(self, component: Component) -> None:
        from charter import invariants  # what makes requests, few services need

        assert self.contract is not None
        call = component.call(PREDICT, Wire.REST)

        async def ask(body: bytes) -> bytes:
            is_raw = call.takes_raw
            message = Message(Form.RAW, json_text.loads(body)) if is_raw else None
            request = message or seldon_json.decode(body)
            return (await self._on_loop(PREDICT, call, request, seldon_json.encode, NOBODY))[1]

        tested = await invariants.self_test(ask, self.contract, self._test_rows)
        self.metrics.tested(tested.rows, tested.duration_s, has_passed=not tested.faults)
        invariants.hold_to(tested)
        self._tested = tested

    def _on_loop(
        self, method: Method, call: Call, request: Request, encode: Encode[T], caller: Caller
    ) -> Coroutine[Any, Any, tuple[Message, T]]:
        way = (self._execution.run, caller)
        if self._images is not None and self._images.are_in(request, method):
            return self._read_and_answer(self._images, method, call, request, encode, way)
        return self._answer(method, call, request, encode, way)

    async def _read_and_answer(
        self,
        images: Images,
        method: Method,
        call: Call,
        request: Message,
        encode: Encode[T],
        way: _Way,
    ) -> tuple[Message, T]:
        request = await in_time(functools.partial(images.read_on_loop, request), way[1].deadline)
        return await self._answer(method, call, request, encode, way)

    async def _answer(
        self, method: Method, call: Call, request: Request, encode: Encode[T], way: _Way
    ) -> tuple[Message, T]:
        run, caller = way
        if isinstance(request, Feedback):
            self.metrics.reward(request.reward)
        if self._max_rows:
            _check_rows(request, self._max_rows)
        enforcement, rows = self._enforcement, None
        if enforcement is not None:
            request, rows = enforcement.request(method, request)

        def finish(reply: Message) -> tuple[Message, T]:
            if reply.reported:
                self.metrics.observe(reply.reported, method.label)
            if enforcement is not None:
                enforcement.reply(method, reply, rows)
            return reply, encode(reply)

        try:
            key = None if self._key is None else self._key(method, call, request)
            answer: tuple[Message, T] = await run(call, request, finish, caller, key)
            return answer
        except ServingError as error:
            _log(error, method)
            raise

    def _call(self, method: Method, wire: Wire) -> Call:
        # While it drains, a service still answers what has reached it; transports take no more.
        if self._component is None:
            self.life.check()
        assert self._component is not None
        return self._component.call(method, wire)

    async def _run_here(
        self, call: Call, request: Request, finish: Finish[T], caller: Caller, key: Hashable
    ) -> T:
        """Run a call in this thread; an async one on the loop, with this thread waiting."""
        if not call.is_async or key is not None:
            return self._execution.run_blocking(call, request, finish, caller, key)
        answering = self._execution.run(call, request, finish, caller)
        if self._loop is None:  # held, without a loop of its own
            return asyncio.run(answering)
        running = asyncio.run_coroutine_threadsafe(answering, self._loop)
        self._running.add(running)
        if caller.on_leave is not None:
            caller.on_leave(functools.partial(_cancel, running))
        try:
            return running.result()
        except CancelledError as error:
            raise NotReady("the call was ended before it had an answer") from error
        finally:
            self._running.discard(running)


async def run_load(user: object, execution: Execution) -> None:
    """Call the `load()` of a user's object, if it has one.

    Args:
        user: what may have it.
        execution: runs it, unless it is `async`.

    Raises:
        Exception: whatever it raises, but that it is not implemented.
    """
    load = getattr(user, "load", None)
    if not callable(load):
        return
    try:
        if inspect.iscoroutinefunction(load):
            await load()
        else:
            await execution.run_alone(load)
    except Exception as error:
        if not isinstance(error, NotImplementedError) and not is_not_implemented(error):
            raise
        logger.info("load() is not implemented; there is nothing to load")


def _check_rows(request: Request, most: int) -> None:
    if not isinstance(request, Message) or request.form not in ARRAY_FORMS:
        return
    rows = len(request.value) if request.value.ndim else 1
    if rows > most:
        raise TooLarge(f"data: expected at most {most} rows, got {rows}; the limit is --max-rows")


def _cancel(running: Future[Any]) -> None:
    running.cancel()


def _drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine that never suspends."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise AssertionError("a handler suspended outside the event loop")


def _images(contract: Contract | None) -> Images | None:
    if contract is None:
        return None
    from charter.component.images import images

    return images(contract)


def _telling(tested: SelfTest, encode: Encode[T]) -> Encode[T]:
    """Return the encoder that adds the result of the self-test to the tags of a reply."""

    def encode_told(reply: Message) -> T:
        if reply.form is Form.RAW:  # the whole message is the component's own
            return encode(reply)
        meta = reply.meta or {}
        tags = {**(meta.get("tags") or {}), "self_test": tested.document}
        return encode(dataclasses.replace(reply, meta={**meta, "tags": tags}))

    return encode_told


_SERVER_ERRORS = 500


def _log(error: ServingError, method: Method) -> None:
    """Log what the component did wrong, once; with the user's traceback where its code raised."""
    if error.fault is not Fault.COMPONENT:
        return
    is_chosen = error.status is not None and error.status < _SERVER_ERRORS
    if isinstance(error, UserCodeRaised) and error.__cause__ and not is_chosen:
        logger.error("%s raised\n%s", method.name, user_traceback(error.__cause__))
    else:
        logger.warning("%s: %s", method.name, error.message)
