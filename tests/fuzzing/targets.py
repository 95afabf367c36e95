"""What is fuzzed: for each codec its inputs to start from, and the laws that any input must keep.

A law raises `AssertionError`, or lets an exception out that is not the codec's own; it returns what
became of the input, in words that are the same for inputs that went the same way.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pytest
from charter._proto import messages as proto
from charter.codecs import (
    feedback_json,
    form,
    json_text,
    seldon_json,
    seldon_proto,
    seldon_proto_fast,
    tensorproto,
)
from charter.contract.guard import Guard
from charter.contract.model import Contract
from charter.contract.parse import parse
from charter.contract.prepare import Preparation
from charter.errors import BadPayload, ServingError, StartError
from charter.message import ARRAY_FORMS, Feedback, Form, Message
from charter.transport import coding
from fuzzing import corpus
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

Law: TypeAlias = Callable[[bytes], str]
"""Checks what becomes of an input; see above."""
MOST_INFLATED = 1 << 18
_VARIABLE = re.compile(r"'[^']*'?|\"[^\"]*\"?|[-\d.]+|\[.*|[^ -~]+")


@dataclass(frozen=True, slots=True)
class Target:
    """Name a codec that is fuzzed.

    Args:
        law: what must hold.
        read: reads an input, and no more than that; its memory is limited.
        seeds: makes the inputs to start from.
    """

    law: Law
    read: Callable[[bytes], object]
    seeds: Callable[[], Sequence[bytes]]


def _refusal(error: ServingError) -> str:
    return f"{type(error).__name__} {_VARIABLE.sub('#', error.message)[:60]}"


def _way(message: Message) -> str:
    if message.form not in ARRAY_FORMS:
        return f"{message.form} {type(message.value).__name__} {bool(message.meta)}"
    array = message.value
    return f"{message.form} {array.dtype.kind} {array.ndim} {bool(array.size)} {bool(message.meta)}"


def seen(message: Message) -> tuple[Any, ...]:
    """Return what a message holds, to be compared: -0.0 is not 0, 1 is not True, NaN is itself."""
    value: Any = message.value
    if message.form in ARRAY_FORMS:
        is_text, is_plain = value.dtype.kind == "U", value.dtype.kind in "fiubc"
        held = value.tobytes() if is_plain else value.tolist()
        value = (value.shape, "" if is_text else value.dtype, held)
    elif message.form is Form.CUSTOM:
        value = value.SerializeToString(deterministic=True)
    meta = json.dumps(message.meta or {}, sort_keys=True)
    return message.form, repr(_ordered(value)), list(message.names or ()), meta


def _ordered(value: Any) -> Any:
    """Return a value with the keys of its objects in order, which protobuf's maps have not."""
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    if isinstance(value, list | tuple):
        return [_ordered(each) for each in value]
    return value


def json_law(body: bytes) -> str:
    """Check a SeldonMessage in JSON; an even length is read strictly, an odd one leniently."""
    try:
        message = _read_json(body)
    except BadPayload as error:
        with pytest.raises(BadPayload, match=re.escape(error.message)):
            _read_json(body, fast_from=0)
        return _refusal(error)
    fast = _read_json(body, fast_from=0)
    assert seen(fast) == seen(message)
    assert fast.value.flags.writeable if fast.form in ARRAY_FORMS else True
    written = seldon_json.encode(message)
    if len(body) % 2 == 0:
        assert seen(seldon_json.decode(written)) == seen(message)
    return _way(message)


def _read_json(body: bytes, fast_from: int = sys.maxsize) -> Message:
    is_lenient = len(body) % 2 == 1
    return seldon_json.decode(
        body, allow_nan=is_lenient, is_lenient=is_lenient, fast_from=fast_from
    )


def proto_law(body: bytes) -> str:
    """Check a SeldonMessage in wire bytes; both ways to read it agree."""
    fast = seldon_proto_fast.decode(body)
    try:
        message = seldon_proto.decode_message(seldon_proto.parsed(proto.SeldonMessage, body))
    except BadPayload as error:
        assert fast is None
        return _refusal(error)
    assert fast is None or seen(fast) == seen(message)
    assert seen(seldon_proto.decode(seldon_proto.encode(message))) == seen(message)
    return f"{_way(message)} {fast is not None}"


def feedback_law(body: bytes) -> str:
    """Check a Feedback in wire bytes."""
    try:
        feedback = seldon_proto.decode_feedback(body)
    except BadPayload as error:
        return _refusal(error)
    return _same_feedback(feedback)


def feedback_json_law(body: bytes) -> str:
    """Check a Feedback in JSON."""
    try:
        feedback = _read_feedback_json(body)
    except BadPayload as error:
        return _refusal(error)
    return _same_feedback(feedback)


def _read_feedback_json(body: bytes) -> Feedback:
    return feedback_json.read(json_text.loads(body, allow_nan=True))


def _same_feedback(feedback: Feedback) -> str:
    again = seldon_proto.decode_feedback(feedback.wire.SerializeToString())
    parts = [(feedback.request, again.request), (feedback.truth, again.truth)]
    for part, same in parts:
        assert (part is None) == (same is None)
        if part is not None and same is not None:
            assert seen(part) == seen(same)
            if part.form is not Form.CUSTOM:  # which has no form in JSON
                seldon_json.encode(part)
    assert repr(feedback.reward) == repr(again.reward)
    return " ".join("-" if part is None else _way(part) for part, _ in parts)


def tensor_law(body: bytes) -> str:
    """Check a TensorProto in wire bytes."""
    try:
        array = _read_tensor(body)
    except DecodeError:
        return "no protobuf"
    except BadPayload as error:
        return _refusal(error)
    again = tensorproto.to_array(tensorproto.from_array(array))
    assert (again.dtype, again.shape) == (array.dtype, array.shape)
    is_text = array.dtype == object
    assert again.tolist() == array.tolist() if is_text else again.tobytes() == array.tobytes()
    return f"{array.dtype} {array.ndim} {bool(array.size)}"


def _read_tensor(body: bytes) -> NDArray[Any]:
    return tensorproto.to_array(proto.TensorProto.FromString(body))


def form_law(request: bytes) -> str:
    """Check a request of the form that content type, query and body make, on lines of their own."""
    ways = []
    for take in (None, _taken):
        try:
            found = _read_form(request, take)
        except BadPayload as error:
            ways.append(_refusal(error))
            continue
        ways.append(_way(found))
        if len(request) % 2 == 0:
            assert seen(seldon_json.decode(seldon_json.encode(found))) == seen(found)
    with contextlib.suppress(BadPayload):
        ways.append(type(form.document(*_split(request), is_lenient=False)).__name__)
    return "; ".join(ways)


def _read_form(request: bytes, take: form.Take | None = None) -> Message:
    return form.decode(*_split(request), is_lenient=len(request) % 2 == 1, take=take)


def _split(request: bytes) -> tuple[bytes, bytes, bytes]:
    kind, _, rest = request.partition(b"\n")
    query, _, body = rest.partition(b"\n")
    return kind, query, body


def _taken(fields: Sequence[form.Field]) -> Message:
    return Message(Form.JSON, {each.name: len(each.content) for each in fields})


def coding_law(body: bytes) -> str:
    """Check a body as gzip; what we compress comes back."""
    sent = gzip.compress(body, 1, mtime=0)
    assert coding.inflate(sent, coding.window(b"gzip"), len(body)) == body
    try:
        found = _inflated(body)
    except BadPayload as error:
        return _refusal(error)
    assert len(found) <= MOST_INFLATED
    return f"{bool(found)}"


def _inflated(body: bytes) -> bytes:
    return coding.inflate(body, coding.window(b"gzip"), MOST_INFLATED)


def contract_law(text: bytes) -> str:
    """Check a contract: what is parsed can be kept, too."""
    try:
        contract = _contract(text)
    except StartError as error:
        return _refusal(error)
    assert repr(_contract(text)) == repr(contract)
    guard = Guard(contract)
    if contract.features:
        Preparation(contract.features)
    guard.request(Message(Form.NDARRAY, np.zeros((1, 1)), []))
    return f"{contract.payload} {len(contract.features)} {len(contract.targets)}"


def _contract(text: bytes) -> Contract:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StartError("no JSON") from error
    with warnings.catch_warnings():
        # Python says of some patterns that it may read them otherwise one day.
        warnings.simplefilter("ignore", FutureWarning)
        return parse(document)


TARGETS = {
    "seldon_json": Target(json_law, _read_json, corpus.json_messages),
    "seldon_proto": Target(proto_law, seldon_proto.decode, corpus.proto_messages),
    "feedback_proto": Target(feedback_law, seldon_proto.decode_feedback, corpus.proto_feedback),
    "feedback_json": Target(feedback_json_law, _read_feedback_json, corpus.json_feedback),
    "tensorproto": Target(tensor_law, _read_tensor, corpus.tensors),
    "form": Target(form_law, _read_form, corpus.forms),
    "coding": Target(coding_law, _inflated, corpus.gzipped),
    "contract": Target(contract_law, _contract, corpus.contracts),
}
