"""Where the original's SeldonClient sends to: URLs, metadata, credentials. No sockets here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from charter.client.seldon.types import (
    SeldonCallCredentials,
    SeldonChannelCredentials,
    SeldonClientException,
)
from charter.client.server import GATEWAY_PATH, Server, Tls


def microservice(chosen: Mapping[str, Any]) -> Server:
    """Return the microservice that the arguments name."""
    scheme = "grpc" if chosen["transport"] == "grpc" else "http"
    return _server(chosen, scheme, chosen["microservice_endpoint"])


def gateway(chosen: Mapping[str, Any]) -> Server:
    """Return the gateway that the arguments name, with what finds the deployment behind it.

    Raises:
        SeldonClientException: they name no deployment.
    """
    endpoint = chosen["gateway_endpoint"]
    if chosen["transport"] == "grpc":
        server = _server(chosen, _grpc_scheme(chosen), endpoint, _metadata(chosen))
        return replace(server, is_gateway=True)
    server = _server(chosen, _rest_scheme(chosen, "call_credentials"), endpoint)
    return replace(server, is_gateway=True, prefix=_prefix(chosen))


def explainer(chosen: Mapping[str, Any]) -> Server:
    """Return the gateway with what finds the explainer of the deployment; raises as `gateway`."""
    if not chosen.get("predictor"):
        raise SeldonClientException("explain: predictor must name the predictor to explain")
    scheme = _rest_scheme(chosen, "channel_credentials")
    server = _server(chosen, scheme, chosen["gateway_endpoint"])
    return replace(server, is_gateway=True, prefix=_prefix(chosen, is_explainer=True))


def rest_path(chosen: Mapping[str, Any], endpoint: str) -> str:
    """Return the path of an endpoint under the gateway's prefix."""
    # As in the original: gateway `seldon` has one path for predictions, whatever `http_path` says.
    has_one = endpoint == "feedback" or (chosen["gateway"], endpoint) == ("seldon", "predictions")
    path = None if has_one else chosen.get("http_path")
    return path or f"{GATEWAY_PATH}/{endpoint}"


def _server(
    chosen: Mapping[str, Any],
    scheme: str,
    endpoint: str,
    headers: Mapping[str, str] | None = None,
) -> Server:
    call: SeldonCallCredentials | None = chosen.get("call_credentials")
    token = {"X-Auth-Token": call.token} if call and call.token else {}
    every = {**(headers or {}), **(chosen.get("headers") or {}), **token}
    return Server(
        scheme,
        endpoint,
        headers=tuple(every.items()),
        timeout_s=None,
        tls=_tls(chosen.get("channel_credentials"), is_grpc=scheme.startswith("grpc")),
        max_send_bytes=chosen["grpc_max_send_message_length"],
        max_receive_bytes=chosen["grpc_max_receive_message_length"],
        uses_proxies=True,
        follows_redirects=True,
    )


def _prefix(chosen: Mapping[str, Any], *, is_explainer: bool = False) -> str:
    has_path = chosen.get("http_path") is not None
    if chosen["gateway"] == "seldon" and not (has_path and is_explainer):
        return ""
    prefix: str | None = chosen.get("gateway_prefix")
    if prefix is not None and not has_path:
        return prefix
    name = _deployment(chosen)
    words = [f"{name}-explainer", chosen["predictor"]] if is_explainer else [name]
    namespace = chosen.get("namespace")
    return "/".join(["/seldon", *([] if namespace is None else [namespace]), *words])


def _deployment(chosen: Mapping[str, Any]) -> str:
    name = chosen.get("deployment_name")
    if not name:
        raise SeldonClientException("deployment_name: a gateway needs it to find the deployment")
    return str(name)


def _metadata(chosen: Mapping[str, Any]) -> dict[str, str]:
    if chosen["gateway"] == "seldon":
        return {}
    namespace = chosen.get("namespace")
    found = {"seldon": _deployment(chosen)}
    return found if namespace is None else {**found, "namespace": namespace}


def _rest_scheme(chosen: Mapping[str, Any], credentials: str) -> str:
    ssl = chosen.get("ssl")
    is_secure = chosen.get(credentials) is not None if ssl is None else ssl
    return "https" if is_secure else "http"


def _grpc_scheme(chosen: Mapping[str, Any]) -> str:
    channel: SeldonChannelCredentials | None = chosen.get("channel_credentials")
    if channel is None:
        return "grpcs" if chosen.get("ssl") else "grpc"
    is_plain = chosen.get("ssl") is False and not channel.root_certificates_file
    return "grpc" if is_plain else "grpcs"


def _tls(channel: SeldonChannelCredentials | None, *, is_grpc: bool) -> Tls:
    if channel is None:
        return Tls()
    root = channel.root_certificates_file or ""
    key = channel.private_key_file or ""
    chain = channel.certificate_chain_file or ""
    if is_grpc:
        has_all = bool(root and key and chain)
        return Tls(
            ca_file=root, cert_file=chain if has_all else "", key_file=key if has_all else ""
        )
    return Tls(
        ca_file=chain or ("" if key else root),
        cert_file=root if key else "",
        key_file=key,
        verifies=channel.verify or bool(chain),
    )
