"""What must be refused: malformed requests always, those outside the contract where it is enforced.

A service that does not say `strict` has promised to refuse nothing: what it answers to a request
outside the contract, or how its model fails on one, is noted as not enforced, and is no failure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from charter._proto.messages import SeldonMessage
from charter.contract.check import Breach
from charter.contract.model import Contract, Dtype, Feature, Kind
from charter.contract.values import category, is_number, misfit
from charter.message import Form, Json, Message
from charter.tester.channel import REST, Channel, Reply
from charter.tester.outcome import Sent
from charter.tester.recipe import Recipe
from charter.tester.trial import Trial

_MOST_FEATURES = 8
"""So many features are each sent with a wrong value."""
_UNKNOWN = "charter-unknown"

_MALFORMED_JSON = {
    "no body": b"",
    "no JSON": b'{"data": {"ndarray": [[1.0]',
    "no object": b'"text"',
    "ragged rows": b'{"data": {"ndarray": [[1.0, 2.0], [3.0]]}}',
    "a shape that does not fit": b'{"data": {"tensor": {"shape": [2, 2], "values": [1.0]}}}',
    "no base64": b'{"binData": "@@@"}',
}


def refusals(trial: Trial) -> None:
    """Send what must be refused, over each wire."""
    if trial.wants("malformed"):
        for channel in trial.subject.channels:
            _malformed(trial, channel)
    for check in WRONG:
        if trial.wants(check):
            _wrong(trial, check)


def _malformed(trial: Trial, channel: Channel) -> None:
    bodies = _MALFORMED_JSON if channel.name == REST else _malformed_proto()
    for what, body in bodies.items():
        reply = trial.send_bytes(body, channel)
        clause = f"a request with {what} must be refused with 4xx over {channel.name}"
        found = [] if reply.is_refusal else [Breach("malformed", "request", clause, _said(reply))]
        trial.add({"malformed": found}, Sent(channel.name, trial.method.name, body=body))


def _malformed_proto() -> dict[str, bytes]:
    misfit, ragged = SeldonMessage(), SeldonMessage()
    misfit.data.tensor.shape.extend([2, 2])
    misfit.data.tensor.values.extend([1.0])
    for row in ([1.0, 2.0], [3.0]):
        ragged.data.ndarray.values.add().list_value.extend(row)
    return {
        "no protobuf": b"\xff\xff\xff",
        "ragged rows": ragged.SerializeToString(),
        "a shape that does not fit": misfit.SerializeToString(),
    }


def _wrong(trial: Trial, check: str) -> None:
    if trial.cook.form is not Form.NDARRAY and trial.cook.form is not Form.TENSOR:
        trial.outcome.skip(check, f"{trial.cook.form.value} data have no columns")
        return
    request = trial.cook.request(Recipe(1), Form.NDARRAY)
    is_sent = False
    for where, wrong in WRONG[check].requests(trial.contract, request):
        is_sent = True
        for channel in trial.subject.channels:
            _judge(trial, check, where, (channel, wrong))
    if not is_sent:
        trial.outcome.skip(check, WRONG[check].without)


def _judge(trial: Trial, check: str, where: str, asked: tuple[Channel, Message]) -> None:
    channel, request = asked
    answer = trial.send(request, channel)
    reply = answer.reply
    got = _said(reply)
    if reply.is_refusal:
        trial.add({check: []}, answer.sent)
        return
    if trial.is_strict:
        breach = Breach(check, where, f"must be refused with 4xx over {channel.name}", got)
        trial.add({check: [breach]}, answer.sent)
        return
    trial.outcome.tolerate(check, where, reply.status)


def _said(reply: Reply) -> str:
    return f"status {reply.status}" if reply.is_success else reply.error


Wrong: TypeAlias = Iterator[tuple[str, Message]]


def _missing_column(contract: Contract, request: Message) -> Wrong:
    columns = request.value.shape[1]
    if columns > 1:
        yield "a missing column", _resized(request, slice(0, columns - 1))


def _extra_column(contract: Contract, request: Message) -> Wrong:
    values = request.value
    table = np.concatenate([values, values[:, -1:]], axis=1)
    names = [*(request.names or ()), "charter_extra"]
    yield "an extra column", dataclasses.replace(request, value=table, names=names)


def _resized(request: Message, kept: slice) -> Message:
    names = list(request.names or ())[kept]
    return dataclasses.replace(request, value=request.value[:, kept], names=names)


def _out_of_range(contract: Contract, request: Message) -> Wrong:
    return _each(contract, request, _beyond)


def _unknown_category(contract: Contract, request: Message) -> Wrong:
    return _each(contract, request, _no_category)


def _wrong_type(contract: Contract, request: Message) -> Wrong:
    return _each(contract, request, _no_value)


def _nan(contract: Contract, request: Message) -> Wrong:
    return _each(contract, request, lambda feature: [] if feature.nullable else [None])


def _each(contract: Contract, request: Message, wrong: Callable[[Feature], list[Json]]) -> Wrong:
    """Yield a request for each wrong value of a feature, with it in the first of its columns."""
    column, sent = 0, 0
    for index, feature in enumerate(contract.features):
        values = wrong(feature) if sent < _MOST_FEATURES else []
        for value in values:
            yield f"features[{index}]", _replaced(request, column, value)
        sent += bool(values)
        column += feature.block[0]


def _replaced(request: Message, column: int, value: Json) -> Message:
    values: NDArray[Any] = np.array(request.value)
    if not (values.dtype.kind == "f" and is_number(value)):
        values = values.astype(object)
    place = (0, column, *[0] * (values.ndim - 2))
    values[place] = value
    return dataclasses.replace(request, value=values)


def _beyond(feature: Feature) -> list[Json]:
    if feature.kind is not Kind.CONTINUOUS:
        return []
    low, high = feature.low, feature.high
    if feature.dtype is Dtype.IMAGE:
        low, high = low or 0.0, 255.0 if high is None else high
    above = [] if high is None else [high + max(1.0, abs(high))]
    below = [] if low is None else [low - max(1.0, abs(low))]
    return [end for end in (*above, *below) if np.isfinite(end)]


def _no_category(feature: Feature) -> list[Json]:
    if feature.kind is not Kind.CATEGORICAL or feature.dtype is Dtype.BOOL:
        return []
    if all(is_number(category(value)) for value in feature.values):
        return [max(float(category(value)) for value in feature.values) + 1]
    return [_UNKNOWN]


def _no_value(feature: Feature) -> list[Json]:
    """Return a value of another type than the feature's; of a text, one that does not match.

    A number among texts is a text when it arrives, so it cannot be refused.
    """
    if feature.kind is Kind.CATEGORICAL and feature.dtype is not Dtype.BOOL:
        return [{"charter": [1]}]
    is_text = feature.kind is Kind.OPEN and feature.dtype is Dtype.STRING
    return [] if is_text and not misfit(feature, _UNKNOWN) else [_UNKNOWN]


def _zero_rows(contract: Contract, request: Message) -> Wrong:
    yield "no rows", dataclasses.replace(request, value=request.value[:0])


def _too_many_rows(contract: Contract, request: Message) -> Wrong:
    limit = contract.limits.rows
    if limit is not None:
        rows = np.repeat(request.value, limit + 1, axis=0)
        yield f"{limit + 1} rows", dataclasses.replace(request, value=rows)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Say what is wrong with some requests.

    Args:
        requests: makes them of a right one.
        without: why there may be none.
    """

    requests: Callable[[Contract, Message], Wrong]
    without: str = ""


WRONG: dict[str, _Rule] = {
    "missing_column": _Rule(_missing_column, "there is one column only"),
    "extra_column": _Rule(_extra_column),
    "out_of_range": _Rule(_out_of_range, "no feature has a range"),
    "unknown_category": _Rule(_unknown_category, "no feature has categories"),
    "wrong_type": _Rule(_wrong_type, "no feature has a type"),
    "nan": _Rule(_nan, "every feature is nullable"),
    "zero_rows": _Rule(_zero_rows),
    "too_many_rows": _Rule(_too_many_rows, "the contract has no limits.rows"),
}
"""The requests of each check that a service which enforces its contract refuses."""
