"""Whether a model answers rows together as it answers them alone: asked before it is ready.

Joined requests must not show in each other's answers. A model that standardises by its batch, sorts
its rows or keeps a state does not keep them apart, and only asking it can tell.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from charter.batching.joining import CannotSplit, join, parts, split
from charter.contract.compare import difference, first_apart, told
from charter.contract.model import Feature, target_names
from charter.errors import ServingError, StartError, shown
from charter.message import ARRAY_FORMS, Message

logger = logging.getLogger(__name__)

Ask: TypeAlias = Callable[[Message], Awaitable[Message]]
"""Answers a request by the model itself, not joined to others; its reply is not changed later."""
Key: TypeAlias = Callable[[Message], Hashable | None]
"""Returns what requests must have in common to be joined; see `joining.key`."""

ROWS = 8
"""So many rows are asked alone, and in batches of several sizes and orders."""
_SEED = 0
_FLAG = "--batch-max-rows"
_OFF = f"leave batching off: {_FLAG} 1"
_REMEDY = f"mend the model, or {_OFF}"


@dataclass(frozen=True, slots=True)
class _Row:
    """Hold a row, and what was answered to it alone."""

    request: Message
    reply: Message


async def rows_alone_and_together(
    ask: Ask, key: Key, rows: Message, most_rows: int, targets: Sequence[Feature]
) -> bool:
    """Ask a model with rows alone, and with the same rows together in other orders and numbers.

    Args:
        ask: answers.
        key: says what can be joined.
        rows: some that callers may send, `ROWS` are enough.
        most_rows: so many a batch has at most, 2 or more.
        targets: say by how much equal numbers may differ.

    Returns:
        Whether that was possible: rows like these may be such as are never joined.

    Raises:
        StartError: the answers differ, cannot be split, or there are none.
    """
    joined = _alike(key, rows)
    if len(joined) < 2:
        return False
    known = await _alone(ask, joined)
    for batch in _batches(known, most_rows):
        replies = await _together(ask, batch)
        for row, reply in zip(batch, replies, strict=True):
            said = _difference(row, reply, len(batch), targets)
            if said:
                await _hold_still(ask, row, targets)
                raise StartError(f"{_FLAG}: the model mixes rows: {said}; {_REMEDY}")
    logger.info("%s rows are answered together as they are alone", len(known))
    return True


def _alike(key: Key, rows: Message) -> list[Message]:
    """Return the rows, one a request, that can be joined to most others."""
    groups: dict[Hashable, list[Message]] = {}
    for row in parts(rows, 1):
        found = key(row)
        if found is not None:
            groups.setdefault(found, []).append(row)
    return max(groups.values(), key=len, default=[])


async def _alone(ask: Ask, rows: Sequence[Message]) -> list[_Row]:
    """Return the rows that are answered; one that fails alone would be asked alone again."""
    answers = [await _answered(ask, row) for row in rows]
    known = [answer for answer in answers if isinstance(answer, _Row)]
    if not known:
        raise StartError(f"{_FLAG}: 1 row alone is not answered: {answers[0]}; {_REMEDY}")
    return known


async def _answered(ask: Ask, row: Message) -> _Row | str:
    try:
        return _Row(row, await ask(_copied(row)))
    except ServingError as error:
        return error.message


def _batches(rows: Sequence[_Row], most_rows: int) -> Iterator[list[_Row]]:
    """Yield two rows, all, and as many as go into one batch, in any order and some twice."""
    yield [rows[0], rows[-1]]
    if most_rows >= len(rows) > 2:
        yield list(rows)
    drawn = np.random.default_rng(_SEED).integers(len(rows), size=min(most_rows, _MOST_ROWS))
    yield [rows[index] for index in drawn]


# A batch of all that the knob allows may not fit into the memory; what mixes rows does so before.
_MOST_ROWS = 1024


async def _together(ask: Ask, batch: Sequence[_Row]) -> list[Message]:
    requests = [row.request for row in batch]
    try:
        return split(await ask(join(requests)), requests)
    except CannotSplit as error:
        what = f"the reply to {len(batch)} rows together {error}"
    except ServingError as error:
        what = f"{len(batch)} rows, each answered alone, fail together: {error.message}"
    raise StartError(f"{_FLAG}: {what}; {_REMEDY}")


async def _hold_still(ask: Ask, row: _Row, targets: Sequence[Feature]) -> None:
    """Raise `StartError` where a model answers a row otherwise when it is asked again."""
    try:
        again = await ask(_copied(row.request))
    except ServingError as error:
        raise StartError(_unsteady(row, error.message)) from error
    said = difference(row.reply, again, targets)
    if said:
        raise StartError(_unsteady(row, said))


def _unsteady(row: _Row, said: str) -> str:
    again = f"it answers the row {_told(row)} alone otherwise when it is asked again: {said}"
    remedy = f"let it answer the same each time, or {_OFF}"
    return f"{_FLAG}: whether the model mixes rows cannot be told, for {again}; {remedy}"


def _difference(row: _Row, reply: Message, count: int, targets: Sequence[Feature]) -> str:
    """Return how the reply to one row of a batch differs from that to the row alone."""
    said = difference(row.reply, reply, targets)
    if not said:
        return ""
    where = f"among {count} rows"
    first, second = row.reply, reply
    if {first.form, second.form} <= ARRAY_FORMS and first.value.shape == second.value.shape:
        place = first_apart(first.value, second.value, targets)
        if place is not None:
            alone, together = told(first.value[place]), told(second.value[place])
            target = _target(first, place, targets)
            return f"{target} of the row {_told(row)} is {alone} alone and {together} {where}"
    return f"the row {_told(row)} has {said} {where}"


def _target(reply: Message, place: tuple[int, ...], targets: Sequence[Feature]) -> str:
    """Return what a value of a reply is called: by the contract, by the reply, or its place."""
    width = reply.value.shape[1] if reply.value.ndim > 1 else 1
    column = place[1] if len(place) > 1 else 0
    for names in (target_names(targets), list(reply.names or ())):
        if len(names) == width:
            return str(names[column])
    return "data" + "".join(f"[{index}]" for index in place)


def _told(row: _Row) -> str:
    return shown(row.request.value[0].tolist())


def _copied(request: Message) -> Message:
    """Return a request with memory of its own, since a model may change what it is given."""
    return dataclasses.replace(request, value=request.value.copy())
