"""gRPC of a real server, asked with the bytes of messages."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, cast

import grpc
import httpx
import numpy as np
import pytest
from charter import testing
from charter._proto.messages import (
    DefaultData,
    SeldonMessage,
    SeldonMessageList,
    SeldonModelMetadata,
    Tensor,
)
from charter._proto.messages import Feedback as FeedbackProto
from charter.codecs import seldon_json, seldon_proto
from charter.message import Feedback, Form, Message, Messages
from charter.methods import METADATA, METHODS, ROUTE, Method, Takes
from charter.transport.workers import Endpoints
from google.protobuf import any_pb2, json_format
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from grpc_status import rpc_status
from prometheus_client.parser import text_string_to_metric_families

WAIT_S = 10.0
SEND = "/seldon.protos.Seldon/Predict"
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICES = sorted({f"seldon.protos.{name}" for method in METHODS for name, _ in method.rpcs})
Multi: TypeAlias = "grpc.UnaryUnaryMultiCallable[bytes, bytes]"
ROWS = np.array([[1.0, 2.0], [3.0, 4.0]])


class Echo:
    def predict(self, X: Any) -> Any:
        return X


@contextlib.contextmanager
def serve(component: object, **chosen: Any) -> Iterator[tuple[Endpoints, grpc.Channel]]:
    with (
        testing.serve(component, **chosen) as endpoints,
        grpc.insecure_channel(endpoints.grpc_address) as channel,
    ):
        yield endpoints, channel


@pytest.fixture(scope="module")
def channel() -> Iterator[grpc.Channel]:
    with serve(Echo) as (_, channel):
        yield channel


def callable_of(channel: grpc.Channel, rpc: str = SEND) -> Multi:
    multi: Multi = channel.unary_unary(rpc)
    return multi


def health(channel: grpc.Channel, service: str = "") -> int:
    """Return the status that the health service gives of a service."""
    request = health_pb2.HealthCheckRequest(service=service).SerializeToString()
    body = call(channel, request, "/grpc.health.v1.Health/Check")
    return health_pb2.HealthCheckResponse.FromString(body).status


def call(channel: grpc.Channel, body: bytes, rpc: str = SEND) -> bytes:
    return callable_of(channel, rpc)(body, timeout=WAIT_S)


def ask(channel: grpc.Channel, message: Message, rpc: str = SEND) -> Message:
    return seldon_proto.decode(call(channel, seldon_proto.encode(message), rpc))


def error(channel: grpc.Channel, body: bytes, rpc: str = SEND) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as raised:
        call(channel, body, rpc)
    raised_call = raised.value
    assert isinstance(raised_call, grpc.Call)
    return raised_call.code(), raised_call.details() or ""


TEXT = seldon_proto.encode(Message(Form.TEXT, "s"))


@pytest.mark.parametrize("form", [Form.NDARRAY, Form.TENSOR, Form.TFTENSOR])
def test_arrays_come_back_in_the_form_they_went(channel: grpc.Channel, form: Form) -> None:
    reply = ask(channel, Message(form, ROWS, ["a", "b"], {"puid": "P"}))

    assert reply.form is form
    assert reply.value.tolist() == ROWS.tolist()
    assert list(reply.names or ()) == ["t:0", "t:1"]
    assert reply.meta == {"puid": "P"}


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (Form.TEXT, "é✓"),
        (Form.TEXT, ""),
        (Form.BINARY, b"\x00\xff"),
        (Form.BINARY, b""),
        (Form.JSON, {"a": [1.5, None, True, "x"]}),
        (Form.JSON, {}),
    ],
)
def test_other_payloads_come_back_as_they_went(
    channel: grpc.Channel, form: Form, value: object
) -> None:
    reply = ask(channel, Message(form, value))

    assert (reply.form, reply.value) == (form, value)


def test_custom_data_comes_back_as_it_went(channel: grpc.Channel) -> None:
    custom = any_pb2.Any(type_url="type.example/x", value=b"\x01")
    request = SeldonMessage()
    request.customData.MergeFromString(custom.SerializeToString())

    reply = SeldonMessage.FromString(call(channel, request.SerializeToString()))

    assert reply.WhichOneof("data_oneof") == "customData"
    assert (reply.customData.type_url, reply.customData.value) == ("type.example/x", b"\x01")


@pytest.mark.parametrize("rows", [1, 100, 40_000])
def test_arrays_of_any_size_come_back(channel: grpc.Channel, rows: int) -> None:
    array = np.arange(rows * 10.0).reshape(rows, 10)

    reply = ask(channel, Message(Form.TENSOR, array))

    np.testing.assert_array_equal(reply.value, array)


class Everything(Echo):
    def transform_input(self, X: Any) -> Any:
        return X

    transform_output = transform_input

    def route(self, X: Any) -> int:
        return 1

    def aggregate(self, Xs: Any) -> Any:
        return Xs[-1]

    def send_feedback(self, X: Any, names: Any, reward: float, truth: Any) -> Any:
        return truth

    def init_metadata(self) -> dict[str, str]:
        return {"name": "everything"}


@pytest.fixture(scope="module")
def everything() -> Iterator[grpc.Channel]:
    with serve(Everything) as (_, channel):
        yield channel


MESSAGE = Message(Form.TENSOR, ROWS)
BODIES = {
    Takes.MESSAGE: seldon_proto.encode(MESSAGE),
    Takes.MESSAGES: seldon_proto.encode_messages(Messages([MESSAGE, MESSAGE])),
    Takes.FEEDBACK: seldon_proto.encode_feedback(Feedback(MESSAGE, MESSAGE, MESSAGE, 0.5)),
    Takes.NOTHING: b"",
}


@pytest.mark.parametrize(
    ("rpc", "method"),
    [(f"/seldon.protos.{name}/{rpc}", m) for m in METHODS for name, rpc in m.rpcs],
)
def test_each_rpc_of_the_table_answers(everything: grpc.Channel, rpc: str, method: Method) -> None:
    body = callable_of(everything, rpc)(BODIES[method.takes], timeout=WAIT_S)

    if method is METADATA:
        assert SeldonModelMetadata.FromString(body).name == "everything"
    else:
        expected = [[1.0]] if method is ROUTE else ROWS.tolist()
        assert seldon_proto.decode(body).value.tolist() == expected


def test_the_metadata_of_a_graph_are_not_implemented_by_a_model(channel: grpc.Channel) -> None:
    code, details = error(channel, b"", "/seldon.protos.Seldon/GraphMetadata")

    assert code is grpc.StatusCode.UNIMPLEMENTED
    assert "ask the graph" in details


def test_an_error_has_its_reason_as_status_detail(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as raised:
        ask(channel, Message(Form.TEXT, "x"), "/seldon.protos.Router/Route")

    status = rpc_status.from_call(cast("grpc.Call", raised.value))
    info = ErrorInfo()
    assert status.details[0].Unpack(info)
    assert (info.reason, info.domain) == ("MICROSERVICE_BAD_DATA", "seldon.io")
    assert (raised.value.code(), status.message) == (
        grpc.StatusCode.UNIMPLEMENTED,
        "Route not defined",
    )


class Measured:
    def predict(self, X: Any) -> Any:
        return X

    def metrics(self) -> Any:
        return [
            {"type": "GAUGE", "key": "g", "value": 1, "tags": {"t": "v"}},
            {"type": "COUNTER", "key": "c", "value": 1},
        ]


def test_tags_of_metrics_name_the_method_as_seldons_do_over_grpc() -> None:
    carried = {"key": "k", "type": "GAUGE", "value": 1.0, "tags": {"own": "tag"}}

    with serve(Measured) as (_, channel):
        reply = ask(channel, Message(Form.TEXT, "x", meta={"metrics": [carried]}))

    assert reply.meta is not None
    assert reply.meta["metrics"] == [
        carried,
        {"key": "g", "type": "GAUGE", "value": 1.0, "tags": {"t": "v", "method": "predict"}},
        {"key": "c", "type": "COUNTER", "value": 1.0},
    ]


@pytest.mark.parametrize("service", ["", *SERVICES])
def test_each_service_is_healthy_once_loaded(channel: grpc.Channel, service: str) -> None:
    assert health(channel, service) == SERVING


def test_the_health_of_an_unknown_service_is_not_found(channel: grpc.Channel) -> None:
    request = health_pb2.HealthCheckRequest(service="nothing").SerializeToString()

    code, _ = error(channel, request, "/grpc.health.v1.Health/Check")

    assert code is grpc.StatusCode.NOT_FOUND


def reflect(channel: grpc.Channel, request: reflection_pb2.ServerReflectionRequest) -> Any:
    asked = request.SerializeToString()
    rpc = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    stream: grpc.StreamStreamMultiCallable[bytes, bytes] = channel.stream_stream(rpc)
    (body,) = stream(iter([asked]), timeout=WAIT_S)
    return reflection_pb2.ServerReflectionResponse.FromString(body)


def test_reflection_lists_the_services(channel: grpc.Channel) -> None:
    reply = reflect(channel, reflection_pb2.ServerReflectionRequest(list_services=""))

    names = sorted(service.name for service in reply.list_services_response.service)
    reflection = "grpc.reflection.v1alpha.ServerReflection"
    assert names == sorted([*SERVICES, reflection])


@pytest.mark.parametrize(
    "symbol", [*SERVICES, "seldon.protos.SeldonMessage", "grpc.health.v1.Health"]
)
def test_reflection_describes_each_service(channel: grpc.Channel, symbol: str) -> None:
    reply = reflect(channel, reflection_pb2.ServerReflectionRequest(file_containing_symbol=symbol))

    assert reply.file_descriptor_response.file_descriptor_proto


def tensor(shape: list[int], values: list[float]) -> bytes:
    data = DefaultData(tensor=Tensor(shape=shape, values=values))
    return SeldonMessage(data=data).SerializeToString()


def ragged() -> bytes:
    message = SeldonMessage()
    rows = message.data.ndarray.values
    rows.add().list_value.values.add().number_value = 1
    rows.add().number_value = 2
    return message.SerializeToString()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (tensor([3, 2], [1, 2]), "data.tensor.shape: [3, 2] needs 6 values, got 2"),
        (ragged(), "data.ndarray[1]: "),
        (b"", "data: expected one of "),
        (SeldonMessage().SerializeToString(), "data: expected one of "),
        (b"\xff" * 20, ""),
        (b"garbage", ""),
        (b"{}", ""),
        (tensor([2], [1, 2])[:-3], ""),
    ],
)
def test_a_bad_message_is_an_invalid_argument_with_its_path(
    channel: grpc.Channel, body: bytes, says: str
) -> None:
    code, details = error(channel, body)

    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details
    assert details.startswith(says)
    assert ask(channel, Message(Form.TEXT, "next")).value == "next"


@pytest.mark.parametrize("rpc", ["/seldon.protos.Seldon/Nothing", "/nothing.Nothing/Nothing"])
def test_an_unknown_rpc_is_unimplemented(channel: grpc.Channel, rpc: str) -> None:
    code, _ = error(channel, TEXT, rpc)

    assert code is grpc.StatusCode.UNIMPLEMENTED


class SeldonMicroserviceException(Exception):
    def __init__(self, status_code: int) -> None:
        super().__init__("not for you")
        self.message = "not for you"
        self.status_code = status_code


class Misbehaves:
    """Do what the request says."""

    def predict(self, X: Any) -> Any:
        actions: dict[str, Callable[[], Any]] = {
            "raise": lambda: 1 / 0,
            "forbid": lambda: _raise(SeldonMicroserviceException(403)),
            "teapot": lambda: _raise(SeldonMicroserviceException(418)),
            "fail": lambda: _raise(SeldonMicroserviceException(503)),
            "exit": lambda: _raise(SystemExit(1)),
            "stop": lambda: next(iter(())),
            "none": lambda: None,
            "ragged": lambda: [[1], [1, 2]],
            "complex": lambda: {"a": 1j},
            "ok": lambda: "ok",
        }
        return actions[X]()


def _raise(raised: BaseException) -> None:
    raise raised


@pytest.fixture(scope="module")
def misbehaving() -> Iterator[grpc.Channel]:
    with serve(Misbehaves) as (_, channel):
        yield channel


@pytest.mark.parametrize(
    ("action", "code", "says"),
    [
        ("raise", grpc.StatusCode.INTERNAL, "ZeroDivisionError: division by zero"),
        ("forbid", grpc.StatusCode.PERMISSION_DENIED, "not for you"),
        ("teapot", grpc.StatusCode.INVALID_ARGUMENT, "not for you"),
        ("fail", grpc.StatusCode.INTERNAL, "not for you"),
        ("exit", grpc.StatusCode.INTERNAL, "SystemExit: 1"),
        ("stop", grpc.StatusCode.INTERNAL, "StopIteration"),
        ("none", grpc.StatusCode.INTERNAL, "Unknown data type returned as payload"),
        ("ragged", grpc.StatusCode.INTERNAL, "the rows of the returned list differ in length"),
        ("complex", grpc.StatusCode.INTERNAL, ""),
    ],
)
def test_what_the_component_does_wrong_is_told_and_the_server_goes_on(
    misbehaving: grpc.Channel, action: str, code: grpc.StatusCode, says: str
) -> None:
    found, details = error(misbehaving, seldon_proto.encode(Message(Form.TEXT, action)))

    assert found is code
    assert details.startswith(says)
    assert details != "internal error; see the server's log"
    assert ask(misbehaving, Message(Form.TEXT, "ok")).value == "ok"


def test_a_missing_method_is_unimplemented() -> None:
    class Transforms:
        def transform_input(self, X: Any) -> Any:
            return X

    with serve(Transforms) as (_, channel):
        code, details = error(channel, TEXT)

    assert code is grpc.StatusCode.UNIMPLEMENTED
    assert details == "predict: Transforms has no such method"


def test_a_message_over_the_limit_is_resource_exhausted() -> None:
    with serve(Echo, max_body_bytes=1000) as (_, channel):
        code, _ = error(channel, seldon_proto.encode(Message(Form.TEXT, "x" * 2000)))
        small = ask(channel, Message(Form.TEXT, "x" * 900))

    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert small.value == "x" * 900


class BlocksInLoad(Echo):
    def __init__(self) -> None:
        self.entered = threading.Event()
        self.leave = threading.Event()

    def load(self) -> None:
        self.entered.set()
        assert self.leave.wait(WAIT_S)


def test_a_service_is_not_serving_until_its_model_is_loaded() -> None:
    model = BlocksInLoad()

    with serve(model, wait=False) as (_, channel):
        watch: grpc.UnaryStreamMultiCallable[bytes, bytes]
        watch = channel.unary_stream("/grpc.health.v1.Health/Watch")
        watched = watch(b"", timeout=WAIT_S)
        states = map(health_pb2.HealthCheckResponse.FromString, watched)
        before = next(states).status
        assert model.entered.wait(WAIT_S)
        code, details = error(channel, TEXT)
        model.leave.set()
        after = next(states).status
        reply = ask(channel, Message(Form.TEXT, "s"))
        watched.cancel()

    assert (before, after) == (NOT_SERVING, SERVING)
    assert (code, details) == (grpc.StatusCode.UNAVAILABLE, "the service is loading")
    assert reply.value == "s"


def test_a_model_that_could_not_be_loaded_is_unavailable_and_says_why() -> None:
    class RaisesInLoad(BlocksInLoad):
        def load(self) -> None:
            super().load()
            raise FileNotFoundError("no weights")

    model = RaisesInLoad()
    with serve(model, wait=False) as (_, channel):
        assert model.entered.wait(WAIT_S)
        details = "the service is loading"
        model.leave.set()
        while details == "the service is loading":
            code, details = error(channel, TEXT)
        status = health(channel)

    assert code is grpc.StatusCode.UNAVAILABLE
    assert details == "the model could not be loaded: FileNotFoundError: no weights"
    assert status == NOT_SERVING


def test_an_async_model_is_asked_over_grpc() -> None:
    class IsAsync:
        async def predict(self, X: Any) -> Any:
            await asyncio.sleep(0)
            return {"got": X}

    with serve(IsAsync) as (_, channel):
        reply = ask(channel, Message(Form.TEXT, "s"))

    assert reply.value == {"got": "s"}


def test_an_async_model_that_exits_does_not_end_the_server() -> None:
    class Exits:
        async def predict(self, X: Any) -> Any:
            if X == "exit":
                raise SystemExit(1)
            return X

    with serve(Exits) as (_, channel):
        code, _ = error(channel, seldon_proto.encode(Message(Form.TEXT, "exit")))
        reply = ask(channel, Message(Form.TEXT, "s"))

    assert code is grpc.StatusCode.INTERNAL
    assert reply.value == "s"


def test_calls_of_an_async_model_run_at_the_same_time() -> None:
    class Meets:
        """Answer when two requests are there."""

        def __init__(self) -> None:
            self.there = 0
            self.both: asyncio.Event | None = None

        async def predict(self, X: Any) -> Any:
            self.both = self.both or asyncio.Event()
            self.there += 1
            if self.there == 2:
                self.both.set()
            await asyncio.wait_for(self.both.wait(), WAIT_S)
            return X

    with serve(Meets) as (_, channel), ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda _: ask(channel, Message(Form.TEXT, "s")), range(2)))

    assert [reply.value for reply in replies] == ["s", "s"]


class Counts:
    made = 0

    def __init__(self) -> None:
        type(self).made += 1
        self.loads = 0
        self.calls = 0

    def load(self) -> None:
        self.loads += 1

    def predict(self, X: Any) -> Any:
        self.calls += 1
        return {"object": id(self), "loads": self.loads, "calls": self.calls}


def test_rest_and_grpc_share_one_object_that_was_loaded_once() -> None:
    with serve(Counts) as (endpoints, channel):
        over_grpc = ask(channel, Message(Form.TEXT, "s")).value
        response = httpx.post(f"{endpoints.url}/predict", json={"strData": "s"}, trust_env=False)
        over_rest = response.json()["jsonData"]

    assert Counts.made == 1
    # JSON data of gRPC carries every number as a double.
    assert float(over_grpc.pop("object")) == float(over_rest.pop("object"))
    assert over_grpc == {"loads": 1, "calls": 1}
    assert over_rest == {"loads": 1, "calls": 2}


def test_predict_raw_is_given_the_protobuf_message_and_may_return_one() -> None:
    class Raw:
        def predict_raw(self, message: Any) -> Any:
            reply = SeldonMessage()
            reply.strData = f"{type(message).__name__}: {message.strData}"
            return reply

    with serve(Raw) as (_, channel):
        reply = SeldonMessage.FromString(call(channel, TEXT))

    assert reply.strData == "SeldonMessage: s"


def test_calls_are_counted_by_code() -> None:
    with serve(Misbehaves) as (endpoints, channel):
        for action in ("ok", "ok", "raise", "none"):
            with contextlib.suppress(grpc.RpcError):
                ask(channel, Message(Form.TEXT, action))
        error(channel, b"garbage")
        text = httpx.get(endpoints.metrics_url, trust_env=False).text

    counted = {
        (sample.labels["transport"], sample.labels["code"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "charter_requests_total"
    }
    assert counted == {
        ("grpc", "OK"): 2,
        ("grpc", "INTERNAL"): 2,
        ("grpc", "INVALID_ARGUMENT"): 1,
    }


def test_many_calls_at_once_are_all_answered(channel: grpc.Channel) -> None:
    stub = callable_of(channel)
    bodies = [seldon_proto.encode(Message(Form.TEXT, str(number))) for number in range(200)]

    calls = [stub.future(body, timeout=WAIT_S) for body in bodies]

    replies = [seldon_proto.decode(future.result()).value for future in calls]
    assert replies == [str(number) for number in range(200)]


def test_a_call_that_the_client_cancels_does_not_stop_the_next() -> None:
    entered, leave = threading.Event(), threading.Event()

    class Blocks:
        def predict(self, X: Any) -> Any:
            if X == "block":
                entered.set()
                assert leave.wait(WAIT_S)
            return X

    with serve(Blocks) as (_, channel):
        future = callable_of(channel).future(
            seldon_proto.encode(Message(Form.TEXT, "block")), timeout=WAIT_S
        )
        assert entered.wait(WAIT_S)
        future.cancel()
        leave.set()
        reply = ask(channel, Message(Form.TEXT, "s"))

    assert reply.value == "s"


class Reuses:
    """Return one buffer, tags and metrics of its own each time, as models that spare memory do."""

    def __init__(self) -> None:
        self._buffer = np.zeros((1, 20_000))
        self._tags: dict[str, float] = {}

    def predict(self, X: Any, names: Any) -> Any:
        self._buffer[:] = X[0, 0]
        self._tags["mine"] = float(X[0, 0])
        return self._buffer

    def tags(self) -> dict[str, float]:
        return self._tags


def test_each_caller_gets_the_answer_to_its_own_request_though_the_model_reuses_its_memory() -> (
    None
):
    numbers = [float(number) for number in range(64)]
    with serve(Reuses) as (endpoints, channel), httpx.Client(trust_env=False) as client:

        def over_rest(number: float) -> Message:
            request = {"data": {"ndarray": [[number]]}}
            reply = client.post(f"{endpoints.url}/predict", json=request).content
            return seldon_json.decode(reply)

        def over_grpc(number: float) -> Message:
            return ask(channel, Message(Form.NDARRAY, np.array([[number]])))

        with ThreadPoolExecutor(8) as pool:
            replies = [*pool.map(over_rest, numbers), *pool.map(over_grpc, numbers)]

    told = [(set(reply.value[0]), (reply.meta or {})["tags"]) for reply in replies]
    assert told == [({number}, {"mine": number}) for number in numbers * 2]


@pytest.mark.parametrize("length", [1, 2000, 100_000])
def test_an_error_of_any_length_has_its_code(length: int) -> None:
    class Complains:
        def predict(self, X: Any) -> Any:
            raise ValueError("é" * length)

    with serve(Complains) as (_, channel):
        code, details = error(channel, seldon_proto.encode(Message(Form.TEXT, "x")), SEND)

    assert code is grpc.StatusCode.INTERNAL
    assert details.startswith("ValueError: é")
    assert len(details.encode()) <= 2000


class TakesRaw:
    def predict_raw(self, message: Any) -> Any:
        return SeldonMessage(strData=message.meta.puid or "none")

    def aggregate_raw(self, messages: Any) -> Any:
        return SeldonMessage(strData=str(len(messages.seldonMessages)))

    def send_feedback_raw(self, feedback: Any) -> Any:
        return SeldonMessage(strData=str(len(feedback.request.data.ndarray.values)))


def test_a_raw_method_is_given_whatever_was_sent() -> None:
    ragged = SeldonMessage()
    json_format.ParseDict({"data": {"ndarray": [[1], [1, 2]]}}, ragged)
    bodies = {
        "Model/Predict": SeldonMessage(meta={"puid": "P"}),
        "Combiner/Aggregate": SeldonMessageList(),
        "Model/SendFeedback": FeedbackProto(request=ragged),
    }

    with serve(TakesRaw) as (_, channel):
        replies = [
            callable_of(channel, f"/seldon.protos.{rpc}")(body.SerializeToString(), timeout=WAIT_S)
            for rpc, body in bodies.items()
        ]

    assert [seldon_proto.decode(reply).value for reply in replies] == ["P", "0", "2"]


def test_requests_and_replies_have_a_limit_of_their_own_over_grpc() -> None:
    class Repeats:
        def predict(self, X: Any) -> Any:
            return X * 10

    with serve(Repeats, grpc_max_message_bytes=1000) as (_, channel):
        fine = ask(channel, Message(Form.TEXT, "x" * 90)).value
        codes = [
            error(channel, seldon_proto.encode(Message(Form.TEXT, "x" * size)), SEND)[0]
            for size in (1000, 200)
        ]

    assert fine == "x" * 900
    assert codes == [grpc.StatusCode.RESOURCE_EXHAUSTED] * 2
