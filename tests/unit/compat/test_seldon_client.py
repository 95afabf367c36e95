"""`seldon_core.seldon_client` against real servers and a gateway."""

from __future__ import annotations

import importlib.util
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import charter
import numpy as np
import pytest
from charter._proto.messages import Feedback, SeldonMessage, SeldonMessageList
from charter.testing import serve
from charter.transport.workers import Endpoints
from gateways import Gateway, gateway, http_server, redirects_to, shows_requests
from google.protobuf import any_pb2, wrappers_pb2

NAME = "seldon_core.seldon_client"
FILE = Path(charter.__file__).parent / "compat" / "names" / "seldon_client.py"
# Written by the original: its parameters with their defaults.
RECORDED = json.loads((Path(__file__).parent / "seldon_client_signatures.json").read_text("utf-8"))
TRANSPORTS = ("rest", "grpc")


def load() -> ModuleType:
    """Return the module as the finder of `seldon_core` makes it."""
    spec = importlib.util.spec_from_file_location(NAME, FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


seldon = load()
METHODS_SAID = (
    "Valid values for method are 'predict', 'transform-input', 'transform-output', 'route', "
    "'aggregate', 'send-feedback' or None"
)
SIGNATURES = [key for key in RECORDED if key != "functions"]


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
        return Xs[0] if isinstance(Xs[0], str | bytes) else np.sum(Xs, axis=0)

    def send_feedback(
        self, X: Any, names: Any, reward: float, truth: Any, routing: Any = None
    ) -> Any:
        return [reward, float(np.sum(truth) if truth is not None else 0)]


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
        yield f"127.0.0.1:{port}"


@pytest.fixture(params=TRANSPORTS)
def microservice(request: pytest.FixtureRequest, server: Endpoints) -> Any:
    port = server.http_port if request.param == "rest" else server.grpc_port
    return seldon.SeldonClient(transport=request.param, microservice_endpoint=f"127.0.0.1:{port}")


@pytest.fixture(params=TRANSPORTS)
def deployment(request: pytest.FixtureRequest, behind: Gateway) -> Any:
    port = behind.http_port if request.param == "rest" else behind.grpc_port
    return seldon.SeldonClient(
        transport=request.param,
        deployment_name="iris",
        namespace="production",
        gateway_endpoint=f"127.0.0.1:{port}",
    )


def shown(mirror: str, call: str = "predict", **options: Any) -> Any:
    """Return what a server was asked by a call over REST."""
    client = seldon.SeldonClient(gateway_endpoint=mirror, microservice_endpoint=mirror)
    result = getattr(client, call)(**options)
    assert result.success, result.msg
    return result.response["jsonData"]


@pytest.mark.parametrize("key", SIGNATURES)
def test_names_parameters_and_defaults_are_the_originals(key: str) -> None:
    member: Any = seldon
    for word in key.split("."):
        member = getattr(member, word)

    parameters = [
        [name, list(found.default) if isinstance(found.default, tuple) else found.default]
        for name, found in inspect.signature(member).parameters.items()
        if name != "self"
    ]
    assert [
        [name, None if default is inspect.Parameter.empty else default]
        for name, default in parameters
    ] == RECORDED[key]


@pytest.mark.parametrize("call", [key.partition(".")[2] for key in SIGNATURES if "Client." in key])
def test_each_call_passes_on_all_that_it_is_given(call: str) -> None:
    passed: list[Any] = []

    class Watched(seldon.SeldonClient):  # type: ignore[name-defined, misc] # loaded at run time
        def _chosen(self, arguments: Any) -> Any:
            passed.extend(arguments)
            raise LookupError

    client = Watched()
    if call == "__init__":
        passed.extend(["self", *client.config])
    else:
        with pytest.raises(LookupError):
            getattr(client, call)()

    assert passed == list(inspect.signature(getattr(seldon.SeldonClient, call)).parameters)


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("payload_type", ["tensor", "ndarray"])
@pytest.mark.parametrize("data", [np.array([[True, False]]), np.array([["a", "b"]])])
def test_the_request_of_a_result_is_what_was_sent(
    server: Endpoints, transport: str, payload_type: str, data: Any
) -> None:
    port = server.http_port if transport == "rest" else server.grpc_port
    client = seldon.SeldonClient("seldon", transport, gateway_endpoint=f"127.0.0.1:{port}")

    result = client.predict(data=data, payload_type=payload_type, client_return_type="proto")

    assert result.success, result.msg
    sent, answered = (
        side.data.WhichOneof("data_oneof") for side in (result.request, result.response)
    )
    is_tensor = payload_type == "tensor" and data.dtype.kind == "b"
    assert (sent, answered) == (("tensor", "tensor") if is_tensor else ("ndarray", "ndarray"))


def test_a_boolean_tensor_is_sent_as_numbers(mirror: str) -> None:
    asked = shown(mirror, gateway="seldon", data=np.array([[True, False]]))

    assert asked["body"]["data"]["tensor"] == {"shape": [1, 2], "values": [1.0, 0.0]}


def test_what_json_cannot_carry_is_refused() -> None:
    client = seldon.SeldonClient("seldon", gateway_endpoint="127.0.0.1:1")

    for payload in ({"json_data": {"a": {1}}}, {"str_data": "\ud800"}, {"data": np.array([[{1}]])}):
        with pytest.raises(seldon.SeldonClientException) as failure:
            client.predict(**payload)

        assert "reply" not in failure.value.message


@pytest.mark.parametrize("name", RECORDED["functions"])
def test_the_functions_of_the_original_are_there(name: str) -> None:
    assert inspect.isfunction(getattr(seldon, name))


@pytest.mark.parametrize("payload_type", ["tensor", "ndarray", "tftensor"])
@pytest.mark.parametrize("return_type", ["dict", "proto"])
def test_arrays_are_sent_in_each_form(deployment: Any, payload_type: str, return_type: str) -> None:
    result = deployment.predict(
        data=np.array([[1.5, 2.0]]),
        names=["a", "b"],
        payload_type=payload_type,
        client_return_type=return_type,
    )

    assert (result.success, result.msg) == (True, "")
    if return_type == "proto":
        assert isinstance(result.response, SeldonMessage)
        assert result.response.data.WhichOneof("data_oneof") == payload_type
    else:
        assert result.response["data"][payload_type]


@pytest.mark.parametrize(
    ("names", "sent"),
    [
        (np.array(["a", "b"]), ["a", "b"]),
        (("a", "b"), ["a", "b"]),
        ({"a": 0, "b": 1}.keys(), ["a", "b"]),
        ([1, 2], ["1", "2"]),
        (np.array([]), []),
    ],
)
def test_names_may_be_of_any_kind(mirror: str, names: Any, sent: list[str]) -> None:
    asked = shown(mirror, gateway="seldon", data=np.array([[1, 2]]), names=names)

    assert asked["body"]["data"]["names"] == sent


def test_the_columns_of_a_data_frame_are_names(mirror: str) -> None:
    pandas = pytest.importorskip("pandas")
    df = pandas.DataFrame({"a": [1], "b": [2]})

    asked = shown(mirror, gateway="seldon", data=df.values, names=df.columns)

    assert asked["body"]["data"]["names"] == ["a", "b"]


@pytest.mark.parametrize(
    ("payload", "key", "expected"),
    [
        ({"str_data": "text"}, "strData", "text"),
        ({"bin_data": b"\x00\xff"}, "binData", "AP8="),
        ({"json_data": {"a": [1.5]}}, "jsonData", {"a": [1.5]}),
        ({"json_data": "text"}, "strData", "text"),
        ({"raw_data": {"strData": "text"}}, "strData", "text"),
        ({"raw_data": SeldonMessage(strData="text")}, "strData", "text"),
    ],
)
def test_other_payloads_come_back_as_they_went(
    deployment: Any, payload: Any, key: str, expected: Any
) -> None:
    result = deployment.predict(**payload)

    assert (result.success, result.response[key]) == (True, expected)


def test_without_a_payload_random_numbers_of_the_shape_are_sent(deployment: Any) -> None:
    result = deployment.predict(shape=(2, 3))

    assert result.response["data"]["tensor"]["shape"] == [2, 3]
    assert all(0 <= value < 1 for value in result.response["data"]["tensor"]["values"])


def test_integers_stay_exact_in_dicts(behind: Gateway) -> None:
    client = seldon.SeldonClient(
        deployment_name="iris",
        namespace="production",
        gateway_endpoint=f"127.0.0.1:{behind.http_port}",
    )
    value = 2**63 - 1

    assert client.predict(json_data={"id": value}).response["jsonData"] == {"id": value}
    tensor = client.predict(data=np.array([[value, 1]])).response["data"]["tensor"]
    assert tensor["values"] == [value, 1]


@pytest.mark.parametrize("payload", [{"json_data": {"a": 1}}, {"str_data": "x"}, {}])
def test_meta_is_sent_as_tags_with_every_payload(deployment: Any, payload: Any) -> None:
    result = deployment.predict(meta={"who": "me"}, **payload)

    assert result.response["meta"]["tags"] == {"who": "me"}


def test_custom_data_is_sent_over_grpc(server: Endpoints) -> None:
    packed = any_pb2.Any()
    packed.Pack(wrappers_pb2.StringValue(value="x"))
    options = {"custom_data": packed, "gateway": "seldon"}
    client = seldon.SeldonClient(transport="grpc", gateway_endpoint=f"127.0.0.1:{server.grpc_port}")

    as_proto = client.predict(client_return_type="proto", **options)
    as_dict = client.predict(**options)

    assert as_proto.response.customData.value == packed.value
    assert as_dict.response["customData"]["value"] == "x"
    packed.type_url = "type.googleapis.com/unknown"
    unknown = client.predict(**options)
    assert (unknown.success, unknown.response) == (False, None)
    assert unknown.msg.startswith("customData has no dict form: ")
    with pytest.raises(seldon.SeldonClientException, match="JSON has no form for it"):
        client.predict(transport="rest", **options)


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("predict", [[1.0, 2.0]]),
        ("transform-input", [[2.0, 4.0]]),
        ("transform-output", [[3.0, 6.0]]),
        ("route", [[1.0]]),
    ],
)
def test_each_method_of_a_microservice_is_asked(
    microservice: Any, method: str, expected: Any
) -> None:
    result = microservice.microservice(method=method, data=np.array([[1.0, 2.0]]))

    assert isinstance(result, seldon.SeldonClientPrediction)
    assert (result.success, result.msg) == (True, "")
    tensor = result.response.data.tensor
    assert np.reshape(tensor.values, tensor.shape).tolist() == expected


@pytest.mark.parametrize(
    ("payload", "key", "expected"),
    [
        ({"str_data": "text"}, "strData", "text"),
        ({"bin_data": b"\x00\xff"}, "binData", b"\x00\xff"),
    ],
)
def test_other_payloads_reach_a_microservice(
    microservice: Any, payload: Any, key: str, expected: Any
) -> None:
    result = microservice.microservice(method="predict", **payload)

    assert getattr(result.response, key) == expected


def test_a_combiner_is_sent_several_arrays(microservice: Any) -> None:
    datas = [np.array([[1.0]]), np.array([[2.0]])]

    result = microservice.microservice(method="aggregate", datas=datas)

    assert isinstance(result, seldon.SeldonClientCombine)
    assert isinstance(result.request, SeldonMessageList)
    assert result.response.data.tensor.values[:] == [3.0]


def test_a_combiner_is_sent_texts_bytes_and_random_arrays(microservice: Any) -> None:
    texts = microservice.microservice(method="aggregate", datas=["a", "b"])
    blobs = microservice.microservice(method="aggregate", datas=[b"a", b"b"])
    drawn = microservice.microservice(method="aggregate", ndatas=3, shape=(1, 2))

    assert (texts.response.strData, blobs.response.binData) == ("a", b"a")
    assert len(drawn.request.seldonMessages) == 3
    assert list(drawn.response.data.tensor.shape) == [1, 2]


@pytest.mark.parametrize("return_type", ["dict", "proto"])
def test_a_feedback_takes_what_predict_returned(deployment: Any, return_type: str) -> None:
    asked = deployment.predict(data=np.array([[1.0]]), client_return_type=return_type)

    result = deployment.feedback(asked.request, asked.response, asked.response, 0.5)

    assert isinstance(result, seldon.SeldonClientFeedback)
    assert (result.success, result.msg) == (True, "")
    assert result.response["data"]["tensor"]["values"] == [0.5, 1.0]


def test_a_whole_feedback_can_be_sent(deployment: Any) -> None:
    for raw in ({"reward": 0.25}, Feedback(reward=0.25)):
        result = deployment.feedback(raw_request=raw)

        assert result.response["data"]["tensor"]["values"] == [0.25, 0.0]


def test_a_microservice_takes_feedback(microservice: Any) -> None:
    asked = microservice.microservice(method="predict", data=np.array([[1.0]]))

    result = microservice.microservice_feedback(asked.request, asked.response, 0.5)

    assert isinstance(result.request, Feedback)
    assert result.response.data.tensor.values[:] == [0.5, 0.0]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"deployment_name": "iris"}, "/seldon/iris/api/v1.0/predictions"),
        (
            {"deployment_name": "iris", "namespace": "production"},
            "/seldon/production/iris/api/v1.0/predictions",
        ),
        ({"deployment_name": "iris", "gateway": "istio"}, "/seldon/iris/api/v1.0/predictions"),
        ({"gateway": "seldon"}, "/api/v1.0/predictions"),
        ({"gateway": "seldon", "http_path": "/v2/x"}, "/api/v1.0/predictions"),
        ({"gateway_prefix": "/my/path"}, "/my/path/api/v1.0/predictions"),
        (
            {"deployment_name": "iris", "namespace": "production", "http_path": "/v2/x"},
            "/seldon/production/iris/v2/x",
        ),
    ],
)
def test_gateways_have_their_urls(mirror: str, options: Any, path: str) -> None:
    assert shown(mirror, str_data="x", **options)["path"] == path


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"deployment_name": "iris"}, "/seldon/iris/api/v1.0/feedback"),
        ({"gateway": "seldon"}, "/api/v1.0/feedback"),
        ({"gateway_prefix": "/my/path"}, "/my/path/api/v1.0/feedback"),
    ],
)
def test_feedback_has_its_urls(mirror: str, options: Any, path: str) -> None:
    asked = shown(mirror, "feedback", reward=0.7, **options)

    assert (asked["path"], asked["body"]) == (path, {"reward": 0.7})


def test_an_explainer_is_asked(mirror: str) -> None:
    options = {"deployment_name": "iris", "namespace": "ns", "predictor": "default"}

    asked = shown(mirror, "explain", json_data={"id": 2**60 + 1}, **options)

    assert asked["path"] == "/seldon/ns/iris-explainer/default/api/v1.0/explain"
    assert asked["body"]["jsonData"] == {"id": 2**60 + 1}


def test_headers_and_token_go_along(mirror: str) -> None:
    client = seldon.SeldonClient(
        gateway="seldon",
        gateway_endpoint=mirror,
        call_credentials=seldon.SeldonCallCredentials(token="secret"),
        ssl=False,
    )

    headers = client.predict(str_data="x", headers={"A": "b"}).response["jsonData"]["headers"]

    assert (headers["a"], headers["x-auth-token"]) == ("b", "secret")
    assert "secret" not in repr(client.config["call_credentials"])


def test_redirects_are_followed(mirror: str) -> None:
    with http_server(redirects_to(f"http://{mirror}")) as port:
        asked = shown(f"127.0.0.1:{port}", str_data="x", gateway="seldon")

    assert (asked["verb"], asked["path"]) == ("POST", "/api/v1.0/predictions")
    assert asked["body"]["strData"] == "x"


def test_a_redirect_without_end_is_told() -> None:
    with http_server(redirects_to("")) as port:
        client = seldon.SeldonClient(gateway_endpoint=f"127.0.0.1:{port}", gateway="seldon")
        result = client.predict()

    assert (result.success, result.msg) == (False, f"127.0.0.1:{port} redirects without end")


def test_proxies_of_the_environment_are_used(mirror: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://{mirror}")
    monkeypatch.setenv("no_proxy", "")

    asked = shown("nowhere.invalid:80", str_data="x", gateway="seldon")

    assert asked["headers"]["host"].startswith("nowhere.invalid")


def test_an_error_of_a_gateway_is_told_not_raised(deployment: Any) -> None:
    result = deployment.predict(data=np.ones((1, 1)), deployment_name="rose")

    assert (result.success, result.response) == (False, None)
    assert result.msg in ("404:Not Found", "status NOT_FOUND: no such deployment")


def test_an_error_of_a_microservice_is_told_not_raised(server: Endpoints) -> None:
    client = seldon.SeldonClient(microservice_endpoint=f"127.0.0.1:{server.http_port}")
    ragged = {"data": {"ndarray": [[1], [1, 2]]}}

    from_gateway = client.predict(
        raw_data=ragged, gateway="seldon", gateway_endpoint=client.config["microservice_endpoint"]
    )

    assert (from_gateway.success, from_gateway.msg) == (False, "400:Bad Request")
    assert from_gateway.response["status"]["reason"] == "MICROSERVICE_BAD_DATA"


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("call", ["predict", "feedback", "microservice", "microservice_feedback"])
def test_nothing_there_is_told_not_raised(transport: str, call: str) -> None:
    client = seldon.SeldonClient(
        transport=transport,
        deployment_name="iris",
        gateway_endpoint="127.0.0.1:1",
        microservice_endpoint="127.0.0.1:1",
    )

    result = getattr(client, call)(method="predict")

    assert (result.success, result.response) == (False, None)
    assert result.msg == "nothing answers on 127.0.0.1:1: connection refused"


@pytest.mark.parametrize(
    ("call", "options", "said"),
    [
        (
            "predict",
            {"gateway": "nginx"},
            "Valid values for gateway are 'ambassador', 'istio' or 's",
        ),
        ("predict", {"transport": "udp"}, "Valid values for transport are 'rest' or 'grpc'"),
        ("predict", {"client_return_type": "xml"}, "Valid values for client_return_type are"),
        ("predict", {"data": [[1]]}, "Valid values for data are None or numpy array"),
        ("predict", {}, "deployment_name: a gateway needs it"),
        ("predict", {"raw_data": {"data": 1}, "gateway": "seldon"}, "Invalid JSON: "),
        ("microservice", {"method": "fly"}, "Valid values for method are 'predict', "),
        ("predict", {"method": "foo"}, METHODS_SAID),
        ("microservice", {"method": "send-feedback"}, "Unknown method send-feedback"),
        ("explain", {"transport": "grpc"}, "explain: explainers are asked over REST only"),
        ("explain", {"deployment_name": "iris"}, "explain: predictor must name the predictor"),
        ("explain", {"client_return_type": "proto"}, "explain: client_return_type must be dict"),
    ],
)
def test_a_wrong_argument_is_refused(call: str, options: Any, said: str) -> None:
    with pytest.raises(seldon.SeldonClientException) as failure:
        getattr(seldon.SeldonClient(), call)(**options)

    assert failure.value.message.startswith(said)
    assert (str(failure.value), failure.value.status_code) == (failure.value.message, 400)


def test_the_functions_answer_with_protos(server: Endpoints, behind: Gateway) -> None:
    named = {"deployment_name": "iris", "namespace": "production"}
    ends = {
        "rest": (f"127.0.0.1:{server.http_port}", f"127.0.0.1:{behind.http_port}"),
        "grpc": (f"127.0.0.1:{server.grpc_port}", f"127.0.0.1:{behind.grpc_port}"),
    }
    data = {"data": np.array([[1.0]])}

    for transport, (endpoint, entrance) in ends.items():
        at_once = {"microservice_endpoint": endpoint}
        ask = {name: getattr(seldon, name) for name in RECORDED["functions"]}
        results = [
            ask[f"microservice_api_{transport}_seldon_message"](**data, **at_once),
            ask[f"microservice_api_{transport}_aggregate"](datas=[data["data"]], **at_once),
            ask[f"microservice_api_{transport}_feedback"](reward=1, **at_once),
            ask[f"{transport}_predict_seldon"](gateway_endpoint=endpoint, **data),
            ask[f"{transport}_predict_gateway"](gateway_endpoint=entrance, **data, **named),
            ask[f"{transport}_feedback_seldon"](gateway_endpoint=endpoint, reward=1),
            ask[f"{transport}_feedback_gateway"](gateway_endpoint=entrance, reward=1, **named),
        ]

        assert [result.msg for result in results] == [""] * len(results)
        assert all(isinstance(result.response, SeldonMessage) for result in results)


def test_the_explain_function_answers_with_a_dict(mirror: str) -> None:
    asked = seldon.explain_predict_gateway("iris", predictor="p", gateway_endpoint=mirror)

    assert asked.response["jsonData"]["path"] == "/seldon/iris-explainer/p/api/v1.0/explain"


def test_a_result_shows_itself_as_the_original_does() -> None:
    result = seldon.SeldonClientPrediction("asked", "answered", False, "why")

    assert repr(result) == "Success:False message:why\nRequest:\nasked\nResponse:\nanswered"


@pytest.mark.parametrize("transport", ["rest", "grpc"])
def test_names_may_be_an_array_or_an_index(server: Endpoints, transport: str) -> None:
    port = server.http_port if transport == "rest" else server.grpc_port
    client = seldon.SeldonClient(transport=transport, microservice_endpoint=f"127.0.0.1:{port}")

    reply = client.microservice(
        data=np.ones((1, 2)), names=np.array(["a", "b"]), method="predict", payload_type="ndarray"
    )

    assert reply.success, reply.msg
