"""Real servers for tests of clients: a gateway before a model, and one that shows what it is asked.

The gateway stands in for Ambassador or Istio with Seldon's executor: it finds the deployment by a
prefix of the path, over gRPC by metadata, and has the paths and the service of an executor only.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import uvicorn
from charter.testing import serve

PREFIX = "/seldon/production/iris"
METADATA = frozenset({("seldon", "iris"), ("namespace", "production")})
_SERVICE = "seldon.protos.Seldon"
_OF_A_GATEWAY = {f"/api/v1.0/{word}": f"/api/v1.0/{word}" for word in ("predictions", "feedback")}
_OF_AN_EXECUTOR = {
    "/api/v1.0/predictions": "/predict",
    "/api/v1.0/feedback": "/send-feedback",
}
"""What an executor asks a graph that is one model, by what it is asked itself."""

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]


@dataclass(frozen=True)
class Gateway:
    """Hold the ports of a gateway."""

    http_port: int
    grpc_port: int


@contextlib.contextmanager
def gateway(component: object) -> Iterator[Gateway]:
    """Serve a component as deployment `iris` of namespace `production` behind a gateway."""
    with (
        serve(component) as model,
        grpc.insecure_channel(f"127.0.0.1:{model.grpc_port}") as channel,
        http_server(_forwarding(int(model.http_port or 0), PREFIX, _OF_A_GATEWAY)) as http_port,
        grpc_gateway(channel) as grpc_port,
    ):
        yield Gateway(http_port, grpc_port)


@contextlib.contextmanager
def executor_gateway(namespace: str, name: str, ports: Mapping[str, int]) -> Iterator[Gateway]:
    """Serve what Ambassador and an executor serve for a graph that is one model on these ports."""
    app = _forwarding(ports["http"], f"/seldon/{namespace}/{name}", _OF_AN_EXECUTOR)
    with (
        grpc.insecure_channel(f"127.0.0.1:{ports['grpc']}") as channel,
        http_server(app) as http_port,
        grpc_gateway(
            channel,
            metadata={("seldon", name), ("namespace", namespace)},
            asks="seldon.protos.Model",
        ) as grpc_port,
    ):
        yield Gateway(http_port, grpc_port)


@contextlib.contextmanager
def http_server(app: App, certificate: Path | None = None) -> Iterator[int]:
    """Serve an ASGI application on a free port; with a PEM file of key and certificate, by TLS."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        ssl_certfile=certificate,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
    )
    server = uvicorn.Server(config)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        ThreadPoolExecutor(1) as pool,
    ):
        serving = pool.submit(asyncio.run, server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            serving.result()


@contextlib.contextmanager
def grpc_gateway(
    channel: grpc.Channel,
    credentials: grpc.ServerCredentials | None = None,
    *,
    metadata: Set[tuple[str, str]] = METADATA,
    asks: str = _SERVICE,
) -> Iterator[int]:
    """Forward service `Seldon` to a channel for callers whose metadata name the deployment."""
    rpcs = {
        rpc: _forwarding_rpc(channel, f"/{asks}/{rpc}", metadata)
        for rpc in ("Predict", "SendFeedback")
    }
    server = grpc.server(ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, rpcs),))
    port = (
        server.add_insecure_port("127.0.0.1:0")
        if credentials is None
        else server.add_secure_port("127.0.0.1:0", credentials)
    )
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait()


def _forwarding(port: int, prefix: str, paths: Mapping[str, str]) -> App:
    async def app(scope: Scope, receive: Any, send: Any) -> None:
        path = paths.get(scope["path"].removeprefix(prefix))
        if path is None or not scope["path"].startswith(prefix):
            await _answer(send, 404, b"no such route")
            return
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as model:
            reply = await model.request(
                scope["method"],
                path,
                content=await _body(receive),
                headers={"content-type": "application/json"},
            )
        await _answer(send, reply.status_code, reply.content)

    return app


async def shows_requests(scope: Scope, receive: Any, send: Any) -> None:
    """Answer each request with verb, path, headers and JSON body of itself, as `jsonData`."""
    headers = {key.decode(): value.decode() for key, value in scope["headers"]}
    counts = collections.Counter(key.decode() for key, _ in scope["headers"])
    body = json.loads(await _body(receive) or b"null")
    shown = {
        "verb": scope["method"],
        "path": scope["path"],
        "headers": headers,
        "counts": counts,
        "body": body,
    }
    await _answer(send, 200, json.dumps({"jsonData": shown}).encode())


def redirects_to(url: str) -> App:
    """Return an application that sends each request on to the same path under a URL."""

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        await _body(receive)
        location = (b"location", f"{url}{scope['path']}".encode())
        await _answer(send, 307, b"elsewhere", location)

    return app


async def _body(receive: Any) -> bytes:
    body, is_more = b"", True
    while is_more:
        event = await receive()
        body, is_more = body + event["body"], event["more_body"]
    return body


async def _answer(send: Any, status: int, body: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _forwarding_rpc(
    channel: grpc.Channel, rpc: str, metadata: Set[tuple[str, str]]
) -> grpc.RpcMethodHandler[bytes, bytes]:
    ask: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(
        rpc, request_serializer=None, response_deserializer=None
    )

    def forward(body: bytes, context: grpc.ServicerContext) -> bytes:
        found: Any = context.invocation_metadata()
        if not {(key, value) for key, value in found} >= metadata:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such deployment")
        return ask(body, timeout=10)

    return grpc.unary_unary_rpc_method_handler(forward)
