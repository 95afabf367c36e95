"""The calls that the executor of Seldon Core 1.17 makes to the node of a graph, over REST and gRPC.

`walk` makes all of a node's type and raises `Unusable` at the first answer that an executor could
do nothing with. A JSON reply is read as strictly as Go's jsonpb does: no field it does not know.
"""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
import httpx
from charter._proto import messages as proto
from google.protobuf import json_format
from prometheus_client.parser import text_string_to_metric_families

Json = Any

WAIT_S = 30.0
PUID = "7b2f9c0e-5a3d-4d1e-9f5c-0d8f6a1b2c3e"
HEADERS = {"Content-Type": "application/json", "Seldon-Puid": PUID, "X-Of-The-Client": "kept"}
METADATA = (("seldon-puid", PUID), ("x-of-the-client", "kept"))


class Unusable(AssertionError):
    """An answer with which the executor cannot go on."""


@dataclass(frozen=True, slots=True)
class Node:
    """Say where a node of a graph is and what the graph takes it for.

    Args:
        name: its name, which is that of its container.
        kind: its type: MODEL, TRANSFORMER, OUTPUT_TRANSFORMER, ROUTER or COMBINER.
        ports: number by name: http, grpc and metrics.
        children: how many nodes come after it.
        host: where it listens.
    """

    name: str
    kind: str
    ports: Mapping[str, int]
    children: int = 0
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Call:
    """Say how a method is called: path of REST, service and rpc of gRPC."""

    path: str
    service: str
    rpc: str


CALLS = {
    "MODEL": Call("/predict", "Model", "Predict"),
    "TRANSFORMER": Call("/transform-input", "Transformer", "TransformInput"),
    "OUTPUT_TRANSFORMER": Call("/transform-output", "OutputTransformer", "TransformOutput"),
    "ROUTER": Call("/route", "Router", "Route"),
    "COMBINER": Call("/aggregate", "Combiner", "Aggregate"),
}
FEEDBACK = Call("/send-feedback", "Model", "SendFeedback")
"""It is sent to models and to routers, to both in this service."""
TAKES_FEEDBACK = ("MODEL", "ROUTER")
STOP, ALL = -2, -1
"""Routes that are no child: end here, ask all of them."""


def walk(node: Node, request: Json) -> Mapping[str, Json]:
    """Make every call of an executor to a node; return the replies by path and by rpc.

    Args:
        node: what is called; it is ready.
        request: a SeldonMessage that it takes, as JSON.

    Raises:
        Unusable: an answer that an executor could not use.
    """
    dial(node)
    replies = {"/health/status": get(node, "/health/status"), "/metadata": metadata(node)}
    call = CALLS[node.kind]
    asked = [request, request] if node.kind == "COMBINER" else request
    replies[call.path] = _checked(node, call.path, message(node, call.path, asked))
    zipped = _checked(node, call.path, message(node, call.path, asked, is_gzipped=True))
    if zipped != replies[call.path]:
        raise Unusable(f"{call.path}: answers a gzipped body otherwise: {zipped}")
    replies[call.rpc] = _checked(node, call.rpc, message_over_grpc(node, call, asked))
    replies["Metadata"] = metadata_over_grpc(node)
    if node.kind in TAKES_FEEDBACK:
        feedback = feedback_on(node, request, replies[call.path])
        replies[FEEDBACK.path] = message(node, FEEDBACK.path, feedback)
        replies[FEEDBACK.rpc] = message_over_grpc(node, FEEDBACK, feedback)
    return {**replies, "/prometheus": metrics(node)}


def dial(node: Node) -> None:
    """Open each port as the executor's readiness does, and close it."""
    for name in ("http", "grpc"):
        address = (node.host, node.ports[name])
        try:
            socket.create_connection(address, timeout=1.0).close()
        except OSError as error:
            raise Unusable(f"port {name}: cannot be dialled at {address}: {error}") from error


def get(node: Node, path: str) -> Json:
    """Return the document at a path."""
    return _document(path, _sent(node, "http", "GET", path))


def message(node: Node, path: str, document: Json, *, is_gzipped: bool = False) -> Json:
    """Return the SeldonMessage that is answered to a document, as JSON."""
    body, headers = json.dumps(document).encode(), dict(HEADERS)
    if is_gzipped:
        body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
    reply = _document(path, _sent(node, "http", "POST", path, body, headers))
    _parsed(path, reply, proto.SeldonMessage())
    return reply


def message_over_grpc(node: Node, call: Call, document: Json) -> Json:
    """Return the SeldonMessage that is answered to a document of the rpc's own type, as JSON."""
    request: Any = proto.SeldonMessage()
    if call.rpc == "Aggregate":
        request, document = proto.SeldonMessageList(), {"seldonMessages": document}
    elif call is FEEDBACK:
        request = proto.Feedback()
    body = _parsed(call.rpc, document, request).SerializeToString()
    return _called(node, call.service, call.rpc, body, proto.SeldonMessage.FromString)


def metadata(node: Node) -> Json:
    """Return the metadata of a node, of which the executor makes those of the graph."""
    found = get(node, "/metadata")
    versions = found.get("versions") if isinstance(found, dict) else None
    if not isinstance(versions, list) or not isinstance(found.get("name"), str):
        raise Unusable(f"/metadata: expected name and versions, got {found}")
    return found


def metadata_over_grpc(node: Node) -> Json:
    """Return the metadata of a node over gRPC."""
    return _called(node, "Model", "Metadata", b"", proto.SeldonModelMetadata.FromString)


def feedback_on(node: Node, request: Json, response: Json) -> Json:
    """Return a feedback with the route that the node chose, where it chooses one."""
    routing = {node.name: route_of(response)} if node.kind == "ROUTER" else {}
    told = {**response, "meta": {**response.get("meta", {}), "routing": routing}}
    return {"request": request, "response": told, "reward": 1.0, "truth": request}


def route_of(reply: Json) -> int:
    """Return the child that a router's reply names; ALL where its data have no number."""
    data = reply.get("data", {}) if isinstance(reply, dict) else {"ndarray": reply}
    values = data.get("ndarray", data.get("tensor", {}).get("values", []))
    while isinstance(values, list) and values:
        values = values[0]
    return int(values) if isinstance(values, int | float) else ALL


def metrics(node: Node) -> Mapping[str, Json]:
    """Return the samples of the page that Prometheus is told to read, by name."""
    reply = _sent(node, "metrics", "GET", "/prometheus")
    families = list(text_string_to_metric_families(reply.text))
    if not families:
        raise Unusable("/prometheus: expected metrics, got none")
    return {family.name: family.samples for family in families}


def _checked(node: Node, where: str, reply: Json) -> Json:
    """Return a reply that can be the next node's request, or that of a router can be followed."""
    if node.kind == "ROUTER" and not STOP <= (route := route_of(reply)) < node.children:
        raise Unusable(f"{where}: expected a route of -2 to {node.children - 1}, got {route}")
    if not {"data", "strData", "binData", "jsonData"} & reply.keys():
        raise Unusable(f"{where}: expected a payload, got {reply}")
    return reply


def _sent(
    node: Node,
    port: str,
    verb: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    url = f"http://{node.host}:{node.ports[port]}{path}"
    try:
        reply = httpx.request(
            verb, url, content=body, headers=headers, trust_env=False, timeout=WAIT_S
        )
    except httpx.TransportError as error:
        raise Unusable(f"{verb} {path}: {error}") from error
    if reply.status_code != 200:
        raise Unusable(f"{verb} {path}: expected 200, got {reply.status_code}: {reply.text[:200]}")
    return reply


def _document(where: str, reply: httpx.Response) -> Json:
    try:
        return json.loads(reply.content, parse_constant=_no_number)
    except ValueError as error:
        raise Unusable(f"{where}: not JSON: {error}: {reply.text[:200]}") from error


def _no_number(word: str) -> None:
    raise ValueError(f"Go reads no {word}")


def _parsed(where: str, document: Json, kind: Any) -> Any:
    try:
        return json_format.ParseDict(document, kind)
    except json_format.ParseError as error:
        raise Unusable(f"{where}: no {kind.DESCRIPTOR.name}: {error}: {document}") from error


def _called(node: Node, service: str, rpc: str, body: bytes, read: Callable[[bytes], Any]) -> Json:
    with grpc.insecure_channel(f"{node.host}:{node.ports['grpc']}") as channel:
        ask: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
            f"/seldon.protos.{service}/{rpc}"
        )
        try:
            reply = ask(body, metadata=METADATA, timeout=WAIT_S)
        except grpc.RpcError as error:
            status: Any = error
            raise Unusable(f"{service}/{rpc}: {status.code()}: {status.details()}") from error
    return json_format.MessageToDict(read(reply))
