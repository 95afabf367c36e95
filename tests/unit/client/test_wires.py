from __future__ import annotations

import json

import numpy as np
import pytest
from charter._proto import messages as proto
from charter.client import json_wire, proto_wire
from charter.client.server import at
from charter.client.wire import Wire, decoded, encoded, wire_of
from charter.codecs import seldon_proto
from charter.errors import BadPayload, CallError
from charter.message import Feedback, Form, Message, Messages
from grpc_health.v1.health_pb2 import HealthCheckResponse

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

    assert found == {"name": "iris", "versions": ["1"], "custom": {"a": "b"}}
    assert json_wire.decode_metadata(b'{"name":"iris"}') == {"name": "iris"}
    with pytest.raises(BadPayload, match="metadata: expected an object, got a list"):
        json_wire.decode_metadata(b"[]")


@pytest.mark.parametrize("wire", [json_wire, proto_wire])
def test_a_value_that_the_wire_cannot_carry_is_the_callers_fault(wire: Wire) -> None:
    with pytest.raises(BadPayload):
        encoded(wire, Message(Form.JSON, {"a": object()}))


@pytest.mark.parametrize(("wire", "body"), [(json_wire, b"<html>"), (proto_wire, b"\xff")])
def test_a_reply_that_cannot_be_read_is_the_servers_fault(wire: Wire, body: bytes) -> None:
    with pytest.raises(CallError, match=r"^the reply cannot be read: body: not "):
        decoded(wire.decode, body)


def test_a_method_that_takes_nothing_sends_nothing() -> None:
    assert encoded(json_wire, None) == b""
