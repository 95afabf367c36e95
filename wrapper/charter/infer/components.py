"""Features and targets from a model that is loaded into this process, and from asking it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from charter.assembly import prepare
from charter.contract.drift import as_json
from charter.contract.generate import generate
from charter.contract.model import feature_names
from charter.contract.parse import parse
from charter.errors import ServingError, StartError, shown
from charter.infer import answers, columns, estimators, folds, metadata, tables
from charter.infer.answers import Ask
from charter.infer.draft import Described, Draft, is_unlimited
from charter.infer.drifted import LEFT_OUT
from charter.logs import user_traceback
from charter.message import ARRAY_FORMS, Form, Message
from charter.methods import PREDICT
from charter.service import Service

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

logger = logging.getLogger(__name__)

# Enough to see what the answers are, and few enough for any model.
_MOST_ASKED = 1000
_MADE_UP_ROWS = 20
_SEED = 0


@dataclass(frozen=True, slots=True)
class Loaded:
    """Hold a loaded model.

    Args:
        name: what the user called it.
        user: the user's object.
        ask: returns what it answers to rows.
    """

    name: str
    user: object
    ask: Ask


@contextlib.contextmanager
def loaded(name: str) -> Iterator[Loaded]:
    """Load a model while the block runs.

    Args:
        name: a class, a file or a folder, as for `charter serve`.

    Raises:
        StartError: it cannot be found, or could not be loaded; its traceback is then logged.
    """
    create, _ = prepare(name, {})
    held: list[object] = []

    def kept() -> object:
        held.append(create())
        return held[0]

    service = Service(kept)
    loop = asyncio.new_event_loop()
    try:
        try:
            loop.run_until_complete(service.load())
        except StartError:
            raise
        except Exception as error:
            logger.error("%s could not be loaded\n%s", name, user_traceback(error))
            raise StartError(f"{name} could not be loaded: {error}") from error

        def ask(rows: NDArray[Any], names: Sequence[str]) -> Message:
            request = Message(Form.NDARRAY, rows, list(names))
            _, reply = loop.run_until_complete(service.handle(PREDICT, request, lambda one: one))
            return reply

        yield Loaded(name, held[0], ask)
    finally:
        service.close()
        loop.close()


def draft(model: Loaded) -> Draft:
    """Return a contract from a model alone, which is asked with rows made up from its features.

    Raises:
        StartError: nothing in it says which columns it takes.
    """
    features = known_features(model)
    if features is None:
        raise StartError(
            f"{model.name}: nothing says which columns it takes; give rows with --data, or "
            f"inputs in init_metadata()"
        )
    notes = [
        f"features[{index}].range: {entry['name']} has no limits; write the least and the greatest"
        for index, entry in enumerate(features.entries)
        if is_unlimited(entry)
    ]
    targets = _asked_made_up(model, features)
    document = {"features": list(features.entries), "targets": list(targets.entries)}
    return Draft(document, (*features.notes, *notes, *targets.notes))


def known_features(model: Loaded) -> Described | None:
    """Return what a model says of its columns itself; `None` where that is nothing."""
    return metadata.features(model.user) or estimators.features(model.user)


def _asked_made_up(model: Loaded, features: Described) -> Described:
    contract = parse({"features": list(features.entries), "targets": []})
    try:
        rows = generate(contract.features, _MADE_UP_ROWS, np.random.default_rng(_SEED))
        reply = model.ask(rows, feature_names(contract.features))
    except ServingError as error:
        known = metadata.targets(model.user) or estimators.network_targets(model.user)
        note = f"targets: it did not answer to rows that were made up: {error.message}"
        entries = known.entries if known is not None else ()
        return Described(entries, (*(known.notes if known else ()), note))
    return _targets(model, reply, len(rows))


def _targets(model: Loaded, reply: Message, rows: int) -> Described:
    if reply.form not in ARRAY_FORMS:
        note = f"targets: it answers with {reply.form.value} data, of which none are promised"
        return Described((), (note,))
    return answers.targets(reply, rows, estimators.classes(model.user))


def draft_with(model: Loaded, table: pd.DataFrame, targets: Sequence[str], rows: int) -> Draft:
    """Return a contract with features from a table, and targets from what a model answers to it.

    Raises:
        StartError: the table's columns are not the model's, or the model does not answer to them.
    """
    taken = columns.split(table, targets)
    names, note = _matched(model, taken)
    features = folds.folded(columns.describe(table, names))
    asked = table.iloc[columns.picks(len(table), _MOST_ASKED)]
    try:
        reply = model.ask(matrix(asked, names), names)
    except ServingError as error:
        raise StartError(
            f"{model.name}: it does not answer to the data: {error.message}"
        ) from error
    described = _targets(model, reply, len(asked))
    document = {"features": list(features.entries), "targets": list(described.entries)}
    left_out = [name for name in table.columns if name not in names]
    if left_out:
        document[LEFT_OUT] = left_out
    notes = (*note, *features.notes, *described.notes)
    return _with_answers(model, table, names, rows, Draft(document, notes))


def _with_answers(
    model: Loaded, table: pd.DataFrame, names: Sequence[str], rows: int, draft: Draft
) -> Draft:
    """Return the contract with sample rows, and their answers where these stay the same."""
    picked = columns.picked_rows(table, names, rows)
    inputs = columns.as_rows(picked, names)
    if not inputs:
        return draft
    sent = matrix(picked, names)
    first, again = (answers.rows(model.ask(sent, names), len(sent)) for _ in range(2))
    if first is None or first != again:
        note = "samples: the same rows got two answers, so none are kept"
        kept = draft if first is None else Draft(draft.document, (*draft.notes, note))
        return columns.with_samples(kept, [{"input": row} for row in inputs])
    samples = [{"input": row, "output": output} for row, output in zip(inputs, first, strict=True)]
    return columns.with_samples(draft, samples)


def _matched(model: Loaded, taken: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the columns that a model takes, in its order, and a note on those it does not."""
    features = known_features(model)
    if features is None:
        return list(taken), []
    contract = parse({"features": list(features.entries), "targets": []})
    wanted = feature_names(contract.features)
    left = [name for name in taken if name not in wanted]
    if set(wanted) <= set(taken):
        return wanted, [f"left out, for the model does not take it: {name}" for name in left]
    count = sum(feature.block[0] for feature in contract.features)
    has_shape = any(len(feature.block) > 1 for feature in contract.features)
    if count == len(taken) or has_shape:
        return list(taken), []
    raise StartError(
        f"{model.name}: it takes {count} columns, and the data have {len(taken)}, "
        f"{shown(', '.join(taken))}; name those that are no features with --target"
    )


def matrix(table: pd.DataFrame, names: Sequence[str]) -> NDArray[Any]:
    """Return rows as a request has them, shape `(n, columns)`: floats, or objects where mixed."""
    found = {name: tables.values(table[name]) for name in names}
    if all(each.dtype.kind in "iuf" for each in found.values()):
        return np.column_stack([each.astype(np.float64) for each in found.values()])
    rows = np.empty((len(table), len(names)), dtype=object)
    for place, each in enumerate(found.values()):
        rows[:, place] = as_json(each)
    return rows
