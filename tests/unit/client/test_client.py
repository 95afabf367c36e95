"""`Client` and `AsyncClient`, by the same tests, against real servers and a gateway."""

from __future__ import annotations

import asyncio
import inspect
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from charter import AsyncClient, CallError, Client, Form, Message, Tls, Unanswered
from charter.errors import BadPayload, NotServed, ServingError
from charter.testing import serve
from charter.transport.workers import Endpoints
from gateways import (
    PREFIX,
    Gateway,
    gateway,
    grpc_gateway,
    http_server,
    redirects_to,
    shows_requests,
)

Ask = Callable[..., Any]
"""Takes a URL, a method's name and its arguments; options of the client in `client`."""


class Everything:
    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        return X

    def transform_input(self, X: Any, names: Any) -> Any:
        return X * 2

    def transform_output(self, X: Any, names: Any) -> Any:
        return X * 3

    def route(self, X: Any, names: Any) -> int:
        return 1

    def aggregate(self, Xs: Any, names: Any) -> Any:
        return np.sum(Xs, axis=0)

    def send_feedback(
        self, X: Any, names: Any, reward: float, truth: Any, routing: Any = None
    ) -> Any:
        return [reward, float(np.sum(truth) if truth is not None else -1)]

    def class_names(self) -> list[str]:
        return ["a", "b"]

    def init_metadata(self) -> Any:
        return {
            "name": "everything",
            "versions": ["7"],
            "inputs": [{"name": "X", "datatype": "FP64", "shape": [-1, 4]}],
            "outputs": [{"messagetype": "tensor", "schema": {"names": ["a"], "shape": [2]}}],
        }


class Careless:
    def predict(self, X: Any) -> Any:
        raise ValueError("out of coffee")


def plainly(url: str, method: str, *given: Any, client: Any = None, **named: Any) -> Any:
    with Client(url, **client or {}) as opened:
        return getattr(opened, method)(*given, **named)


def in_a_loop(url: str, method: str, *given: Any, client: Any = None, **named: Any) -> Any:
    async def ask() -> Any:
        async with AsyncClient(url, **client or {}) as opened:
            return await getattr(opened, method)(*given, **named)

    return asyncio.run(ask())


@pytest.fixture(params=[plainly, in_a_loop])
def ask(request: pytest.FixtureRequest) -> Ask:
    chosen: Ask = request.param
    return chosen


@pytest.fixture(scope="module")
def server() -> Iterator[Endpoints]:
    with serve(Everything) as endpoints:
        yield endpoints


@pytest.fixture(scope="module")
def behind() -> Iterator[Gateway]:
    with gateway(Everything) as ports:
        yield ports


@pytest.fixture(scope="module")
def mirror() -> Iterator[str]:
    with http_server(shows_requests) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(params=["http", "grpc"])
def url(request: pytest.FixtureRequest, server: Endpoints) -> str:
    port = server.http_port if request.param == "http" else server.grpc_port
    return f"{request.param}://127.0.0.1:{port}"


@pytest.fixture(params=["http", "grpc"])
def gateway_url(request: pytest.FixtureRequest, behind: Gateway) -> str:
    port = behind.http_port if request.param == "http" else behind.grpc_port
    return f"{request.param}://127.0.0.1:{port}{PREFIX}"


@pytest.mark.parametrize("form", ["ndarray", "tensor", "tftensor"])
def test_arrays_come_back_in_the_form_they_went(ask: Ask, url: str, form: str) -> None:
    reply = ask(url, "predict", [[1.5, 2], [3, 4]], ["x", "y"], form=form, meta={"puid": "p"})

    assert isinstance(reply, Message)
    assert (reply.form.value, reply.value.tolist()) == (form, [[1.5, 2], [3, 4]])
    assert list(reply.names or ()) == ["a", "b"]
    assert reply.meta == {"puid": "p"}


@pytest.mark.parametrize("value", ["text", b"\x00\xff", {"a": [1.5, None, "b"]}])
def test_other_payloads_come_back_as_they_went(ask: Ask, url: str, value: object) -> None:
    assert ask(url, "predict", value).value == value


@pytest.mark.parametrize("value", [2**53 + 1, 2**63 - 1, -(2**63), 2**70])
def test_integers_stay_exact_over_rest(ask: Ask, server: Endpoints, value: int) -> None:
    url = f"http://127.0.0.1:{server.http_port}"

    assert ask(url, "predict", [[value, 1]]).value.tolist() == [[value, 1]]
    assert ask(url, "predict", {"id": value}).value == {"id": value}


@pytest.mark.parametrize(
    ("method", "given", "expected"),
    [
        ("transform_input", ([[1.0, 2.0]],), [[2.0, 4.0]]),
        ("transform_output", ([[1.0, 2.0]],), [[3.0, 6.0]]),
        ("route", ([[1.0, 2.0]],), [[1]]),
        ("aggregate", ([[[1.0, 2.0]], [[3.0, 4.0]]],), [[4.0, 6.0]]),
    ],
)
def test_every_method_is_asked(
    ask: Ask, url: str, method: str, given: tuple[Any, ...], expected: Any
) -> None:
    assert ask(url, method, *given).value.tolist() == expected


def test_a_feedback_says_what_was_asked_answered_and_right(ask: Ask, url: str) -> None:
    response = ask(url, "predict", [[1.0, 2.0]])

    reply = ask(url, "send_feedback", [[1.0, 2.0]], response, 0.5, [[3.0, 4.0]])

    assert reply.value.tolist() == [0.5, 7.0]


def test_the_health_is_that_of_a_loaded_model(ask: Ask, url: str) -> None:
    healthy = {"http": "healthy", "grpc": "SERVING"}

    assert ask(url, "health").value == healthy[url.partition(":")[0]]


def test_the_metadata_are_the_models(ask: Ask, url: str) -> None:
    assert ask(url, "metadata") == {
        "name": "everything",
        "versions": ["7"],
        "platform": "",
        "inputs": [{"name": "X", "datatype": "FP64", "shape": [-1, 4]}],
        "outputs": [{"messagetype": "tensor", "schema": {"names": ["a"], "shape": [2]}}],
        "custom": {},
    }


def test_a_gateway_is_asked_for_its_deployment(ask: Ask, gateway_url: str) -> None:
    reply = ask(gateway_url, "predict", [[1.0, 2.0]])
    answered = ask(gateway_url, "send_feedback", [[1.0, 2.0]], reply, 0.25, [[0.5, 0.5]])

    assert reply.value.tolist() == [[1.0, 2.0]]
    assert answered.value.tolist() == [0.25, 1.0]


def test_a_gateway_does_not_know_every_deployment(ask: Ask, gateway_url: str) -> None:
    with pytest.raises(CallError) as failure:
        ask(gateway_url.replace("iris", "rose"), "predict", [[1.0]])

    assert failure.value.status == 404


def test_a_gateway_has_no_health_over_grpc(ask: Ask, behind: Gateway) -> None:
    with pytest.raises(NotServed, match=r"^health_status: gateways have "):
        ask(f"grpc://127.0.0.1:{behind.grpc_port}{PREFIX}", "health")


def test_an_executor_is_asked_itself(ask: Ask, server: Endpoints) -> None:
    for scheme, port in (("http", server.http_port), ("grpc", server.grpc_port)):
        url = f"{scheme}://127.0.0.1:{port}/api/v1.0"

        assert ask(url, "predict", "x").value == "x"
        assert ask(url, "metadata")["name"] == "everything"


def test_a_gateway_does_not_have_every_method(ask: Ask, gateway_url: str) -> None:
    with pytest.raises(NotServed, match=r"^route: gateways have predict, send_feedback, "):
        ask(gateway_url, "route", [[1.0]])


def test_headers_go_with_each_call(ask: Ask, mirror: str) -> None:
    shown = ask(mirror, "predict", "x", client={"headers": {"X-Auth-Token": "t"}}).value

    assert shown["headers"]["x-auth-token"] == "t"
    assert shown["headers"]["content-type"] == "application/json"
    assert (shown["verb"], shown["path"], shown["body"]["strData"]) == ("POST", "/predict", "x")


def test_a_callers_content_type_comes_first(ask: Ask, mirror: str) -> None:
    for name in ("content-type", "Content-Type"):
        options = {"headers": {name: "application/vnd.mine+json"}}
        shown = ask(mirror, "predict", "x", client=options).value

        assert shown["headers"]["content-type"] == "application/vnd.mine+json"
        assert shown["counts"]["content-type"] == 1


def test_a_redirect_is_told_not_followed(ask: Ask, mirror: str) -> None:
    with http_server(redirects_to(mirror)) as port, pytest.raises(CallError) as failure:
        ask(f"http://127.0.0.1:{port}", "predict", "x")

    assert failure.value.message == f"status 307: it has moved to '{mirror}/predict'"
    assert failure.value.status == 307


def test_proxies_of_the_environment_are_not_used(
    ask: Ask, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "grpc_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert ask(url, "predict", "x").value == "x"


def test_a_whole_message_can_be_sent_as_a_dict(ask: Ask, url: str) -> None:
    reply = ask(url, "predict", {"strData": "x", "meta": {"puid": "p"}}, form="raw")

    assert (reply.form, reply.value, reply.meta) == (Form.TEXT, "x", {"puid": "p"})


def test_a_models_failure_is_told_with_status_reason_and_info(ask: Ask) -> None:
    with serve(Careless) as careless:
        urls = (f"http://127.0.0.1:{careless.http_port}", f"grpc://127.0.0.1:{careless.grpc_port}")
        for url in urls:
            with pytest.raises(CallError) as failure:
                ask(url, "predict", [[1]])

            assert failure.value.status == 500
            assert failure.value.reason == "MICROSERVICE_INTERNAL_ERROR"
            assert failure.value.info == "ValueError: out of coffee"


def test_a_bad_value_is_told_without_a_call(ask: Ask) -> None:
    with pytest.raises(BadPayload, match="rows differ"):
        ask("http://127.0.0.1:1", "predict", [[1], [2, 3]])


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_nothing_there_is_unanswered(ask: Ask, scheme: str) -> None:
    with pytest.raises(Unanswered, match=r"nothing answers on 127\.0\.0\.1:1: connection refused"):
        ask(f"{scheme}://127.0.0.1:1", "predict", [[1]])


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_the_timeout_is_the_clients(ask: Ask, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unanswered, match=r"within 0\.1 s"):
            ask(url, "predict", [[1]], client={"timeout_s": 0.1})


@pytest.mark.parametrize("is_used", [True, False])
def test_a_closed_client_says_so(url: str, is_used: bool) -> None:
    client = Client(url)
    if is_used:
        client.predict("x")
    client.close()

    with pytest.raises(CallError, match=r"^the client is closed$"):
        client.predict("x")


@pytest.mark.parametrize("is_used", [True, False])
def test_a_closed_async_client_says_so(url: str, is_used: bool) -> None:
    async def ask() -> None:
        client = AsyncClient(url)
        if is_used:
            await client.predict("x")
        await client.close()
        await client.predict("x")

    with pytest.raises(CallError, match=r"^the client is closed$"):
        asyncio.run(ask())


@pytest.mark.parametrize(
    ("method", "given", "named"),
    [
        ("predict", (Message(Form.TEXT, "x"),), {"form": "tensor"}),
        ("predict", (Message(Form.CUSTOM, "x"),), {}),
        ("predict", ([[1]],), {"meta": [1]}),
        ("predict", ([[1]],), {"meta": {"tags": 3}}),
        ("predict", ([[1]],), {"meta": {"tags": {1: {2}}}}),
        ("predict", ([[1]],), {"names": "a"}),
        ("predict", (True,), {}),
        ("predict", ([[object()]],), {}),
        ("predict", ([[1j]],), {}),
        ("predict", ("\ud800",), {}),
        ("predict", ({"a": "\ud800"},), {}),
        ("predict", ([["\ud800"]],), {}),
        ("predict", ([[1]], ["\ud800"]), {}),
        ("predict", (object(),), {"form": "raw"}),
        ("predict", ([1, 2],), {"form": "raw"}),
        ("send_feedback", ([[1]], None, "a"), {}),
        ("aggregate", ("ab",), {}),
        ("aggregate", ([],), {}),
    ],
)
def test_every_error_is_one_of_charters(
    ask: Ask, url: str, method: str, given: tuple[Any, ...], named: Any
) -> None:
    with pytest.raises(ServingError):
        ask(url, method, *given, **named)


def test_an_async_client_asks_many_at_once(url: str) -> None:
    async def ask() -> list[Any]:
        async with AsyncClient(url) as client:
            replies = await asyncio.gather(*(client.predict([[float(i)]]) for i in range(20)))
        return [reply.value.tolist() for reply in replies]

    assert asyncio.run(ask()) == [[[float(i)]] for i in range(20)]


def test_both_clients_have_the_same_methods_with_the_same_arguments() -> None:
    plain, awaited = (
        {
            name: inspect.signature(member).parameters
            for name, member in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_") or name == "__init__"
        }
        for kind in (Client, AsyncClient)
    )

    assert plain == awaited


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a PEM file with a key and a certificate of its own for 127.0.0.1."""
    return self_signed(tmp_path_factory.mktemp("tls"), "IP:127.0.0.1,DNS:localhost")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a PEM file with a key and a certificate of its own for another host."""
    return self_signed(tmp_path_factory.mktemp("tls"), "DNS:elsewhere")


def self_signed(folder: Path, names: str) -> Path:
    if not shutil.which("openssl"):
        pytest.skip("making a certificate needs openssl")
    words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    options = ["-addext", f"subjectAltName={names}"]
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(["openssl", *words.split(), *options, *files], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return both


def test_tls_trusts_whom_it_is_told_to(ask: Ask, certificate: Path) -> None:
    trusting = {"tls": Tls(ca_file=str(certificate))}

    with http_server(shows_requests, certificate) as port:
        url = f"https://127.0.0.1:{port}"
        assert ask(url, "predict", "x", client=trusting).value["body"]["strData"] == "x"
        assert ask(url, "predict", "x", client={"tls": Tls(verifies=False)}).value
        with pytest.raises(CallError) as failure:
            ask(url, "predict", "x")

    assert_untrusted(failure.value, port)


def test_grpc_trusts_whom_it_is_told_to(ask: Ask, certificate: Path, server: Endpoints) -> None:
    pem = certificate.read_bytes()
    credentials = grpc.ssl_server_credentials([(pem, pem)])
    with (
        grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel,
        grpc_gateway(channel, credentials) as port,
    ):
        url = f"grpcs://127.0.0.1:{port}{PREFIX}"
        trusting = {"tls": Tls(ca_file=str(certificate))}
        assert ask(url, "predict", "x", client=trusting).value == "x"
        with pytest.raises(CallError) as failure:
            ask(url, "predict", "x")

    assert_untrusted(failure.value, port)


@pytest.mark.parametrize("scheme", ["https", "grpcs"])
def test_a_certificate_of_another_name_is_not_trusted(ask: Ask, other: Path, scheme: str) -> None:
    pem = other.read_bytes()
    credentials = grpc.ssl_server_credentials([(pem, pem)])
    trusting = {"tls": Tls(ca_file=str(other))}
    with (
        grpc.insecure_channel("127.0.0.1:1") as channel,
        grpc_gateway(channel, credentials) as grpc_port,
        http_server(shows_requests, other) as http_port,
        pytest.raises(CallError, match=r"^the certificate of .* is not trusted: ") as failure,
    ):
        ask(
            f"{scheme}://127.0.0.1:{http_port if scheme == 'https' else grpc_port}",
            "predict",
            "x",
            client=trusting,
        )

    assert not isinstance(failure.value, Unanswered)


@pytest.mark.parametrize("scheme", ["https", "grpcs"])
def test_a_server_without_tls_does_not_shake_hands(
    ask: Ask, server: Endpoints, scheme: str
) -> None:
    port = server.http_port if scheme == "https" else server.grpc_port

    with pytest.raises(Unanswered) as failure:
        ask(f"{scheme}://127.0.0.1:{port}", "predict", "x")

    assert failure.value.message.startswith(
        f"nothing answers on 127.0.0.1:{port}: TLS handshake failed"
    )


def test_a_https_server_does_not_speak_grpc(ask: Ask, certificate: Path) -> None:
    trusting = {"tls": Tls(ca_file=str(certificate))}

    with (
        http_server(shows_requests, certificate) as port,
        pytest.raises(Unanswered, match="does not speak gRPC"),
    ):
        ask(f"grpcs://127.0.0.1:{port}", "predict", "x", client=trusting)


def assert_untrusted(error: CallError, port: int) -> None:
    assert not isinstance(error, Unanswered)
    assert re.fullmatch(
        rf"the certificate of 127\.0\.0\.1:{port} is not trusted: self.signed certificate",
        error.message,
    )
