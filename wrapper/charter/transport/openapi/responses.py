"""What a method may answer, in OpenAPI's words: its reply, and an error for each fault."""

from __future__ import annotations

from collections.abc import Mapping

from charter.errors import (
    BadMedia,
    BadPayload,
    Busy,
    ComponentError,
    Fault,
    MissingMethod,
    NotReady,
    ServingError,
    TooLarge,
    TooLate,
    TooSlow,
)
from charter.message import Json
from charter.methods import CONTRACTED, METADATA, PREDICT, Method, Missing, Takes
from charter.transport.openapi import fields
from charter.transport.openapi.contracted import REFUSAL, REPLY, body
from charter.transport.openapi.examples import Model, answered
from charter.transport.openapi.schemas import ref

_JSON = "application/json"
_ERRORS: dict[type[ServingError], str] = {
    BadPayload: "the request cannot be read, the model has no route or aggregate, or it "
    "returned what is no payload",
    TooLarge: "the body is over the limit",
    BadMedia: "the content type or encoding is not one that is read",
    ComponentError: "the model raised, or returned what cannot be sent",
    MissingMethod: "the model does not have the method, or what reads images is not installed",
    NotReady: "the model is not loaded, or the service stops",
    Busy: "more waits than the limits allow",
    TooLate: "the call took longer than the time limit",
    TooSlow: "nothing more of the request came within the time limit",
}
# What a strict contract adds: the name of the response, and what it says before the others.
_HELD = {
    Fault.PAYLOAD: ("Refused", "the request breaks the contract"),
    Fault.COMPONENT: ("Broken", "the answer of the model breaks the contract"),
}
_OF_ALL = (Fault.COMPONENT, Fault.NOT_READY)
_OF_CALLS = (Fault.PAYLOAD, Fault.BUSY, Fault.TOO_LATE)
_OF_BODIES = (Fault.TOO_SLOW, Fault.TOO_LARGE, Fault.MEDIA)
_CHOSEN = "The model's own code chose this status, or its `model_error_handler` the whole answer."


def reply(says: str, schema: Json, kind: str = _JSON) -> Json:
    """Return a response with a body of one content type."""
    return {"description": says, "content": {kind: {"schema": schema}}}


def of(method: Method, statuses: Mapping[Fault, int], known: Model) -> dict[str, Json]:
    """Return the responses of a method by status."""
    faults = [
        *_OF_ALL,
        *(_OF_CALLS if method is not METADATA else ()),
        *(_OF_BODIES if method.takes is not Takes.NOTHING else ()),
        *([Fault.UNSUPPORTED] if _may_be_unsupported(method, known) else ()),
    ]
    codes = sorted({str(statuses[fault]) for fault in faults})
    is_held = known.contract is not None and known.is_strict and method in CONTRACTED
    places = {str(statuses[fault]): name for fault, (name, _) in _HELD.items() if is_held}
    return {
        "200": _answer(method, known),
        **{code: {"$ref": f"#/components/responses/{places.get(code, code)}"} for code in codes},
        "default": {"description": _CHOSEN},
    }


def errors(statuses: Mapping[Fault, int], known: Model) -> dict[str, Json]:
    """Return what `of` refers to: an error by each status, and those of a strict contract."""
    says: dict[str, list[str]] = {}
    reasons: dict[str, str] = {}
    for error, text in _ERRORS.items():
        code = str(statuses[error.fault])
        says.setdefault(code, []).append(text)
        reasons.setdefault(code, error.reason)
    found = {code: _error(says[code], reasons[code]) for code in says}
    if known.contract and known.is_strict:
        for fault, (name, text) in _HELD.items():
            schema = ref(REFUSAL if fault is Fault.PAYLOAD else "Error")
            found[name] = reply(_sentence([text, *says[str(statuses[fault])]]), schema)
    return found


def _error(texts: list[str], reason: str) -> Json:
    answer = reply(_sentence(texts), ref("Error"))
    status = {"code": -1, "info": "what was wrong, where", "reason": reason, "status": 1}
    answer["content"][_JSON]["example"] = {"status": status}
    return answer


def _may_be_unsupported(method: Method, known: Model) -> bool:
    takes_images = known.contract and method in CONTRACTED and fields.images(known.contract)
    return method.missing is Missing.REFUSE or bool(takes_images)


def _answer(method: Method, known: Model) -> Json:
    says = "The answer."
    if method is METADATA:
        return reply(says, ref("SeldonModelMetadata"))
    if method is not PREDICT or known.contract is None:
        return reply(says, ref("SeldonMessage"))
    answer = reply(says, body(REPLY, is_strict=known.is_strict))
    example = answered(known.contract)
    if example is not None:
        answer["content"][_JSON]["example"] = example
    return answer


def heads(responses: Mapping[str, Json]) -> dict[str, Json]:
    """Return the responses to HEAD, which have no body, from those to GET."""
    return {code: {"description": "As GET, without the body."} for code in responses}


def _sentence(texts: list[str]) -> str:
    text = "; or ".join(texts)
    return f"{text[0].upper()}{text[1:]}."
