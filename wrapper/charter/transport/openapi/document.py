"""The OpenAPI document of a service, made of the table of methods. No HTTP here.

OpenAPI 3.1 and not 3.0, because its schemas are JSON Schema: null, const and the schema of the
metadata are said as they are, and any validator of JSON Schema checks a reply by them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from charter import methods
from charter._version import VERSION
from charter.errors import Fault
from charter.message import Json
from charter.methods import CONTRACTED, Method
from charter.transport.openapi import contracted, examples, fields, requests, responses
from charter.transport.openapi.schemas import SCHEMAS

Paths: TypeAlias = Mapping[str, tuple[Sequence[str], Method | None]]
"""Each path with its verbs and its method; `None` where the server itself answers."""

_ABOUT = (
    "A model behind the Seldon Core v1 protocol. Where a method has several paths, all do the same."
)
_METHODS: dict[Method, str] = {
    methods.PREDICT: "Ask the model for a prediction.",
    methods.TRANSFORM_INPUT: "Change what another component is going to be asked.",
    methods.TRANSFORM_OUTPUT: "Change what another component has answered.",
    methods.ROUTE: "Choose which child is to be asked.",
    methods.AGGREGATE: "Combine the replies of several components.",
    methods.SEND_FEEDBACK: "Say how good an earlier answer was.",
    methods.HEALTH_STATUS: "Ask the model whether it is well.",
    methods.METADATA: "Ask what the model is, takes and returns.",
}
_SERVER = "server"
_LIVE: Json = {"type": "object", "properties": {"live": {"const": True}}, "required": ["live"]}
_READY: Json = {
    "type": "object",
    "properties": {
        "ready": {"type": "boolean"},
        "state": {"type": "string"},
        "seconds": {"type": "number", "description": "since the start, until it is ready"},
    },
    "required": ["ready", "state"],
}
_DOCUMENT = {"200": responses.reply("This document.", {"type": "object"})}
# What the server itself answers: a summary, and the responses.
_OWN: dict[str, tuple[str, dict[str, Json]]] = {
    "/health/ping": (
        "Ask whether the port is open.",
        {"200": responses.reply("It is.", {"const": "pong"}, "text/plain")},
    ),
    "/live": (
        "Ask whether the process answers.",
        {"200": responses.reply("It does.", _LIVE)},
    ),
    "/ready": (
        "Ask whether the model is loaded and requests are taken.",
        {
            "200": responses.reply("They are.", _READY),
            "503": responses.reply("Not yet, or no more.", _READY),
        },
    ),
    "/openapi.json": ("Ask what is served.", _DOCUMENT),
    "/seldon.json": ("Ask what is served, as Seldon Core calls it.", _DOCUMENT),
    "/docs": (
        "Show this document to people.",
        {"200": responses.reply("A page.", {"type": "string"}, "text/html")},
    ),
}


def document(paths: Paths, statuses: Mapping[Fault, int], model: examples.Model) -> Json:
    """Return the OpenAPI document of a service.

    Args:
        paths: what it serves.
        statuses: the HTTP status of each fault.
        model: what is known of the model, with its contract.
    """
    contract = model.contract
    return {
        "openapi": "3.1.0",
        "info": {
            "title": model.name or "Charter",
            "version": model.version or VERSION,
            "description": _about(model),
        },
        # Relative to the document, so that it is right behind a gateway's prefix as well.
        "servers": [{"url": "."}],
        "tags": _tags(),
        "paths": {
            path: {verb.lower(): _operation(path, verb, method, statuses, model) for verb in verbs}
            for path, (verbs, method) in paths.items()
        },
        "components": {
            "schemas": {**SCHEMAS, **(contracted.schemas(contract) if contract else {})},
            "responses": responses.errors(statuses, model),
            **requests.components(model),
        },
    }


def _tags() -> list[Json]:
    own = {"name": _SERVER, "description": "What the server answers by itself."}
    return [*({"name": m.name, "description": says} for m, says in _METHODS.items()), own]


def _about(model: examples.Model) -> str:
    """Return what is said of the service, in Markdown."""
    held = contracted.ABOUT[model.is_strict] if model.contract else ""
    return "\n\n".join(filter(None, [model.about, _ABOUT, held]))


def _operation(
    path: str,
    verb: str,
    method: Method | None,
    statuses: Mapping[Fault, int],
    model: examples.Model,
) -> Json:
    if method:
        summary, answers = _METHODS[method], responses.of(method, statuses, model)
    else:
        summary, answers = _OWN[path]
    return {
        "operationId": re.sub(r"[^a-z0-9]+", "_", f"{verb}{path}".lower()),
        "tags": [method.name if method else _SERVER],
        "summary": summary,
        **_also(method, model),
        **(requests.asked(verb, method, model) if method else {}),
        "responses": responses.heads(answers) if verb == "HEAD" else answers,
    }


def _also(method: Method | None, model: examples.Model) -> Json:
    """Return what an operation says of other ways to ask, where the contract has some."""
    says = fields.says(model.fields) if model.fields and method in CONTRACTED else ""
    return {"description": says} if says else {}
