"""In-process checks of a component that was loaded: that it answers rows of its contract rightly.

Requests and replies pass as JSON, so that the component gets what callers over REST give it. And
that it answers rows together as it does alone, where requests are to be joined.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from charter.batching import joining
from charter.batching.proof import ROWS, rows_alone_and_together
from charter.codecs import seldon_json
from charter.component.adapter import Call, Component, Joins
from charter.contract.check import check_reply
from charter.contract.model import Contract
from charter.contract.requests import LARGEST_BATCH, request
from charter.errors import BreaksPromise, ServingError, StartError
from charter.message import Json, Message
from charter.methods import PREDICT, TRANSFORM_INPUT, Method, Wire

if TYPE_CHECKING:
    from charter.enforcement import Enforcement

logger = logging.getLogger(__name__)

Ask: TypeAlias = Callable[[bytes], Awaitable[bytes]]
"""Answers a SeldonMessage in JSON as the component's `predict` does; raises `ServingError`."""
Run: TypeAlias = Callable[[Call, Message, Callable[[Message], Message]], Awaitable[Message]]
"""Answers a request by one call for it alone, and finishes the reply before the next call."""
# The same rows at every start, so that what has failed fails again.
_SEED = 0
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class SelfTest:
    """Hold the result of a self-test.

    Args:
        rows: how many rows were answered.
        duration_s: how long that took, in seconds.
        faults: what was wrong, each once; none when it has passed.
    """

    rows: int
    duration_s: float
    faults: tuple[str, ...] = ()

    @property
    def document(self) -> Json:
        """Return what `/health/status` says of it."""
        return {
            "passed": not self.faults,
            "rows": self.rows,
            "duration_seconds": round(self.duration_s, 6),
        }


async def self_test(ask: Ask, contract: Contract, rows: int) -> SelfTest:
    """Let random rows of a contract be answered, one at first, then more at a time.

    Args:
        ask: what answers.
        contract: what goes in and comes out.
        rows: how many; of a contract whose requests are no tables, as many requests.

    Raises:
        StartError: no request can be made by the contract.
    """
    rng = np.random.default_rng(_SEED)
    faults: dict[str, str] = {}
    started = time.perf_counter()
    for size in _batches(rows, contract):
        body = seldon_json.encode(request(contract, size, rng))
        for key, fault in (await _faults(ask, contract, body, size)).items():
            faults.setdefault(key, fault)
    return SelfTest(rows, time.perf_counter() - started, tuple(faults.values()))


async def keeps_rows_apart(
    component: Component,
    run: Run,
    contract: Contract | None,
    enforcement: Enforcement | None,
    most_rows: int,
) -> None:
    """Let rows of a contract be answered alone and together; say so where that is not possible.

    Args:
        component: has the methods.
        run: calls them.
        contract: what goes in and comes out; `None`: that is not said.
        enforcement: what makes of requests what the methods are given.
        most_rows: so many rows a batch has at most, 2 or more.

    Raises:
        StartError: the answers differ, cannot be split, or there are none; or no request can be
            made by the contract.
    """
    joined = {method: call for method, call in _calls(component) if call.joins is not Joins.NEVER}
    if not joined:
        logger.warning("--batch-max-rows: requests of this model are never joined: %s", _PLAIN)
        return
    if contract is None or not contract.has_rows:
        why = "there is no contract" if contract is None else "its contract describes no rows"
        logger.warning("--batch-max-rows: %s: %s; %s", _NOT_TESTED, why, _HOW_TO_TEST)
        return
    for method, call in joined.items():
        rows = _rows(contract)
        if enforcement is not None:
            rows = cast(Message, enforcement.request(method, rows)[0])
        targets = contract.targets if method is PREDICT else ()
        ask = functools.partial(_ask, run, call)
        alike = functools.partial(joining.key, method, call)
        if not await rows_alone_and_together(ask, alike, rows, most_rows, targets):
            why = f"rows of its contract are never joined in {method.name}"
            logger.warning("--batch-max-rows: %s: %s", _NOT_TESTED, why)


async def _ask(run: Run, call: Call, asked: Message) -> Message:
    return await run(call, asked, _kept)


def _calls(component: Component) -> list[tuple[Method, Call]]:
    return [(method, component.call(method, Wire.REST)) for method in (PREDICT, TRANSFORM_INPUT)]


def _rows(contract: Contract) -> Message:
    """Return a request with some rows of a contract, as it comes over REST."""
    count = min(ROWS, contract.limits.rows or ROWS)
    drawn = request(contract, count, np.random.default_rng(_SEED))
    return seldon_json.decode(seldon_json.encode(drawn))


def _kept(reply: Message) -> Message:
    """Return a reply with memory of its own: the component may change its own in the next call."""
    is_array = isinstance(reply.value, np.ndarray)
    return dataclasses.replace(reply, value=reply.value.copy()) if is_array else reply


_PLAIN = "expected predict(X) or transform_input(X) with arrays; see docs/batching.md"
_NOT_TESTED = "not tested that the model answers rows together as it does alone"
_HOW_TO_TEST = "give it a contract (charter contract infer), and charter test asks it too"


def hold_to(result: SelfTest) -> None:
    """Log what a self-test found, each thing once.

    Raises:
        StartError: it has failed.
    """
    if not result.faults:
        logger.info("the self-test passed: %s rows in %.3f s", result.rows, result.duration_s)
        return
    for fault in result.faults[:_MOST_TOLD]:
        logger.error("self-test: %s", fault)
    more = len(result.faults) - 1
    others = f"; and {more} more, see the log" if more else ""
    raise StartError(f"--self-test: the model breaks its contract: {result.faults[0]}{others}")


def _batches(rows: int, contract: Contract) -> Iterator[int]:
    """Yield how many rows the requests have: 1, 2, 4 … up to the largest batch, `rows` in all."""
    most = (contract.limits.rows or LARGEST_BATCH) if contract.has_rows else 1
    size = 1
    while rows > 0:
        yield min(size, rows)
        rows -= size
        size = min(size * 2, most)


async def _faults(ask: Ask, contract: Contract, body: bytes, rows: int) -> dict[str, str]:
    """Return what is wrong with one reply, by what is the same when it is wrong again."""
    try:
        reply = seldon_json.decode(await ask(body), allow_nan=True)
    except BreaksPromise as error:  # said by a service that keeps its contract strictly
        return error.broken or {error.message: error.message}
    except ServingError as error:
        words = "1 row" if rows == 1 else f"{rows} rows"
        return {error.message: f"predict of {words}: {error.message}"}
    if not contract.targets and not contract.has_rows:
        return {}
    found = check_reply(contract.targets, reply, rows)
    breaches = [breach for each in found.values() for breach in each]
    return {breach.key: str(breach) for breach in breaches}
