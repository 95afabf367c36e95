import re
from collections.abc import Mapping

import pytest
from charter.errors import StartError
from charter.packaging.image.ports import Ports, choose, metrics

_HTTP, _GRPC = "PREDICTIVE_UNIT_HTTP_SERVICE_PORT", "PREDICTIVE_UNIT_GRPC_SERVICE_PORT"
_SERVICE = "PREDICTIVE_UNIT_SERVICE_PORT"
_METRICS = "PREDICTIVE_UNIT_METRICS_SERVICE_PORT"


@pytest.mark.parametrize(
    ("variables", "http", "grpc"),
    [
        ({}, 5000, 5001),
        ({"API_TYPE": ""}, 5000, 5001),
        ({"API_TYPE": "REST"}, 5000, 5001),
        ({"API_TYPE": "GRPC"}, 5001, 5000),
        ({_SERVICE: "8080"}, 8080, 5001),
        ({_SERVICE: "8080", "API_TYPE": "GRPC"}, 5001, 8080),
        ({_SERVICE: "5001"}, 5001, 5000),
        ({_SERVICE: "5001", "API_TYPE": "GRPC"}, 5000, 5001),
        ({_HTTP: "9000", _GRPC: "9500", _SERVICE: "9000"}, 9000, 9500),
        ({_HTTP: "9000", _GRPC: "9500", _SERVICE: "9500", "API_TYPE": "GRPC"}, 9000, 9500),
        ({_HTTP: "9000", _SERVICE: "8080"}, 9000, 5001),
        ({_GRPC: "9500", _SERVICE: "8080"}, 8080, 9500),
        ({_GRPC: "5000"}, 5001, 5000),
        ({_HTTP: "5001"}, 5001, 5000),
        ({_HTTP: "0", _GRPC: "0"}, 0, 0),
    ],
)
def test_the_ports_of_an_image(variables: Mapping[str, str], http: int, grpc: int) -> None:
    assert choose(variables) == Ports(http, grpc)


@pytest.mark.parametrize(("text", "port"), [("", 6000), ("6001", 6001), ("0", 0)])
def test_the_port_of_metrics(text: str, port: int) -> None:
    assert metrics({_METRICS: text}) == port


def test_what_is_no_port_of_metrics_is_refused() -> None:
    with pytest.raises(StartError, match=f"{_METRICS}: expected a port, 0 to 65535, got 'x'"):
        metrics({_METRICS: "x"})


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"API_TYPE": "rest"}, "API_TYPE: expected REST or GRPC, which says whose port is 5000"),
        ({"API_TYPE": '"REST"'}, "API_TYPE: expected REST or GRPC"),
        ({_HTTP: "x"}, f"{_HTTP}: expected a port, 0 to 65535, got 'x'"),
        ({_SERVICE: "65536"}, f"{_SERVICE}: expected a port, 0 to 65535, got '65536'"),
        ({_GRPC: "5_000"}, f"{_GRPC}: expected a port"),
        ({_GRPC: "-1"}, f"{_GRPC}: expected a port"),
    ],
)
def test_what_is_no_port_is_refused(variables: Mapping[str, str], message: str) -> None:
    with pytest.raises(StartError, match=re.escape(message)):
        choose(variables)
