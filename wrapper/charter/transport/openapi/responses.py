"""What a method may answer, in OpenAPI's words: its reply, and an error for each fault."""

from __future__ import annotations

from collections.abc import Mapping

from charter.errors import Fault
from charter.message import Json
from charter.methods import METADATA, Method, Missing, Takes
from charter.transport.openapi.schemas import ref

_JSON = "application/json"
_FAULTS = {
    Fault.PAYLOAD: "the request cannot be read, the model has no route or aggregate, or it "
    "returned what is no payload",
    Fault.TOO_LARGE: "the body is over the limit",
    Fault.MEDIA: "the content type or encoding is not one that is read",
    Fault.COMPONENT: "the model raised, or returned what cannot be sent",
    Fault.UNSUPPORTED: "the model does not have the method",
    Fault.NOT_READY: "the model is not loaded, or the service stops",
    Fault.TOO_LATE: "the call took longer than the time limit",
}
_OF_ALL = (Fault.COMPONENT, Fault.NOT_READY)
_OF_CALLS = (Fault.PAYLOAD, Fault.TOO_LATE)
_OF_BODIES = (Fault.TOO_LARGE, Fault.MEDIA)
_CHOSEN = "The model's own code chose this status, or its `model_error_handler` the whole answer."


def reply(says: str, schema: Json, kind: str = _JSON) -> Json:
    """Return a response with a body of one content type."""
    return {"description": says, "content": {kind: {"schema": schema}}}


def of(method: Method, statuses: Mapping[Fault, int]) -> dict[str, Json]:
    """Return the responses of a method by status."""
    faults = [
        *_OF_ALL,
        *(_OF_CALLS if method is not METADATA else ()),
        *(_OF_BODIES if method.takes is not Takes.NOTHING else ()),
        *([Fault.UNSUPPORTED] if method.missing is Missing.REFUSE else ()),
    ]
    codes = sorted({str(statuses[fault]) for fault in faults})
    schema = ref("SeldonModelMetadata" if method is METADATA else "SeldonMessage")
    return {
        "200": reply("The answer.", schema),
        **{code: {"$ref": f"#/components/responses/{code}"} for code in codes},
        "default": {"description": _CHOSEN},
    }


def errors(statuses: Mapping[Fault, int]) -> dict[str, Json]:
    """Return what `of` refers to: an error by each status."""
    says: dict[str, list[str]] = {}
    for fault, text in _FAULTS.items():
        says.setdefault(str(statuses[fault]), []).append(text)
    return {code: reply(_sentence(texts), ref("Error")) for code, texts in says.items()}


def heads(responses: Mapping[str, Json]) -> dict[str, Json]:
    """Return the responses to HEAD, which have no body, from those to GET."""
    return {code: {"description": "As GET, without the body."} for code in responses}


def _sentence(texts: list[str]) -> str:
    text = "; or ".join(texts)
    return f"{text[0].upper()}{text[1:]}."
