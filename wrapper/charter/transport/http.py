"""HTTP/1.1 with one client: an answer to each request in its turn, and an end to all waiting."""

from __future__ import annotations

import asyncio
import contextvars
import enum
import logging
import types
from collections.abc import Coroutine, Generator
from typing import Any, cast

from charter.errors import Busy, TooSlow
from charter.exchange import WITHOUT_BODY, Answer, Asked, ClientGone
from charter.logs import user_traceback
from charter.transport import sockets
from charter.transport.incoming import CLOSES, KEEPS, Incoming
from charter.transport.traffic import NEVER, Traffic, ended

logger = logging.getLogger(__name__)

# So many connections over the limit are told so; beyond that they are closed without a word.
_MOST_TOLD = 64
# A body this long is not joined with its head, which would copy it.
_LARGE_BYTES = 2**16
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Stage(enum.Enum):
    """Say what a connection waits for."""

    IDLE = "a request"
    HEAD = "the rest of a head"
    BODY = "the rest of a body"
    MODEL = "the answer"
    CLIENT = "the client to read"
    END = "the client to close"


class Connection(asyncio.Protocol):
    """Speak with one client.

    Args:
        traffic: what all connections of the server share.
        connections: where it is while it is open.
        loop: the running one.
    """

    __slots__ = (
        "_asked", "_connections", "_has_eof", "_incoming", "_is_full", "_is_paused", "_loop",
        "_stage", "_stalls", "_task", "_traffic", "_transport", "_unread", "due",
    )  # fmt: skip

    _transport: asyncio.Transport
    _incoming: Incoming

    def __init__(
        self,
        traffic: Traffic,
        connections: set[Connection],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._traffic = traffic
        self._connections = connections
        self._loop = loop
        self._asked: Asked | None = None
        self._task: asyncio.Task[None] | None = None
        self._stage = Stage.IDLE
        self._has_eof = self._is_full = self._is_paused = False
        self._unread = self._stalls = 0
        self.due = traffic.sweeps + traffic.first_sweeps
        """The sweep at which `expire` is called."""

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; refuse the client where there are too many."""
        # uvloop's has its methods but not its class.
        self._transport = cast(asyncio.Transport, transport)
        address = transport.get_extra_info("peername")
        self._incoming = Incoming(self._traffic, address[0] if address else "-")
        over = len(self._connections) - self._traffic.limits.max_connections
        self._connections.add(self)
        if over >= _MOST_TOLD:
            self._transport.abort()
        elif over >= 0:
            self._incoming.refuse(_too_many(self._traffic.limits.max_connections))
            self._go_on()

    def data_received(self, data: bytes) -> None:
        """Take bytes of requests."""
        stage = self._stage
        if stage is Stage.END:
            return
        self._incoming.feed(data)
        if stage is Stage.MODEL or stage is Stage.CLIENT:
            self._pause()
        else:
            self._go_on()

    def eof_received(self) -> bool:
        """Go on with what was asked; a client that shuts down its side still gets its answers."""
        self._has_eof = True
        return self._stage is Stage.MODEL or self._stage is Stage.CLIENT

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Go on, since the client has read."""
        self._is_full = False
        if self._stage is Stage.CLIENT:
            self._go_on_apart()

    def connection_lost(self, error: Exception | None) -> None:
        """Let go of everything; count a request of which the end has not come."""
        self._connections.discard(self)
        self._stage, self.due = Stage.END, NEVER
        incoming = self._incoming
        if incoming.asked is not None:
            incoming.refuse(ClientGone())
            asked, _, _ = incoming.ready.pop()
            self._loop.create_task(self._tell(asked))
        incoming.close()
        if self._task is not None:
            assert self._asked is not None
            self._asked.refusal = ClientGone()
            self.cut_off()

    # What the server calls.

    def expire(self) -> None:
        """End what has taken too long."""
        limits = self._traffic.limits
        if self._stage is Stage.IDLE:
            self._close()
        elif self._stage is Stage.HEAD:
            self._give_up("head", limits.header_timeout_s, "--header-timeout")
        elif self._stage is Stage.BODY:
            self._give_up("body", limits.body_timeout_s, "--body-timeout")
        else:
            self._expect_reading()

    def _expect_reading(self) -> None:
        """Wait on for a client that reads; end what was read, or is not."""
        traffic, unread = self._traffic, sockets.unread_bytes(self._transport)
        if unread < self._unread:
            self._unread, self._stalls = unread, traffic.sweeps + traffic.write_sweeps
        if unread and traffic.sweeps < self._stalls:
            self.due = min(self._stalls, traffic.sweeps + traffic.linger_sweeps)
        else:
            sockets.reset(self._transport)

    def drain(self) -> None:
        """Close where nothing is asked; where something is, its answer is the last."""
        if self._stage is Stage.IDLE and not self._incoming.is_begun:
            self._close()

    def cut_off(self) -> None:
        """End the call that goes on; its client gets an error."""
        if self._task is not None:
            # Not at once: a task that has not begun yet would never let go of what it holds.
            self._loop.call_soon(self._task.cancel)

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    def _go_on(self) -> None:
        """Begin with the next request, or wait for it."""
        if self._stage is Stage.END:
            return
        incoming = self._incoming
        if incoming.ready:
            asked, size, says = incoming.ready.popleft()
            self._asked, self._stage, self.due = asked, Stage.MODEL, NEVER
            answering = self._answer(asked, size, says)
            if incoming.ready:
                self._task = self._loop.create_task(answering)
                self._pause()
            else:
                self._begin(asked, answering)
            return
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()
        if self._has_eof:
            self._close()
        else:
            self._wait()

    def _wait(self) -> None:
        incoming, traffic = self._incoming, self._traffic
        if incoming.asked is not None:
            self._stage, self.due = Stage.BODY, traffic.sweeps + traffic.body_sweeps
            if incoming.waits:
                incoming.waits = False
                self._transport.write(_CONTINUE)
        elif incoming.is_begun:
            if self._stage is not Stage.HEAD:
                self._stage, self.due = Stage.HEAD, traffic.sweeps + traffic.header_sweeps
        elif self._stage is not Stage.IDLE:
            self._stage, self.due = Stage.IDLE, traffic.sweeps + traffic.keepalive_sweeps

    def _pause(self) -> None:
        """Read no more while requests wait that were sent before the answer to another."""
        if self._incoming.ready and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def _begin(self, asked: Asked, answering: Coroutine[Any, None, None]) -> None:
        """Answer here and now where that needs no waiting, else in a task."""
        if self._traffic.needs_task(asked):
            self._task = self._loop.create_task(answering)
            return
        context = contextvars.copy_context()
        try:
            awaited = context.run(answering.send, None)
        except StopIteration:
            return
        self._task = context.run(self._loop.create_task, _resumed(answering, awaited))

    async def _answer(self, asked: Asked, size: int, says: bytes) -> None:
        try:
            answer = await self._traffic.handle(asked)
            if self._stage is Stage.MODEL:
                self._send(asked, answer, says)
        except Exception as error:  # noqa: BLE001 - the last line of the transport: nothing may escape
            logger.error("HTTP: internal error\n%s", user_traceback(error))
            self._end()
        except asyncio.CancelledError:
            self._end()
            raise
        finally:
            self._traffic.held_bytes -= size
            self._asked = self._task = None
        if self._stage is not Stage.MODEL:
            return
        if self._incoming.ready or self._is_paused:
            self._go_on_apart()
        else:
            self._go_on()

    def _go_on_apart(self) -> None:
        """Go on outside the context of the request that was answered.

        The next one is no part of it, and what reads keeps the context in which it was resumed.
        """
        self._loop.call_soon(self._go_on, context=self._traffic.context)

    def _end(self) -> None:
        self._stage = Stage.END
        self._transport.abort()

    async def _tell(self, asked: Asked) -> None:
        await self._traffic.handle(asked)

    def _send(self, asked: Asked, answer: Answer | None, says: bytes) -> None:
        traffic = self._traffic
        if answer is None:
            self._close()
            return
        status, body, headers = answer
        head, closes = traffic.head(status, headers)
        if traffic.is_draining or not traffic.limits.keepalive_s:
            says = CLOSES
        if says is not KEEPS and not closes:
            head += says
            closes = says is CLOSES
        head = ended(head, status, len(body))
        if asked.verb == "HEAD" or status in WITHOUT_BODY:
            body = b""
        if len(body) < _LARGE_BYTES:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._transport.write(body)
        if closes:
            self._close()
        elif self._is_full:
            self._stage = Stage.CLIENT
            self.due = self._stalls = traffic.sweeps + traffic.write_sweeps
            self._unread = sockets.unread_bytes(self._transport)

    def _close(self) -> None:
        """Send what there is, and close; where more may come, once the client has closed too."""
        traffic, transport = self._traffic, self._transport
        incoming = self._incoming
        self._stage = Stage.END
        self._stalls = traffic.sweeps + traffic.write_sweeps
        self._unread = sockets.unread_bytes(transport)
        more_may_come = incoming.is_over or incoming.is_begun or self._is_paused
        if more_may_come and not self._has_eof:
            self.due = traffic.sweeps + traffic.linger_sweeps
            if self._is_paused:
                transport.resume_reading()
            transport.write_eof()
        else:
            self.due = self._stalls
            transport.close()

    def _give_up(self, what: str, seconds: float, knob: str) -> None:
        error = f"{what}: expected more of it within {seconds:g} s; the limit is {knob}"
        self._incoming.refuse(TooSlow(error))
        self._go_on()


async def _resumed(begun: Coroutine[Any, Any, None], awaited: Any) -> None:
    """Go on with a coroutine that was begun outside a task and waits for something."""
    # From Python 3.12 on asyncio takes no generator for a coroutine; `await` does.
    await _rest(begun, awaited)


@types.coroutine
def _rest(begun: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    try:
        while True:
            try:
                sent = yield awaited
            except BaseException as error:  # noqa: BLE001, PERF203 - the coroutine handles it
                awaited = begun.throw(error)
            else:
                awaited = begun.send(sent)
    except StopIteration:
        return


def _too_many(limit: int) -> Busy:
    return Busy(f"connections: expected at most {limit}; the limit is --max-connections")
