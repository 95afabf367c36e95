"""Tests as users have them in their repositories, against the stand-in."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import grpc
import numpy as np
import pytest
from seldon_core.flask_utils import SeldonMicroserviceException
from seldon_core.metrics import SeldonMetrics, create_counter, create_gauge
from seldon_core.proto import prediction_pb2, prediction_pb2_grpc
from seldon_core.user_model import SeldonComponent, SeldonResponse
from seldon_core.utils import json_to_seldon_message, seldon_message_to_json
from seldon_core.wrapper import (
    SeldonModelGRPC,
    get_grpc_server,
    get_metrics_microservice,
    get_rest_microservice,
)


class Component(SeldonComponent):  # type: ignore[misc]  # see mypy's overrides
    """Answer each method so that the reply tells which it was."""

    def load(self) -> None:
        raise AssertionError("it is for the caller to load")

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        if isinstance(X, str) and X == "fail":
            raise ValueError("of the model")
        if isinstance(X, str) and X == "refuse":
            raise SeldonMicroserviceException("refused", 418, reason="TEAPOT")
        return SeldonResponse(X, tags={"run": 1}, metrics=[create_counter("calls", 1)])

    def transform_input(self, X: Any, names: Any, meta: Any = None) -> Any:
        return X + 1

    def transform_output(self, X: Any, names: Any, meta: Any = None) -> Any:
        return X + 2

    def route(self, features: Any, feature_names: Any) -> int:
        return 3

    def aggregate(self, features_list: Any, feature_names_list: Any) -> Any:
        return np.sum(features_list, axis=0)

    def send_feedback(
        self, features: Any, feature_names: Any, reward: float, truth: Any, routing: Any
    ) -> None:
        assert reward == 0.5

    def tags(self) -> dict[str, Any]:
        return {"own": "t"}

    def metrics(self) -> list[dict[str, Any]]:
        return [create_gauge("level", 7)]

    def init_metadata(self) -> dict[str, Any]:
        return {"name": "named", "versions": ["v1"], "platform": "seldon"}


class AsyncComponent:
    async def predict(self, X: Any, names: Any) -> Any:
        return X


@pytest.fixture
def metrics() -> SeldonMetrics:
    return SeldonMetrics()


@pytest.fixture
def client(metrics: SeldonMetrics) -> Any:
    return get_rest_microservice(Component(), metrics).test_client()


def array(*rows: list[float]) -> Any:
    return json_to_seldon_message({"data": {"ndarray": list(rows)}})


def test_model_ok(client: Any) -> None:
    rv = client.get('/predict?json={"data":{"names":["a","b"],"ndarray":[[1,2]]}}')

    j = json.loads(rv.data)
    assert rv.status_code == 200
    assert j["data"]["names"] == ["t:0", "t:1"]
    assert j["data"]["ndarray"] == [[1, 2]]
    assert j["meta"]["tags"] == {"own": "t", "run": 1}
    assert [metric["key"] for metric in j["meta"]["metrics"]] == ["level", "calls"]
    assert rv.headers["Access-Control-Allow-Origin"] == "*"


FORMS = [
    ({"data": {"ndarray": [[1, 2]]}}, "data"),
    ({"data": {"tensor": {"shape": [1, 2], "values": [1, 2]}}}, "data"),
    ({"strData": "text"}, "strData"),
    ({"binData": base64.b64encode(b"\x00\xff").decode()}, "binData"),
    ({"jsonData": {"a": [1, None]}}, "jsonData"),
]


@pytest.mark.parametrize(("document", "key"), FORMS)
@pytest.mark.parametrize(
    "ask",
    [
        lambda client, document: client.post("/predict", json=document),
        lambda client, document: client.post("/predict", data={"json": json.dumps(document)}),
        lambda client, document: client.get(
            "/predict", query_string={"json": json.dumps(document)}
        ),
        lambda client, document: client.post(
            "/api/v1.0/predictions", data=json.dumps(document), content_type="application/json"
        ),
    ],
    ids=["json", "form", "query", "body"],
)
def test_every_form_of_data_comes_back(
    ask: Callable[[Any, Any], Any], document: Any, key: str, client: Any
) -> None:
    found = ask(client, document).json[key]

    if key == "data":
        del found["names"]
    assert found == document[key]


@pytest.mark.parametrize(
    ("data", "key", "expected"),
    [
        ({"binData": (io.BytesIO(b"\x00\xff"), "f.bin")}, "binData", "AP8="),
        ({"strData": "text"}, "strData", "text"),
        ({"strData": (io.BytesIO(b"text"), "f.txt")}, "strData", "text"),
        ({"jsonData": '{"a": 1}'}, "jsonData", {"a": 1}),
    ],
)
def test_parts_of_a_form_are_read(data: Any, key: str, expected: Any, client: Any) -> None:
    rv = client.post("/predict", data=data, content_type="multipart/form-data")

    assert (rv.status_code, rv.json[key]) == (200, expected)


@pytest.mark.parametrize(
    ("path", "document", "expected"),
    [
        ("/transform-input", {"data": {"ndarray": [[1]]}}, [[2]]),
        ("/transform-output", {"data": {"ndarray": [[1]]}}, [[3]]),
        ("/route", {"data": {"ndarray": [[1]]}}, [[3]]),
        (
            "/aggregate",
            {"seldonMessages": [{"data": {"ndarray": [[1]]}}, {"data": {"ndarray": [[2]]}}]},
            [[3]],
        ),
        ("/send-feedback", {"request": {"data": {"ndarray": [[1]]}}, "reward": 0.5}, []),
    ],
)
def test_every_method_is_answered(path: str, document: Any, expected: Any, client: Any) -> None:
    rv = client.post(path, json=document)

    assert (rv.status_code, rv.json["data"]["ndarray"]) == (200, expected)


def test_health_and_metadata_are_answered(client: Any) -> None:
    assert client.get("/health/ping").data == b"pong"
    assert client.get("/health/status").status_code == 200
    assert client.get("/metadata").json["name"] == "named"


@pytest.mark.parametrize(
    ("text", "status", "reason"),
    [("fail", 500, "MICROSERVICE_INTERNAL_ERROR"), ("refuse", 418, "TEAPOT")],
)
def test_errors_of_the_model_are_answered(text: str, status: int, reason: str, client: Any) -> None:
    rv = client.post("/predict", json={"strData": text})

    assert rv.status_code == status
    assert rv.json["status"]["reason"] == reason


def test_no_data_is_bad_data(client: Any) -> None:
    rv = client.get("/predict?")

    assert rv.status_code == 400
    assert rv.json["status"]["reason"] == "MICROSERVICE_BAD_DATA"


def test_metrics_of_the_model_reach_the_object_that_was_given(
    metrics: SeldonMetrics, client: Any
) -> None:
    for _ in range(2):
        client.post("/predict", json={"strData": "text"})
    client.post("/send-feedback", json={"request": {"strData": "text"}, "reward": 0.5})

    text = get_metrics_microservice(metrics).test_client().get("/metrics").get_data(as_text=True)
    found = {line.partition("{")[0]: line.rpartition(" ")[2] for line in text.splitlines()}
    assert found["calls_total"] == "2.0"
    assert found["level"] == "7.0"
    assert found["seldon_api_model_feedback_reward_total"] == "0.5"


def test_only_one_path_has_metrics(metrics: SeldonMetrics) -> None:
    assert get_metrics_microservice(metrics).test_client().get("/other").status_code == 404


@pytest.mark.parametrize("given", [None, object()])
def test_a_model_is_asked_without_metrics_too(given: object) -> None:
    client = get_rest_microservice(Component(), given).test_client()

    assert client.post("/predict", json={"strData": "text"}).json["strData"] == "text"


def test_strict_answers_may_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_COMPAT", "strict")

    rv = get_rest_microservice(Component(), None).test_client().get("/no/such/path")

    assert (rv.status_code, rv.data[-1:]) == (500, b"\n")


def test_an_object_without_methods_passes_on_what_it_is_to_transform() -> None:
    client = get_rest_microservice(object(), None).test_client()

    rv = client.post("/transform-input", json={"strData": "s"})

    assert rv.get_json()["strData"] == "s"


def test_flask_settings_of_tests_are_taken() -> None:
    app = get_rest_microservice(Component(), None)

    assert [app.debug, app.config["DEBUG"], app.config["TESTING"]] == [False] * 3
    app.config["TESTING"] = True
    app.testing = True

    with app.test_client(use_cookies=False) as client:
        assert client.get("/health/ping").status_code == 200


@pytest.mark.parametrize("name", ["wsgi_app", "run", "register_blueprint", "route"])
def test_what_else_flask_has_is_refused_with_what_to_use(name: str) -> None:
    app = get_rest_microservice(Component(), None)

    assert not hasattr(app, name)
    with pytest.raises(AttributeError, match=r"Charter's, not Flask's.* test_client\(\)") as raised:
        getattr(app, name)
    assert str(raised.value).startswith(f"no attribute {name!r}")


# gRPC


def test_proto_ok(metrics: SeldonMetrics) -> None:
    app = SeldonModelGRPC(Component(), metrics)

    resp = app.Predict(array([1, 2]), None)

    j = seldon_message_to_json(resp)
    assert j["data"] == {"names": ["t:0", "t:1"], "ndarray": [[1.0, 2.0]]}
    assert j["meta"]["tags"] == {"own": "t", "run": 1.0}


@pytest.mark.parametrize(
    ("rpc", "request_proto", "expected"),
    [
        ("TransformInput", array([1]), [[2.0]]),
        ("TransformOutput", array([1]), [[3.0]]),
        ("Route", array([1]), [[3.0]]),
        ("Aggregate", prediction_pb2.SeldonMessageList(seldonMessages=[array([1])] * 2), [[2.0]]),
        ("SendFeedback", prediction_pb2.Feedback(request=array([1]), reward=0.5), []),
    ],
)
def test_every_rpc_is_answered(rpc: str, request_proto: Any, expected: Any) -> None:
    reply = getattr(SeldonModelGRPC(Component(), SeldonMetrics()), rpc)(request_proto, None)

    assert seldon_message_to_json(reply)["data"].get("ndarray", []) == expected


def test_metadata_is_a_message() -> None:
    app = SeldonModelGRPC(Component())
    asked = prediction_pb2.SeldonModelMetadataRequest()

    for rpc in (app.Metadata, app.ModelMetadata):
        assert rpc(asked, None).name == "named"
    with pytest.raises(NotImplementedError):
        app.GraphMetadata(asked, None)


def test_what_the_model_raises_is_raised() -> None:
    app = SeldonModelGRPC(Component())

    with pytest.raises(ValueError, match=r"^of the model$"):
        app.Predict(prediction_pb2.SeldonMessage(strData="fail"), None)
    with pytest.raises(SeldonMicroserviceException) as raised:
        app.Predict(prediction_pb2.SeldonMessage(strData="refuse"), None)
    assert (raised.value.status_code, raised.value.reason) == (418, "TEAPOT")


def test_what_is_no_request_is_refused_in_the_words_of_seldon() -> None:
    with pytest.raises(SeldonMicroserviceException) as raised:
        SeldonModelGRPC(Component()).Predict(prediction_pb2.SeldonMessage(), None)

    assert (raised.value.status_code, raised.value.reason) == (400, "MICROSERVICE_BAD_DATA")


def test_async_models_are_asked_too() -> None:
    rest = get_rest_microservice(AsyncComponent(), None).test_client()

    assert rest.post("/predict", json={"strData": "text"}).json["strData"] == "text"
    assert SeldonModelGRPC(AsyncComponent()).Predict(array([1]), None).data.ndarray[0][0] == 1


@pytest.fixture
def server(metrics: SeldonMetrics) -> Iterator[grpc.Server]:
    annotations = {"seldon.io/grpc-max-message-size": "10000"}
    server = get_grpc_server(Component(), metrics, annotations, num_threads=2)
    yield server
    server.stop(0).wait()


def test_a_server_answers_every_service(server: grpc.Server, metrics: SeldonMetrics) -> None:
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        replies = [
            prediction_pb2_grpc.ModelStub(channel).Predict(array([1])),
            prediction_pb2_grpc.SeldonStub(channel).Predict(array([1])),
            prediction_pb2_grpc.GenericStub(channel).TransformInput(array([0])),
            prediction_pb2_grpc.TransformerStub(channel).TransformInput(array([0])),
        ]
        with pytest.raises(grpc.RpcError) as raised:
            prediction_pb2_grpc.ModelStub(channel).Predict(array([1] * 10_000))

    assert [reply.data.ndarray[0][0] for reply in replies] == [1, 1, 1, 1]
    assert raised.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "calls_total" in metrics.generate_metrics()[0]


def test_an_interceptor_comes_before_each_call() -> None:
    class Seen(grpc.ServerInterceptor):
        def __init__(self) -> None:
            self.methods: list[str] = []

        def intercept_service(self, continuation: Any, details: Any) -> Any:
            self.methods.append(details.method)
            return continuation(details)

    seen = Seen()
    server = get_grpc_server(Component(), None, trace_interceptor=seen)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        prediction_pb2_grpc.ModelStub(channel).Predict(array([1]))
    server.stop(0).wait()

    assert seen.methods == ["/seldon.protos.Model/Predict"]


class Replaceable:
    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        return [1]


def test_a_method_that_a_test_replaces_is_the_one_that_answers() -> None:
    model = Replaceable()
    client = get_rest_microservice(model, None).test_client()
    served = SeldonModelGRPC(model, None)
    request = prediction_pb2.SeldonMessage(strData="s")

    vars(model)["predict"] = lambda X, names, meta=None: [42]
    own = client.post("/predict", json={"strData": "s"}).get_json()
    del vars(model)["predict"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Replaceable, "predict", lambda self, X, names, meta=None: [43])
        of_class = served.Predict(request, None)

    assert own["data"]["tensor"]["values"] == [42]
    assert list(of_class.data.tensor.values) == [43]
    assert list(served.Predict(request, None).data.tensor.values) == [1]


class KnowsItsThread:
    def __init__(self) -> None:
        self.threads = {threading.get_ident()}

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        self.threads.add(threading.get_ident())
        return X

    async def transform_input(self, X: Any, names: Any, meta: Any = None) -> Any:
        return self.predict(X, names)


def test_methods_run_in_the_thread_of_the_test() -> None:
    model = KnowsItsThread()
    client = get_rest_microservice(model, None).test_client()
    served = SeldonModelGRPC(model, None)
    request = prediction_pb2.SeldonMessage(strData="s")

    replies = [
        *(
            client.post(path, json={"strData": "s"}).status_code
            for path in ("/predict", "/transform-input")
        ),
        served.Predict(request, None).strData,
        served.TransformInput(request, None).strData,
    ]

    assert replies == [200, 200, "s", "s"]
    assert model.threads == {threading.get_ident()}


def test_a_mock_of_a_method_answers() -> None:
    client = get_rest_microservice(Replaceable(), None).test_client()

    with mock.patch.object(Replaceable, "predict", return_value=[42]) as predict:
        rv = client.post("/predict", json={"strData": "s"})

    assert rv.json["data"]["tensor"]["values"] == [42]
    predict.assert_called_once()


def test_a_server_sees_what_a_test_replaces() -> None:
    model = Replaceable()
    server = get_grpc_server(model, None)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    vars(model)["predict"] = lambda X, names, meta=None: [42]

    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        reply = prediction_pb2_grpc.ModelStub(channel).Predict(array([1]), timeout=10)
    server.stop(0).wait()

    assert reply.data.ndarray[0] == 42


class ReadsDatabase:
    """Hold what may be used in the thread that made it only."""

    def __init__(self) -> None:
        self.database = sqlite3.connect(":memory:")

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        return [self.database.execute("select 42").fetchone()[0]]

    async def transform_input(self, X: Any, names: Any, meta: Any = None) -> Any:
        await asyncio.sleep(0)
        return self.predict(X, names)


@pytest.fixture
def database_model() -> Iterator[ReadsDatabase]:
    model = ReadsDatabase()
    yield model
    model.database.close()


def asked_both_ways(model: object) -> list[Any]:
    client = get_rest_microservice(model, None).test_client()
    served = SeldonModelGRPC(model, None)
    request = prediction_pb2.SeldonMessage(strData="s")
    return [
        *(
            client.post(path, json={"strData": "s"}).json["data"]["tensor"]["values"]
            for path in ("/predict", "/transform-input")
        ),
        *(
            list(rpc(request, None).data.tensor.values)
            for rpc in (served.Predict, served.TransformInput)
        ),
    ]


def test_what_belongs_to_a_thread_can_be_used(database_model: ReadsDatabase) -> None:
    assert asked_both_ways(database_model) == [[42]] * 4


def test_it_can_be_used_within_an_event_loop_too(database_model: ReadsDatabase) -> None:
    async def cell() -> tuple[list[Any], bool]:
        before = asyncio.get_running_loop(), asyncio.current_task()
        found = asked_both_ways(database_model)
        await asyncio.sleep(0)
        return found, before == (asyncio.get_running_loop(), asyncio.current_task())

    assert asyncio.run(cell()) == ([[42]] * 4, True)


class KeepsItsLoop:
    """Hold what belongs to an event loop, as clients of HTTP and databases do."""

    def __init__(self) -> None:
        self.loops: list[asyncio.AbstractEventLoop] = []

    async def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        self.loops.append(asyncio.get_running_loop())
        return X


def test_one_event_loop_serves_all_requests_of_a_thread() -> None:
    model = KeepsItsLoop()
    client = get_rest_microservice(model, None).test_client()

    def ask() -> int:
        status: int = client.post("/predict", json={"strData": "s"}).status_code
        return status

    with ThreadPoolExecutor(1) as other:
        found = [ask(), ask(), other.submit(ask).result()]

    assert found == [200, 200, 200]
    first, second, of_the_other = model.loops
    assert first is second is not of_the_other
    assert not first.is_closed()
    assert of_the_other.is_closed()


class AsksAnother:
    def __init__(self, client: Any) -> None:
        self.client = client

    def predict(self, X: Any, names: Any, meta: Any = None) -> Any:
        return self.client.post("/predict", json={"strData": X}).json["strData"] + "!"


def test_a_component_may_ask_another_that_is_held() -> None:
    inner = get_rest_microservice(Component(), None).test_client()
    outer = get_rest_microservice(AsksAnother(inner), None).test_client()

    assert outer.post("/predict", json={"strData": "s"}).json["strData"] == "s!"
