"""Each call of the original's SeldonClient: sends a request, makes a result of the answer.

Its names and signatures stand in `compat/names/seldon_client.py`; here its arguments are one
mapping, `chosen`, from their names to what the caller chose.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

import httpx
from google.protobuf import json_format
from google.protobuf.message import DecodeError

from charter._proto import messages as proto
from charter.client.rest import RestTransport
from charter.client.rpc import PACKAGE, GrpcTransport
from charter.client.seldon import requests, servers
from charter.client.seldon.types import (
    SeldonClientCombine,
    SeldonClientException,
    SeldonClientFeedback,
    SeldonClientPrediction,
)
from charter.client.server import Server, grpc_route
from charter.client.wire import of_request
from charter.codecs import json_text
from charter.errors import BadPayload, CallError, ComponentError
from charter.methods import (
    AGGREGATE,
    PREDICT,
    ROUTE,
    SEND_FEEDBACK,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
    Method,
)

Chosen: TypeAlias = Mapping[str, Any]
Result = TypeVar("Result", SeldonClientPrediction, SeldonClientFeedback, SeldonClientCombine)

METHODS = {
    "predict": PREDICT,
    "transform-input": TRANSFORM_INPUT,
    "transform-output": TRANSFORM_OUTPUT,
    "route": ROUTE,
    "aggregate": AGGREGATE,
    "send-feedback": SEND_FEEDBACK,
}


def predict(chosen: Chosen) -> SeldonClientPrediction:
    """Ask a deployment behind a gateway."""
    sent = requests.request(chosen)
    return _behind_gateway(SeldonClientPrediction, chosen, PREDICT, sent)


def feedback(chosen: Chosen) -> SeldonClientFeedback:
    """Report a reward to a deployment behind a gateway; messages are protos, dicts or `None`."""
    return _behind_gateway(SeldonClientFeedback, chosen, SEND_FEEDBACK, requests.feedback(chosen))


def explain(chosen: Chosen) -> SeldonClientPrediction:
    """Ask the explainer of a deployment, over REST; request and answer are dicts."""
    if chosen["transport"] != "rest":
        raise SeldonClientException("explain: explainers are asked over REST only")
    if chosen["client_return_type"] != "dict":
        raise SeldonClientException("explain: client_return_type must be dict")
    body = _body(requests.request(chosen))
    request = json_text.loads_exact(body)
    server, path = servers.explainer(chosen), servers.rest_path(chosen, "explain")
    try:
        response = _post(server, path, body)
    except CallError as error:
        return SeldonClientPrediction(request, None, success=False, msg=error.message)
    if response.status_code == 200:
        return SeldonClientPrediction(request, _document_of(response.content))
    why = f"Unsuccessful request with status code: {response.status_code}"
    return SeldonClientPrediction(request, response.text, success=False, msg=why)


def ask_microservice(chosen: Chosen) -> SeldonClientPrediction | SeldonClientCombine:
    """Ask a method of a microservice; the answer is a proto."""
    method = METHODS.get(chosen.get("method", "predict"))
    if method is None or method is SEND_FEEDBACK:
        raise SeldonClientException(f"Unknown method {chosen['method']}")
    if method is AGGREGATE:
        sent = requests.several(chosen)
        return _at_microservice(SeldonClientCombine, chosen, AGGREGATE, sent)
    return _at_microservice(SeldonClientPrediction, chosen, method, requests.request(chosen))


def microservice_feedback(chosen: Chosen) -> SeldonClientFeedback:
    """Report a reward to a microservice; the answer is a proto."""
    return _at_microservice(SeldonClientFeedback, chosen, SEND_FEEDBACK, requests.feedback(chosen))


def _behind_gateway(
    kind: type[Result], chosen: Chosen, method: Method, sent: requests.Sent
) -> Result:
    server, return_type = servers.gateway(chosen), chosen["client_return_type"]
    if server.is_grpc:
        service, rpc = grpc_route(server, method)
        return _over_grpc(kind, server, f"{service}/{rpc}", sent, return_type)
    path = servers.rest_path(chosen, "feedback" if method is SEND_FEEDBACK else "predictions")
    return _over_rest(kind, server, path, sent, return_type)


def _at_microservice(
    kind: type[Result], chosen: Chosen, method: Method, sent: requests.Sent
) -> Result:
    server = servers.microservice(chosen)
    if server.is_grpc:
        wanted = "Model" if method is PREDICT else "Generic"
        rpc = next(rpc for service, rpc in method.rpcs if service == wanted)
        return _over_grpc(kind, server, f"{wanted}/{rpc}", sent, "proto")
    path, _ = method.routes[0]
    return _over_rest(kind, server, path, sent, "proto")


def _over_rest(
    kind: type[Result], server: Server, path: str, sent: requests.Sent, return_type: str
) -> Result:
    body, asked = _body(sent), sent.proto()
    try:
        response = _post(server, path, body)
    except CallError as error:
        return kind(asked, None, success=False, msg=error.message)
    is_right = response.status_code == 200
    phrase = response.reason_phrase
    # The original's words: `400:BAD REQUEST` from a gateway, `BAD REQUEST` from a microservice.
    said = f"{response.status_code}:{phrase}" if server.is_gateway else phrase
    msg = "" if is_right else said
    if not response.content:
        return kind(asked, None, success=is_right, msg=msg)
    try:
        answer = _RETURNED[return_type](response.content)
    except (BadPayload, json_format.ParseError) as error:
        why = msg or f"the response cannot be read: {error}"
        return kind(asked, None, success=False, msg=why)
    return kind(asked, answer, success=is_right, msg=msg)


def _over_grpc(
    kind: type[Result], server: Server, rpc: str, sent: requests.Sent, return_type: str
) -> Result:
    asked = sent.proto()
    try:
        with contextlib.closing(GrpcTransport(server)) as transport:
            body = transport.send(f"/{PACKAGE}.{rpc}", asked.SerializeToString())
        response = proto.SeldonMessage.FromString(body)
    except CallError as error:
        return kind(asked, None, success=False, msg=error.message)
    except DecodeError as error:
        return kind(asked, None, success=False, msg=f"the response cannot be read: {error}")
    if return_type == "proto":
        return kind(asked, response)
    try:
        return kind(requests.as_dict(asked), requests.as_dict(response))
    except SeldonClientException as error:
        return kind(asked, None, success=False, msg=error.message)


def _post(server: Server, path: str, body: bytes) -> httpx.Response:
    with contextlib.closing(RestTransport(server)) as transport:
        return transport.send("POST", path, body)


def _body(sent: requests.Sent) -> bytes:
    try:
        return json_text.dumps(sent.document())
    except ComponentError as error:
        raise SeldonClientException(of_request(error)) from error


def _document_of(body: bytes) -> Any:
    return json_text.loads_exact(body, allow_nan=True)


def _proto_of(body: bytes) -> proto.SeldonMessage:
    message: proto.SeldonMessage = json_format.ParseDict(
        _document_of(body), proto.SeldonMessage(), ignore_unknown_fields=True
    )
    return message


_RETURNED: dict[str, Callable[[bytes], Any]] = {"dict": _document_of, "proto": _proto_of}
