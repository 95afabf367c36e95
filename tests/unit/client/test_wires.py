from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from charter._proto import messages as proto
from charter._proto.messages import DefaultData, Meta, SeldonMessage, Status, Tensor
from charter.client import json_wire, proto_wire
from charter.client.server import at
from charter.client.wire import Wire, decoded, encoded, wire_of
from charter.codecs import seldon_proto, tensorproto
from charter.errors import BadPayload, CallError
from charter.message import Feedback, Form, Message, Messages
from google.protobuf import any_pb2, json_format
from grpc_health.v1.health_pb2 import HealthCheckResponse

EMPTY = {"name": "", "versions": [], "platform": "", "inputs": [], "outputs": [], "custom": {}}
ONE = Message(Form.TENSOR, np.array([[1]]), ["a"])


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":{"ndarray":[[0.5,"0.5"],[1,"b"]]}}',
        b'{"data":{"tensor":{"shape":[2,2],"values":[0.5,"0.5",1,"b"]}}}',
    ],
)
def test_json_numbers_beside_strings_stay_numbers(body: bytes) -> None:
    assert json_wire.decode(body).value.tolist() == [[0.5, "0.5"], [1, "b"]]


def test_json_integers_keep_all_their_digits_beside_strings() -> None:
    body = b'{"data":{"ndarray":[["a",123456789012345678901]]}}'

    assert json_wire.decode(body).value.tolist() == [["a", 123456789012345678901]]


def test_json_takes_the_nan_that_some_servers_write() -> None:
    assert np.isnan(json_wire.decode(b'{"data":{"ndarray":[NaN]}}').value[0])


def test_json_texts_are_left_alone() -> None:
    assert json_wire.decode(b'{"strData":"x"}').value == "x"


def test_proto_numbers_beside_strings_stay_numbers() -> None:
    values = np.array([[0.5, "0.5"], [1.0, "b"]], dtype=object)
    body = seldon_proto.encode(Message(Form.NDARRAY, values, ["a", "b"]))

    found = proto_wire.decode(body)

    assert found.value.tolist() == [[0.5, "0.5"], [1.0, "b"]]
    assert found.names == ["a", "b"]


def test_proto_numbers_are_left_alone() -> None:
    body = seldon_proto.encode(Message(Form.TENSOR, np.ones((2, 2)), ["a", "b"]))

    assert proto_wire.decode(body).value.dtype == np.float64


def test_each_scheme_has_its_wire() -> None:
    assert wire_of(at("http", "box", 1, timeout_s=1)) is json_wire
    assert wire_of(at("grpc", "box", 1, timeout_s=1)) is proto_wire


def test_several_messages_are_a_list() -> None:
    both = Messages([ONE, Message(Form.TEXT, "x")])

    document = json.loads(json_wire.encode(both))
    listed = proto.SeldonMessageList.FromString(proto_wire.encode(both))

    assert [sorted(item) for item in document] == [["data", "meta"], ["meta", "strData"]]
    assert [item.strData for item in listed.seldonMessages] == ["", "x"]


def test_a_feedback_holds_its_parts() -> None:
    report = Feedback(request=ONE, reward=0.5)

    document = json.loads(json_wire.encode(report))
    message = proto.Feedback.FromString(proto_wire.encode(report))

    assert document["request"]["data"]["tensor"] == {"shape": [1, 1], "values": [1]}
    assert (document["reward"], sorted(document)) == (0.5, ["request", "reward"])
    assert (message.reward, message.request.data.tensor.values[:]) == (0.5, [1.0])


@pytest.mark.parametrize(
    ("wire", "empty"),
    [(json_wire, b""), (json_wire, b"{}"), (json_wire, b'{"meta":{}}'), (proto_wire, b"")],
)
def test_a_feedback_may_be_answered_with_nothing(wire: Wire, empty: bytes) -> None:
    assert wire.decode_acknowledgement(empty).value.tolist() == []


@pytest.mark.parametrize("wire", [json_wire, proto_wire])
def test_a_feedback_may_be_answered_with_something(wire: Wire) -> None:
    assert wire.decode_acknowledgement(wire.encode(ONE)).value.tolist() == [[1]]


@pytest.mark.parametrize(
    "reply",
    [
        SeldonMessage(),
        SeldonMessage(meta=Meta(puid="p")),
        SeldonMessage(status=Status(status=Status.SUCCESS, info="done")),
        SeldonMessage(data=DefaultData()),
        SeldonMessage(data=DefaultData(tensor=Tensor())),
        SeldonMessage(data=DefaultData(names=["a"], tensor=Tensor(shape=[0]))),
        SeldonMessage(data=DefaultData(tensor=Tensor(shape=[2, 0]))),
        SeldonMessage(data=DefaultData(tensor=Tensor(values=[0.0]))),
        SeldonMessage(data=DefaultData(ndarray={"values": []})),
        SeldonMessage(data=DefaultData(tftensor=tensorproto.from_array(np.empty((0, 2))))),
        SeldonMessage(strData=""),
        SeldonMessage(binData=b""),
        SeldonMessage(jsonData={"string_value": ""}),
    ],
)
@pytest.mark.parametrize("read", ["decode", "decode_acknowledgement"])
def test_what_protobufs_json_leaves_out_is_empty(reply: Any, read: str) -> None:
    text = json_format.MessageToJson(reply).encode()

    over_rest = getattr(json_wire, read)(text)
    over_grpc = getattr(proto_wire, read)(reply.SerializeToString())

    assert over_rest.form is over_grpc.form
    assert over_rest.names == over_grpc.names
    assert (over_rest.meta or {}) == (over_grpc.meta or {})
    if isinstance(over_rest.value, np.ndarray):
        assert over_rest.value.shape == over_grpc.value.shape
        assert over_rest.value.tolist() == over_grpc.value.tolist()
    else:
        assert over_rest.value == over_grpc.value


@pytest.mark.parametrize("tensor", [b"{}", b'{"values":[]}', b'{"shape":[0]}'])
def test_a_tensor_without_values_is_empty(tensor: bytes) -> None:
    found = json_wire.decode(b'{"data":{"names":["a"],"tensor":%s}}' % tensor)

    assert (found.form, found.value.shape, found.names) == (Form.TENSOR, (0,), ["a"])


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":{"tensor":{"shape":[3],"values":[1]}}}',
        b'{"data":{"tensor":{"values":[1,2]}}}',
        b'{"data":{"what":1},"meta":{"puid":"p"}}',
        b'{"binData":"?"}',
        b'{"customData":{}}',
        b'{"error":1}',
    ],
)
def test_an_acknowledgement_never_fails_on_its_payload(body: bytes) -> None:
    assert json_wire.decode_acknowledgement(body).value.tolist() == []
    with pytest.raises(BadPayload):
        json_wire.decode(body)


def test_an_acknowledgement_in_protobuf_never_fails_on_its_payload() -> None:
    body = SeldonMessage(data=DefaultData(tensor=Tensor(shape=[3]))).SerializeToString()

    assert proto_wire.decode_acknowledgement(body).value.tolist() == []
    with pytest.raises(BadPayload):
        proto_wire.decode(body)


@pytest.mark.parametrize(("wire", "body"), [(json_wire, b"<html>"), (proto_wire, b"\xff")])
def test_what_is_no_message_acknowledges_nothing(wire: Wire, body: bytes) -> None:
    with pytest.raises(BadPayload):
        wire.decode_acknowledgement(body)


@pytest.mark.parametrize("read", ["decode", "decode_acknowledgement"])
@pytest.mark.parametrize(("code", "status"), [(-1, 500), (404, 404), (0, 500)])
def test_a_status_of_failure_is_an_error(read: str, code: int, status: int) -> None:
    failed = Status(code=code, status=Status.FAILURE, reason="BAD", info="out of coffee")
    reply = SeldonMessage(status=failed)
    in_numbers = {"status": {"code": code, "status": 1, "reason": "BAD", "info": "out of coffee"}}
    bodies = [
        (json_wire, json_format.MessageToJson(reply).encode()),
        (json_wire, json.dumps(in_numbers).encode()),
        (proto_wire, reply.SerializeToString()),
    ]

    for wire, body in bodies:
        with pytest.raises(CallError) as failure:
            getattr(wire, read)(body)

        assert failure.value.message == "the server answered FAILURE: out of coffee"
        assert (failure.value.status, failure.value.reason) == (status, "BAD")
        assert failure.value.info == "out of coffee"


def test_custom_data_over_rest_are_refused_in_words() -> None:
    with pytest.raises(BadPayload, match=r"^customData: JSON has no form for it; ask over gRPC$"):
        json_wire.decode(b'{"customData":{"@type":"x"}}')


def test_health_over_grpc_is_that_of_the_server() -> None:
    good = HealthCheckResponse(status=HealthCheckResponse.SERVING)
    bad = HealthCheckResponse(status=HealthCheckResponse.NOT_SERVING)

    assert proto_wire.decode_health(good.SerializeToString()).value == "SERVING"
    with pytest.raises(CallError) as failure:
        proto_wire.decode_health(bad.SerializeToString())
    assert (failure.value.message, failure.value.status) == ("the server is NOT_SERVING", 503)


def test_metadata_are_a_dict() -> None:
    message = proto.SeldonModelMetadata(name="iris", versions=["1"], custom={"a": "b"})

    found = proto_wire.decode_metadata(message.SerializeToString())

    assert found == {**EMPTY, "name": "iris", "versions": ["1"], "custom": {"a": "b"}}
    assert json_wire.decode_metadata(b'{"name":"iris"}') == {**EMPTY, "name": "iris"}
    with pytest.raises(BadPayload, match="metadata: expected an object, got a list"):
        json_wire.decode_metadata(b"[]")


@pytest.mark.parametrize("wire", [json_wire, proto_wire])
def test_a_value_that_the_wire_cannot_carry_is_the_callers_fault(wire: Wire) -> None:
    with pytest.raises(BadPayload):
        encoded(wire, Message(Form.JSON, {"a": object()}))


@pytest.mark.parametrize(
    ("wire", "form", "value", "said"),
    [
        (json_wire, Form.JSON, {"a": {1}}, "the value cannot be sent as JSON: "),
        (json_wire, Form.JSON, {"a": np.ones(1)}, "the value cannot be sent as JSON: "),
        (json_wire, Form.CUSTOM, any_pb2.Any(), "customData cannot be sent over REST; "),
        (proto_wire, Form.RAW, {"strData": 1}, "raw: "),
        (proto_wire, Form.RAW, 3, "raw: expected a SeldonMessage or a dict, got int"),
        (proto_wire, Form.JSON, {"a": {1}}, "jsonData"),
    ],
)
def test_what_cannot_be_sent_is_said_of_the_value(
    wire: Wire, form: Form, value: Any, said: str
) -> None:
    with pytest.raises(BadPayload) as failure:
        encoded(wire, Message(form, value))

    assert failure.value.message.startswith(said)
    assert "reply" not in failure.value.message
    assert "\n" not in failure.value.message


@pytest.mark.parametrize(("wire", "body"), [(json_wire, b"<html>"), (proto_wire, b"\xff")])
def test_a_reply_that_cannot_be_read_is_the_servers_fault(wire: Wire, body: bytes) -> None:
    with pytest.raises(CallError, match=r"^the reply cannot be read: body: not "):
        decoded(wire.decode, body)


def test_a_method_that_takes_nothing_sends_nothing() -> None:
    assert encoded(json_wire, None) == b""
