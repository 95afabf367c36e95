"""In-process checks of a component that was loaded: that it answers rows of its contract rightly.

Requests and replies pass as JSON, so that the component gets what callers over REST give it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from charter.codecs import seldon_json
from charter.contract.check import check_reply
from charter.contract.model import Contract
from charter.contract.requests import LARGEST_BATCH, request
from charter.errors import BreaksPromise, ServingError, StartError
from charter.message import Json

logger = logging.getLogger(__name__)

Ask: TypeAlias = Callable[[bytes], Awaitable[bytes]]
"""Answers a SeldonMessage in JSON as the component's `predict` does; raises `ServingError`."""
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
