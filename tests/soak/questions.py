"""What a soak asks, and what must come back. No sockets here.

The number of a request is in each of its rows and in its puid, and no other request has it.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from enum import Enum

import numpy as np
from charter._proto import messages as proto
from charter.codecs import seldon_json, seldon_proto
from charter.errors import ServingError
from charter.message import Form, Message
from numpy.typing import NDArray
from soak.plan import BATCH_ROWS, MAX_BODY_BYTES, TIMEOUT_S
from zoo.soaks import FACTOR, RAISES, SLEEPS

REST, GRPC = "rest", "grpc"


class Kind(Enum):
    """Say what is the matter with a request."""

    PLAIN = "plain"
    IN_PARTS = "more rows than a batch"
    RAGGED = "ragged"
    RAISES = "raises"
    TOO_LARGE = "too large"
    LATE = "late"


CODES = {
    Kind.PLAIN: {REST: "200", GRPC: "OK"},
    Kind.IN_PARTS: {REST: "200", GRPC: "OK"},
    Kind.RAGGED: {REST: "400", GRPC: "INVALID_ARGUMENT"},
    Kind.RAISES: {REST: "500", GRPC: "INTERNAL"},
    Kind.TOO_LARGE: {REST: "413", GRPC: "RESOURCE_EXHAUSTED"},
    Kind.LATE: {REST: "504", GRPC: "DEADLINE_EXCEEDED"},
}
"""How each kind is answered."""
UNCOUNTED = {(Kind.TOO_LARGE, GRPC)}
"""What grpcio itself refuses, before Charter hears of it."""
ANSWERED = {"200", "OK"}

# In a hundred requests; the rest are plain.
_SHARES = {Kind.IN_PARTS: 2, Kind.RAGGED: 3, Kind.RAISES: 3, Kind.TOO_LARGE: 1}
# Requests with other names are never in one batch, so both kinds of names have batches.
_NAMES = (("a", "b", "c"), ("x", "y", "z"))
# Others are not to wait with those that are late.
_LATE_NAMES = ("late", "b", "c")
_WIDTH = 3
_SLEEP_S = TIMEOUT_S + 0.5


@dataclass(frozen=True, slots=True)
class Question:
    """Hold one request.

    Args:
        number: its own.
        kind: what is the matter with it.
        rows: how many it has.
        names: of its columns.
        form: how its rows are written.
    """

    number: int
    kind: Kind
    rows: int
    names: tuple[str, ...]
    form: Form

    @property
    def puid(self) -> str:
        """Return its id."""
        return f"soak-{self.number}"

    @property
    def values(self) -> NDArray[np.float64]:
        """Return its rows, (rows, 3); they and their products are exact in binary."""
        marks = np.arange(self.rows, dtype=float)
        if self.kind is Kind.RAISES:
            marks[-1] = RAISES
        first = np.full(self.rows, float(self.number))
        if self.kind is Kind.LATE:
            first[:], marks[:] = _SLEEP_S, SLEEPS
        return np.column_stack([first, self.number + (marks + 1) / 8, marks])


def draw(chance: random.Random, number: int) -> Question:
    """Return a request of some kind."""
    (kind,) = chance.choices(
        [Kind.PLAIN, *_SHARES], [100 - sum(_SHARES.values()), *_SHARES.values()]
    )
    rows = {
        Kind.IN_PARTS: BATCH_ROWS * 2 + 3,
        Kind.TOO_LARGE: MAX_BODY_BYTES // 8,
        Kind.RAGGED: 2,
    }.get(kind, chance.randint(1, 4))
    form = chance.choice([Form.NDARRAY, Form.TENSOR])
    return Question(number, kind, rows, chance.choice(_NAMES), form)


def late(number: int) -> Question:
    """Return a request that is answered too late."""
    return Question(number, Kind.LATE, 1, _LATE_NAMES, Form.TENSOR)


def over_rest(question: Question) -> bytes:
    """Return a request as JSON."""
    values = question.values.tolist()
    if question.kind is Kind.RAGGED:
        values[-1].pop()
    data = {"names": question.names, "ndarray": values}
    if question.form is Form.TENSOR:
        flat = [value for row in values for value in row]
        data = {
            "names": question.names,
            "tensor": {"shape": [question.rows, _WIDTH], "values": flat},
        }
    return json.dumps({"meta": {"puid": question.puid}, "data": data}).encode()


def over_grpc(question: Question) -> bytes:
    """Return a request in protobuf."""
    meta = {"puid": question.puid}
    message = Message(question.form, question.values, list(question.names), meta)
    body = seldon_proto.encode(message)
    if question.kind is not Kind.RAGGED:
        return body
    ragged = proto.SeldonMessage.FromString(body)
    if question.form is Form.TENSOR:
        ragged.data.tensor.values.pop()
    else:
        ragged.data.ndarray.values[-1].list_value.values.pop()
    return ragged.SerializeToString()


def rows_asked(question: Question) -> int:
    """Return how many rows the model may have answered for a request that had no reply."""
    return question.rows if CODES[question.kind][REST] in {"200", "504"} else 0


@dataclass(frozen=True, slots=True)
class Reply:
    """Hold what came back.

    Args:
        code: status over REST, or the name of the status over gRPC.
        body: of the reply; over gRPC of one that is OK.
        text: what it says, where it is an error.
        surplus: what followed it, though nothing more was asked.
    """

    code: str
    body: bytes = b""
    text: str = ""
    surplus: bytes = b""


def judge(question: Question, transport: str, reply: Reply) -> tuple[str, int | None]:
    """Return what is wrong with a reply, "" for nothing; and the process that gave it.

    Args:
        question: what was asked.
        transport: over which.
        reply: what came.
    """
    expected = CODES[question.kind][transport]
    if reply.surplus:
        return f"{question.puid}: more came than one reply: {reply.surplus[:200]!r}", None
    if reply.code != expected:
        told = reply.text or reply.body[:200].decode(errors="replace")
        asked = f"{question.puid} ({question.kind.value})"
        return f"{asked}: expected {expected}, got {reply.code}: {told}", None
    if reply.code not in ANSWERED:
        return "", None
    decode = seldon_json.decode if transport == REST else seldon_proto.decode
    try:
        message = decode(reply.body)
    except ServingError as error:
        return f"{question.puid}: the reply cannot be read: {error.message}", None
    wrong = _wrong(question, message)
    meta = message.meta or {}
    process = (meta.get("tags") or {}).get("process")
    return wrong and f"{question.puid}: {wrong}", None if process is None else int(process)


def _wrong(question: Question, message: Message) -> str:
    puid = (message.meta or {}).get("puid")
    if puid != question.puid:
        return f"answered with the puid {puid!r}"
    names = [f"{name} times" for name in question.names]
    if list(message.names or ()) != names:
        return f"expected the names {names}, got {message.names}"
    if message.form is not question.form:
        return f"expected a {question.form.value}, got {message.form.value}"
    expected = question.values * FACTOR
    if not np.array_equal(message.value, expected):
        return f"expected the rows {expected.tolist()}, got {np.asarray(message.value).tolist()}"
    return ""
