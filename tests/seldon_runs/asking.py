"""Send a case over REST or gRPC to any server of the Seldon protocol."""

from __future__ import annotations

from typing import Any, TypeAlias

import grpc
import httpx
from charter._proto import messages
from charter.methods import METADATA, Method, Takes, Wire
from google.protobuf import json_format
from seldon_runs.cases import Answer, Case
from seldon_runs.commands import Running

WAIT_S = 30.0
_REQUESTS = {
    Takes.MESSAGE: messages.SeldonMessage,
    Takes.MESSAGES: messages.SeldonMessageList,
    Takes.FEEDBACK: messages.Feedback,
    Takes.NOTHING: messages.Empty,
}
Multi: TypeAlias = "grpc.UnaryUnaryMultiCallable[Any, Any]"


def can_ask(case: Case, wire: Wire) -> bool:
    """Return whether a transport has the case's method."""
    return wire is Wire.REST or bool(case.method.rpcs)


def ask(running: Running, case: Case, wire: Wire) -> Answer:
    """Return what a server answers."""
    if wire is Wire.REST:
        return _over_rest(running, case)
    with grpc.insecure_channel(running.grpc_address) as channel:
        return _over_grpc(channel, case)


def as_sent(answer: Answer, case: Case) -> Answer:
    """Return a promised answer in the form in which `ask` returns it over gRPC.

    Metric values are 32-bit floats on the wire, and what is a default is not sent.
    """
    if answer.status != "OK":
        return answer
    message = json_format.ParseDict(answer.body, _reply(case.method)())
    return Answer("OK", json_format.MessageToDict(message))


def _over_rest(running: Running, case: Case) -> Answer:
    path, verbs = case.method.routes[0]
    verb = "POST" if "POST" in verbs else "GET"
    response = httpx.request(
        verb, f"{running.url}{path}", json=case.body, trust_env=False, timeout=WAIT_S
    )
    return Answer(response.status_code, response.json())


def _over_grpc(channel: grpc.Channel, case: Case) -> Answer:
    service, rpc = case.method.rpcs[0]
    multi: Multi = channel.unary_unary(
        f"/seldon.protos.{service}/{rpc}",
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=_reply(case.method).FromString,
    )
    body = {"seldonMessages": case.body} if case.method.takes is Takes.MESSAGES else case.body
    request = json_format.ParseDict(body or {}, _REQUESTS[case.method.takes]())
    try:
        return Answer("OK", json_format.MessageToDict(multi(request, timeout=WAIT_S)))
    except grpc.RpcError as error:
        return Answer(error.code().name, error.details() or "")


def _reply(method: Method) -> Any:
    return messages.SeldonModelMetadata if method is METADATA else messages.SeldonMessage
