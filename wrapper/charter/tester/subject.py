"""What is tested: a server, or a component in this process; over REST, over gRPC, or both."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from charter.assembly import make, prepare
from charter.client import json_wire
from charter.client.server import Server, at
from charter.client.transport import transport
from charter.client.wire import wire_of
from charter.contract.model import Contract
from charter.tester.channel import (
    GRPC,
    REST,
    AsgiTransport,
    Channel,
    InProcess,
    ProtoTransport,
)
from charter.transport.rest import rest_app

IN_PROCESS = {"http_port": 0, "grpc_port": 0, "metrics_port": 0}


@dataclass(frozen=True, slots=True)
class Subject:
    """Hold the ways to ask one service.

    Args:
        main: what most requests go over.
        grpc: the other way, for the same rows over gRPC; `None` where there is none.
        is_in_process: whether it lives for the test alone.
    """

    main: Channel
    grpc: Channel | None = None
    is_in_process: bool = False

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Return all ways to ask it, the main one first."""
        return (self.main, self.grpc) if self.grpc else (self.main,)

    def close(self) -> None:
        """Close the connections, and stop what lives for the test alone."""
        for channel in self.channels:
            channel.close()


def remote(host: str, port: int, grpc_port: int | None, *, timeout_s: float) -> Subject:
    """Return the server that is asked over REST, and over gRPC where its port is known."""
    main = _channel(at("http", host, port, timeout_s=timeout_s))
    if grpc_port is None:
        return Subject(main)
    return Subject(main, _channel(at("grpc", host, grpc_port, timeout_s=timeout_s)))


def remote_grpc(host: str, port: int, *, timeout_s: float) -> Subject:
    """Return the server that is asked over gRPC alone."""
    return Subject(_channel(at("grpc", host, port, timeout_s=timeout_s)))


def _channel(server: Server) -> Channel:
    return Channel(GRPC if server.is_grpc else REST, transport(server), wire_of(server))


def component(
    name: str,
    user: object,
    contract: Contract,
    *,
    mode: str = "warn",
    parameters: str | None = None,
) -> Subject:
    """Return a component that is loaded into this process, behind the real codecs and REST.

    Args:
        name: what the user calls it.
        user: a class, an object, or the name of one as `charter serve` takes it.
        contract: what its service enforces.
        mode: how: `strict`, `warn` or `off`.
        parameters: a JSON list of `{"name", "value", "type"}` for its class; `None` means those of
            the environment.

    Raises:
        StartError: it cannot be found, or the parameters are wrong.
        Exception: whatever the user's code raises while it is loaded.
    """
    from charter.client import proto_wire

    create, settings = prepare(user, {"parameters": parameters, "contract_mode": mode})
    service = make(create, settings, contract=None if mode == "off" else contract)
    held = InProcess(name, service, rest_app(service, settings))
    return Subject(
        Channel(REST, AsgiTransport(held), json_wire),
        Channel(GRPC, ProtoTransport(held), proto_wire),
        is_in_process=True,
    )


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the service in this process from logging what wrong requests do to the user's code."""
    log = logging.getLogger("charter")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)
