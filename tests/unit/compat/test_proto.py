from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from charter._proto import foreign, messages
from charter._proto.prediction_descriptor import FILES
from charter.codecs import tensorproto
from google.protobuf import any_pb2, descriptor_pool, empty_pb2, json_format, struct_pb2
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from seldon_core.proto import prediction_pb2, prediction_pb2_grpc

RPCS = [
    (service.name, rpc.name, rpc.input_type, rpc.output_type)
    for service in messages.SERVICES
    for rpc in service.methods
]
MESSAGES = [
    *("SeldonMessage", "SeldonMessageList", "DefaultData", "Tensor", "Meta", "Metric", "Status"),
    *("Feedback", "RequestResponse", "SeldonModelMetadata", "SeldonModelMetadataRequest"),
    *("SeldonMessageMetadata", "SeldonGraphMetadata"),
]


class Answers:
    """Answer every rpc with its empty reply."""

    def __init__(self) -> None:
        self.asked: list[Message] = []

    def __getattr__(self, name: str) -> Any:
        output = next(output for _, rpc, _, output in RPCS if rpc == name)

        def answer(request: Message, context: grpc.ServicerContext) -> Message:
            self.asked.append(request)
            return GetMessageClass(output)()

        return answer


@pytest.fixture
def server() -> Iterator[grpc.Server]:
    server = grpc.server(ThreadPoolExecutor(1))
    yield server
    server.stop(0).wait()


def channel(server: grpc.Server) -> grpc.Channel:
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return grpc.insecure_channel(f"127.0.0.1:{port}")


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_the_one_that_raw_methods_are_given(name: str) -> None:
    assert getattr(prediction_pb2, name) is getattr(messages, name)


def test_the_description_has_every_service() -> None:
    services = prediction_pb2.DESCRIPTOR.services_by_name

    assert services["Model"].full_name == "seldon.protos.Model"
    assert {name for name, *_ in RPCS} == set(services)


def test_enums_are_named_as_generated_code_has_them() -> None:
    assert prediction_pb2.Metric.MetricType.Name(prediction_pb2.Metric.TIMER) == "TIMER"
    assert prediction_pb2.Status.StatusFlag.Value("FAILURE") == prediction_pb2.Status.FAILURE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("jsonData", struct_pb2.Value(string_value="text")),
        ("customData", any_pb2.Any(type_url="t", value=b"v")),
    ],
)
def test_protobufs_own_messages_are_taken(field: str, value: Message) -> None:
    built = prediction_pb2.SeldonMessage(**{field: value})
    copied, merged = prediction_pb2.SeldonMessage(), prediction_pb2.SeldonMessage()
    getattr(copied, field).CopyFrom(value)
    getattr(merged, field).MergeFrom(value)

    for message in (built, copied, merged):
        assert getattr(message, field).SerializeToString() == value.SerializeToString()


def test_nested_messages_of_protobuf_are_taken() -> None:
    number = struct_pb2.Value(number_value=1)
    rows = struct_pb2.ListValue(values=[number])

    data = prediction_pb2.DefaultData(ndarray=rows)
    meta = prediction_pb2.Meta(tags={"a": number})
    values = messages.ListValue(values=[number, number])

    assert json_format.MessageToDict(data) == {"ndarray": [1.0]}
    assert json_format.MessageToDict(meta) == {"tags": {"a": 1.0}}
    assert list(values) == [1.0, 1.0]


def test_a_tensor_of_tensorflows_own_pool_is_taken() -> None:
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(FILES[0])
    strange = GetMessageClass(pool.FindMessageTypeByName("tensorflow.TensorProto"))
    tensor = strange(dtype="DT_INT32", int_val=[1])

    built = prediction_pb2.DefaultData(tftensor=tensor)
    copied = prediction_pb2.DefaultData()
    copied.tftensor.CopyFrom(tensor)

    assert built == copied
    assert tensorproto.to_array(built.tftensor) == 1


def test_protobufs_own_messages_take_ours_by_way_of_bytes_or_json() -> None:
    ours = prediction_pb2.SeldonMessage(jsonData=struct_pb2.Value(string_value="text")).jsonData

    # contracts/seldon_differences.json, "messages-of-protobuf": should these work one day, it goes.
    assert not isinstance(ours, struct_pb2.Value)
    with pytest.raises(TypeError):
        struct_pb2.Value().CopyFrom(ours)
    by_bytes = struct_pb2.Value.FromString(ours.SerializeToString())
    by_json = json_format.Parse(json_format.MessageToJson(ours), struct_pb2.Value())
    assert by_bytes == by_json == struct_pb2.Value(string_value="text")


def test_own_messages_are_copied_as_ever() -> None:
    part = prediction_pb2.SeldonMessage(strData="a")

    listed = prediction_pb2.SeldonMessageList(seldonMessages=[part, part])
    copied = prediction_pb2.SeldonMessage()
    copied.CopyFrom(part)

    assert [row.strData for row in listed.seldonMessages] == ["a", "a"]
    assert copied == part


def test_a_message_of_another_type_is_still_refused() -> None:
    with pytest.raises(TypeError):
        prediction_pb2.SeldonMessage(jsonData=empty_pb2.Empty())
    with pytest.raises(TypeError):
        prediction_pb2.SeldonMessage().CopyFrom(prediction_pb2.Tensor())


def test_accepting_again_wraps_nothing_twice() -> None:
    before = prediction_pb2.SeldonMessage.CopyFrom

    foreign.accept()

    assert prediction_pb2.SeldonMessage.CopyFrom is before


@pytest.mark.parametrize(("service", "rpc", "request_type", "_"), RPCS)
def test_a_stub_reaches_a_servicer(
    service: str, rpc: str, request_type: Any, _: Any, server: grpc.Server
) -> None:
    answers = Answers()
    getattr(prediction_pb2_grpc, f"add_{service}Servicer_to_server")(answers, server)

    with channel(server) as opened:
        stub = getattr(prediction_pb2_grpc, f"{service}Stub")(opened)
        reply = getattr(stub, rpc)(GetMessageClass(request_type)(), timeout=10)

    assert reply.ByteSize() == 0
    assert [asked.DESCRIPTOR.full_name for asked in answers.asked] == [request_type.full_name]


@pytest.mark.parametrize(("service", "rpc", "request_type", "_"), RPCS)
def test_a_servicer_refuses_what_is_not_overridden(
    service: str, rpc: str, request_type: Any, _: Any, server: grpc.Server
) -> None:
    servicer = getattr(prediction_pb2_grpc, f"{service}Servicer")()
    getattr(prediction_pb2_grpc, f"add_{service}Servicer_to_server")(servicer, server)

    with channel(server) as opened:
        stub = getattr(prediction_pb2_grpc, f"{service}Stub")(opened)
        with pytest.raises(grpc.RpcError) as raised:
            getattr(stub, rpc)(GetMessageClass(request_type)(), timeout=10)

    assert raised.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_servicer_may_be_inherited_from(server: grpc.Server) -> None:
    class Model(prediction_pb2_grpc.ModelServicer):  # type: ignore[misc]  # see mypy's overrides
        def Predict(self, request: Any, context: Any) -> Any:  # noqa: N802 - the name of the rpc
            return prediction_pb2.SeldonMessage(strData=request.strData * 2)

    prediction_pb2_grpc.add_ModelServicer_to_server(Model(), server)

    with channel(server) as opened:
        asked = prediction_pb2.SeldonMessage(strData="ab")
        reply = prediction_pb2_grpc.ModelStub(opened).Predict(asked, timeout=10)

    assert reply == prediction_pb2.SeldonMessage(strData="abab")
