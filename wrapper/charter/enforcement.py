"""A contract kept at run time: what is refused, what is logged, and what is counted.

`warn` refuses nothing: what breaks the contract is counted, and logged now and then. `strict`
refuses it. `contract/guard.py` finds it.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from charter.codecs import json_text
from charter.component import wires
from charter.contract.check import Breach
from charter.contract.guard import Guard, Order
from charter.contract.model import Contract
from charter.contract.prepare import Preparation
from charter.errors import BadPayload, BreaksContract, BreaksPromise, TooLarge
from charter.message import ARRAY_FORMS, Form, Json, Message, Request
from charter.methods import CONTRACTED, PREDICT, Method
from charter.metrics.requests import Metrics

logger = logging.getLogger(__name__)

REQUEST, REPLY = "request", "reply"
"""The directions in which messages break a contract, as metrics name them."""
_SAID_EVERY_S = 60.0
_MOST_ROWS = 5


class Enforcement:
    """Hold the messages of a component to its contract.

    Args:
        contract: what goes in and comes out.
        metrics: what counts.
        is_strict: refuse what breaks the contract; else it is only counted and logged.
        is_terse: tell callers how many fields break it, and no more.
        clock: returns the time in seconds, from any start.
    """

    def __init__(
        self,
        contract: Contract,
        metrics: Metrics,
        *,
        is_strict: bool,
        is_terse: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._guard = Guard(contract)
        preparation = Preparation(contract.features) if contract.features else None
        self._preparation = preparation if preparation and preparation.is_due else None
        self._most_bytes = contract.limits.bytes
        self._metrics = metrics
        self._is_strict = is_strict
        self._is_terse = is_terse
        self._log = _Log(clock)

    def weigh(self, method: Method, size: int) -> None:
        """Check the size of a request as it travelled, in bytes.

        Raises:
            TooLarge: it is over the limit, and the contract is kept strictly.
        """
        if self._most_bytes is None or size <= self._most_bytes or method not in CONTRACTED:
            return
        expected = f"must have at most {self._most_bytes} bytes"
        self._note(REQUEST, [Breach("bytes", "body", expected, f"{size}")])
        if self._is_strict:
            raise TooLarge(f"body: {expected} by the contract, got {size}")

    def request(self, method: Method, request: Request) -> tuple[Request, int | None]:
        """Return what the component is to get of a request, and how many rows that has.

        Raises:
            BreaksContract: it breaks the contract, which is kept strictly.
            BadPayload: a raw request holds no message, and the contract is kept strictly.
        """
        if method not in CONTRACTED or not isinstance(request, Message):
            return request, None
        is_raw = request.form is Form.RAW
        message = self._decoded(method, request, REQUEST) if is_raw else request
        if message is None:
            return request, None
        try:
            breaches, order = self._guard.request(message)
        except Exception as error:  # noqa: BLE001 - a check that fails is no reason to refuse
            breaches, order = self._unchecked(REQUEST, error), None
        if order is not None and (is_raw or not self._is_strict):
            breaches = [_out_of_order(message), *breaches]
        if breaches:
            self._note(REQUEST, breaches)
            if self._is_strict:
                raise self._refusal(breaches)
        if message.form not in ARRAY_FORMS:
            return request, None
        rows = len(message.value) if message.value.ndim else None
        return (request if is_raw else self._prepared(message, order)), rows

    def reply(self, method: Method, reply: Message, rows: int | None) -> None:
        """Check what a component answered.

        Args:
            method: what was asked; only the replies of predict are promised.
            reply: what is to be sent.
            rows: how many rows the request had; `None` where it had none, or wrong ones.

        Raises:
            BreaksPromise: it breaks the contract, which is kept strictly.
        """
        if method is not PREDICT:
            return
        is_raw = reply.form is Form.RAW
        message = self._decoded(method, reply, REPLY) if is_raw else reply
        if message is None:
            return
        try:
            breaches = self._guard.reply(message, rows)
        except Exception as error:  # noqa: BLE001 - as above
            breaches = self._unchecked(REPLY, error)
        if breaches:
            self._note(REPLY, breaches)
            if self._is_strict:
                said = f"the reply breaks the contract: {self._promise(breaches)}"
                raise BreaksPromise(said, {each.key: str(each) for each in breaches})

    def _unchecked(self, direction: str, error: Exception) -> list[Breach]:
        """Count a check that failed itself, and find nothing; raise its error in strict."""
        if self._is_strict:
            raise error
        name = type(error).__name__  # its message may hold values
        self._note(direction, [Breach("unchecked", "body", "must be what can be checked", name)])
        return []

    def _decoded(self, method: Method, raw: Message, direction: str) -> Message | None:
        """Return what a wire message holds; `None` where it is no table that could be checked."""
        if direction == REPLY and _holds_no_payload(raw.value):
            return None
        try:
            found = wires.decoded(method, _as_sent(raw) if direction == REPLY else raw)
        except BadPayload as error:
            self._note(direction, [Breach("payload", "body", "must be a message", error.message)])
            if not self._is_strict:
                return None
            if direction == REPLY:
                raise BreaksPromise(f"the reply is no message: {error.message}") from error
            raise
        return found if isinstance(found, Message) else None

    def _prepared(self, message: Message, order: Order | None) -> Message:
        """Return the message that the model gets; the same where nothing is to be done."""
        array, names, preparation = message.value, message.names, self._preparation
        if preparation is not None:
            array = preparation.filled(array, order)
        if self._is_strict and order is not None:
            array, names = array[:, order], self._guard.names
        if self._is_strict and preparation is not None:
            array = preparation.physical(array)
        if array is message.value:
            return message
        return dataclasses.replace(message, value=array, names=names)

    def _refusal(self, breaches: Sequence[Breach]) -> BreaksContract:
        if self._is_terse:
            count = len(breaches)
            words = "field breaks" if count == 1 else "fields break"
            return BreaksContract(f"{count} {words} the contract")
        more = f"; and {len(breaches) - 1} more" if len(breaches) > 1 else ""
        return BreaksContract(f"{breaches[0]}{more}", errors=[_entry(each) for each in breaches])

    def _promise(self, breaches: Sequence[Breach]) -> str:
        if self._is_terse:
            return ", ".join(sorted({each.feature or each.check for each in breaches}))
        return "; ".join(map(str, breaches))

    def _note(self, direction: str, breaches: Sequence[Breach]) -> None:
        found = {(breach.feature, breach.check): breach for breach in reversed(breaches)}
        for (feature, check), breach in reversed(found.items()):
            self._metrics.breach(direction, feature, check)
            if not self._is_strict:
                self._log.say(direction, breach)


class _Log:
    """Log what breaks a contract: the first of each kind at once, then one in a while."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._said: dict[tuple[str, str, str], tuple[float, int]] = {}

    def say(self, direction: str, breach: Breach) -> None:
        key = (direction, breach.feature, breach.check)
        with self._lock:
            at, unsaid = self._said.get(key, (None, 0))
            now = self._clock()
            if at is not None and now - at < _SAID_EVERY_S:
                self._said[key] = (at, unsaid + 1)
                return
            self._said[key] = (now, 0)
        since = f"; {unsaid} more of the kind since the last" if unsaid else ""
        logger.warning("%s breaks the contract: %s%s", direction, breach, since)


def _entry(breach: Breach) -> dict[str, Json]:
    """Return what a caller is told of one field."""
    return {
        "pointer": breach.where,
        "field": breach.field,
        "check": breach.check,
        "expected": breach.expected.removeprefix(f"{breach.field} "),
        "got": breach.got,
        "rows": len(breach.rows),
        "first_rows": list(breach.rows[:_MOST_ROWS]),
    }


def _out_of_order(message: Message) -> Breach:
    names = ", ".join(message.names or ())
    return Breach("names", "/data/names", "must be in the order of the features", names[:80])


def _as_sent(raw: Message) -> Message:
    """Return a raw reply in the form in which it is sent, since user code may put anything in."""
    value = raw.value
    if isinstance(value, str):
        value = value.encode()
    elif isinstance(value, dict | list):
        value = json_text.dumps(value)
    return Message(Form.RAW, bytes(value) if isinstance(value, bytearray) else value)


def _holds_no_payload(value: Any) -> bool:
    """Return whether a raw reply says with its status that it failed, or is no SeldonMessage."""
    if isinstance(value, dict):
        return "status" in value and not value.keys() & _PAYLOADS
    if not hasattr(value, "DESCRIPTOR"):
        return False
    if value.DESCRIPTOR.full_name != _SELDON_MESSAGE:
        return True  # who encodes it will say so
    return bool(value.HasField("status")) and value.WhichOneof("data_oneof") is None


_SELDON_MESSAGE = "seldon.protos.SeldonMessage"
_PAYLOADS = frozenset({"data", "strData", "binData", "jsonData", "customData"})
