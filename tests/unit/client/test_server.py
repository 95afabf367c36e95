from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from charter.client.server import Server, Tls, at, grpc_route, of_url, rest_route
from charter.errors import NotServed
from charter.methods import AGGREGATE, HEALTH_STATUS, METADATA, PREDICT, SEND_FEEDBACK, Method

Route = Callable[[Server, Method], tuple[str, str]]


def server(url: str, **headers: str) -> Server:
    return of_url(url, headers, 5.0, None)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://box:5000", "http://box:5000"),
        ("http://box", "http://box:80"),
        ("https://box/", "https://box:443"),
        ("grpc://box:5001", "grpc://box:5001"),
        ("grpcs://box", "grpcs://box:443"),
        ("http://[::1]:5000", "http://[::1]:5000"),
        ("http://0.0.0.0:5000", "http://127.0.0.1:5000"),
        ("HTTP://Box:5000", "http://box:5000"),
    ],
)
def test_a_url_without_path_is_a_microservice(url: str, address: str) -> None:
    found = server(url)

    assert (found.address, found.is_gateway, found.timeout_s) == (address, False, 5.0)


def test_a_url_with_path_is_a_gateway() -> None:
    found = server("http://gw/seldon/production/iris/")

    assert (found.address, found.is_gateway) == ("http://gw:80/seldon/production/iris", True)


def test_the_path_of_an_executor_is_no_prefix() -> None:
    found = server("http://executor:8000/api/v1.0")

    assert (found.address, found.is_gateway) == ("http://executor:8000", True)


@pytest.mark.parametrize(
    "path", ["/predict", "/predict/", "/send-feedback", "/health/status", "/metadata"]
)
def test_a_pasted_endpoint_of_a_microservice_is_the_microservice(path: str) -> None:
    assert server(f"http://box:5000{path}") == server("http://box:5000")


@pytest.mark.parametrize("end", ["predictions", "feedback", "health/status", "metadata", ""])
@pytest.mark.parametrize("prefix", ["", "/seldon/production/iris", "/seldon/production/predict"])
def test_a_pasted_endpoint_of_a_gateway_is_the_gateway(prefix: str, end: str) -> None:
    found = server(f"http://gw{prefix}/api/v1.0/{end}")

    assert (found.address, found.is_gateway) == (f"http://gw:80{prefix}", True)


def test_a_deployment_may_have_the_name_of_an_endpoint() -> None:
    assert server("http://gw/seldon/predict").prefix == "/seldon/predict"


def test_over_grpc_an_executor_has_no_metadata() -> None:
    found = server("grpc://executor:5001/api/v1.0")

    assert (found.address, found.is_gateway) == ("grpc://executor:5001", True)
    assert found.headers == ()


@pytest.mark.parametrize("timeout_s", [0, -1.0, float("nan")])
def test_a_timeout_is_more_than_nothing(timeout_s: float) -> None:
    with pytest.raises(ValueError, match=r"^timeout_s: expected more than 0 or None, got "):
        of_url("http://box", None, timeout_s, None)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"a": "é"}, "headers: the value of a is no line of ASCII text"),
        ({"a": "secret\n"}, "headers: the value of a is no line of ASCII text"),
        ({"a": 1}, "headers: the value of a is no line of ASCII text"),
        ({"a b": "x"}, "headers: 'a b' is no name of a header"),
        ({"": "x"}, "headers: '' is no name of a header"),
        ({1: "x"}, "headers: 1 is no name of a header"),
    ],
)
def test_a_header_is_one_that_both_protocols_carry(headers: Any, said: str) -> None:
    with pytest.raises(ValueError, match=r"^headers: ") as failure:
        of_url("http://box", headers, 1.0, None)

    assert str(failure.value) == said


@pytest.mark.parametrize(
    ("path", "metadata"),
    [
        ("/seldon/iris", (("seldon", "iris"),)),
        ("/seldon/production/iris", (("seldon", "iris"), ("namespace", "production"))),
    ],
)
def test_over_grpc_the_path_becomes_metadata(
    path: str, metadata: tuple[tuple[str, str], ...]
) -> None:
    found = server(f"grpc://gw:80{path}", token="t")

    assert found.headers == (("token", "t"), *metadata)
    assert (found.address, found.is_gateway) == ("grpc://gw:80", True)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("box:5000", "expected http://…, https://…, grpc://…, grpcs://…, got 'box:5000'"),
        ("ftp://box", "expected http://"),
        ("http://", "expected http://"),
        ("http://user:secret@box", "credentials go into headers"),
        ("http://box?x=1", "host, port and path only"),
        ("http://box:65536", "expected a port of 1 to 65535, in 'box:65536'"),
        ("http://box:x", "expected a port of 1 to 65535, in 'box:x'"),
        ("grpc://box:0", "expected a port of 1 to 65535, got 0"),
        ("grpc://box/predictions", "expected the path /seldon/deployment or"),
        ("grpc://box/other/iris", "expected the path /seldon/deployment or"),
        ("grpc://box/seldon/a/b/c", "expected the path /seldon/deployment or"),
    ],
)
def test_another_url_is_refused(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"^url: ") as failure:
        server(url)

    assert message in str(failure.value)
    assert "secret" not in str(failure.value)


@pytest.mark.parametrize(
    ("method", "microservice", "gateway"),
    [
        (PREDICT, ("POST", "/predict"), ("POST", "/api/v1.0/predictions")),
        (SEND_FEEDBACK, ("POST", "/send-feedback"), ("POST", "/api/v1.0/feedback")),
        (HEALTH_STATUS, ("GET", "/health/status"), ("GET", "/api/v1.0/health/status")),
        (METADATA, ("GET", "/metadata"), ("GET", "/api/v1.0/metadata")),
    ],
)
def test_gateways_have_paths_of_their_own(
    method: Method, microservice: tuple[str, str], gateway: tuple[str, str]
) -> None:
    assert rest_route(server("http://box"), method) == microservice
    assert rest_route(server("http://box/seldon/iris"), method) == gateway


def test_gateways_have_one_service() -> None:
    gateway = server("grpc://box/seldon/iris")

    assert grpc_route(server("grpc://box"), PREDICT) == ("Model", "Predict")
    assert grpc_route(gateway, PREDICT) == ("Seldon", "Predict")
    assert grpc_route(gateway, METADATA) == ("Seldon", "ModelMetadata")
    with pytest.raises(
        NotServed, match=r"^health_status: gateways have predict, send_feedback, in"
    ):
        grpc_route(gateway, HEALTH_STATUS)


@pytest.mark.parametrize(
    ("route", "served"),
    [
        (rest_route, "predict, send_feedback, health_status, init_metadata"),
        (grpc_route, "predict, send_feedback, init_metadata"),
    ],
)
def test_gateways_do_not_have_every_method(route: Route, served: str) -> None:
    with pytest.raises(NotServed) as failure:
        route(server("http://box/seldon/iris"), AGGREGATE)

    assert failure.value.message == f"aggregate: gateways have {served} only"


def test_a_port_of_a_host_is_a_server_too() -> None:
    plain = at("http", "0.0.0.0", 5000, timeout_s=1)

    assert plain.address == "http://127.0.0.1:5000"
    assert at("http", "gw", 80, timeout_s=1, prefix="/seldon/iris").address == (
        "http://gw:80/seldon/iris"
    )


def test_what_a_server_is_for_is_kept_behind_a_gateway() -> None:
    tls = Tls(ca_file="ca.pem")

    found = of_url("https://gw/seldon/iris", {"a": "b"}, None, tls)

    assert found == replace(
        found, headers=(("a", "b"),), timeout_s=None, tls=tls, prefix="/seldon/iris"
    )
