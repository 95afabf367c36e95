"""Ask Charter what the original was asked over gRPC, over a real channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import grpc
from charter import testing
from charter._proto import messages
from google.protobuf import json_format
from google.protobuf.message import Message
from grpc_reflection.v1alpha import reflection_pb2
from parity.grpc_model import Answering

_WAIT_S = 10.0
# The reply to the large request is large too, and the limit that is compared is the server's.
_OPTIONS = [("grpc.max_receive_message_length", -1)]
Ask: TypeAlias = tuple[str, Message]
Multi: TypeAlias = "grpc.UnaryUnaryMultiCallable[bytes, bytes]"
Stream: TypeAlias = "grpc.StreamStreamMultiCallable[bytes, bytes]"


def _said(document: dict[str, Any], kind: type[Message] = messages.SeldonMessage) -> Message:
    return json_format.ParseDict(document, kind())


def _predict(document: dict[str, Any]) -> Ask:
    return "Model/Predict", _said(document)


_WORDS = ("boom", "seldon", "int", "dict", "info", "np2", "npstr", "np0", "plain")
_META = {
    "puid": "p",
    "tags": {"k": 1},
    "routing": {"r": 1},
    "requestPath": {"o": "i"},
    "metrics": [{"key": "k", "type": "GAUGE", "value": 1}],
}
_FEEDBACK = {"request": {"data": {"ndarray": [[1]]}}, "reward": 1}
_MODEL_METADATA = messages.SeldonModelMetadataRequest
ASKED: Mapping[str, Ask] = {
    **{f"Model.Predict str:{word}": _predict({"strData": word}) for word in _WORDS},
    "Model.Predict tensor": _predict({"data": {"tensor": {"shape": [1, 2], "values": [1, 2]}}}),
    "Model.Predict ndarray_int": _predict({"data": {"ndarray": [[1, 2]]}}),
    "Model.Predict ndarray_mixed": _predict({"data": {"ndarray": [[1, "a"]]}}),
    "Model.Predict ndarray_null": _predict({"data": {"ndarray": [[1, None]]}}),
    "Model.Predict ndarray_ragged": _predict({"data": {"ndarray": [[1], [1, 2]]}}),
    "Model.Predict tensor_badshape": _predict({"data": {"tensor": {"shape": [3], "values": [1]}}}),
    "Model.Predict tensor_empty_shape": _predict({"data": {"tensor": {"values": [1, 2]}}}),
    "Model.Predict data_empty": _predict({"data": {}}),
    "Model.Predict empty": _predict({}),
    "Model.Predict bin": _predict({"binData": "aGk="}),
    "Model.Predict json": _predict({"jsonData": {"a": 1}}),
    "Model.Predict json_list": _predict({"jsonData": [1]}),
    "Model.Predict meta": _predict({"strData": "info", "meta": _META}),
    "Seldon.Predict": ("Seldon/Predict", _said({"strData": "np2"})),
    "Model.Metadata": ("Model/Metadata", messages.Empty()),
    "Seldon.ModelMetadata": ("Seldon/ModelMetadata", _said({"name": "x"}, _MODEL_METADATA)),
    "Seldon.GraphMetadata": ("Seldon/GraphMetadata", messages.Empty()),
    "Generic.TransformInput none": (
        "Generic/TransformInput",
        _said({"data": {"ndarray": [[1]]}}),
    ),
    "Generic.Route none": ("Generic/Route", _said({"strData": "x"})),
    "Generic.Aggregate none": (
        "Generic/Aggregate",
        _said({"seldonMessages": [{"strData": "x"}]}, messages.SeldonMessageList),
    ),
    "Combiner.Aggregate empty": ("Combiner/Aggregate", messages.SeldonMessageList()),
    "Model.SendFeedback": ("Model/SendFeedback", _said(_FEEDBACK, messages.Feedback)),
    "big 5MB": ("Model/Predict", messages.SeldonMessage(binData=b"x" * (5 * 1024 * 1024))),
}
_REPLIES = {
    "Model/Metadata": messages.SeldonModelMetadata,
    "Seldon/ModelMetadata": messages.SeldonModelMetadata,
}
REFLECTION = "reflection"


def answers(names: list[str], compat: str) -> dict[str, dict[str, Any]]:
    """Return what Charter answers, in the form of the records, by the record's name."""
    serving = testing.serve(Answering, unit_id="clf", unit_image="org/img:0.3", compat=compat)
    with (
        serving as endpoints,
        grpc.insecure_channel(endpoints.grpc_address, options=_OPTIONS) as channel,
    ):
        return {name: _answer(channel, name) for name in names}


def _answer(channel: grpc.Channel, name: str) -> dict[str, Any]:
    if name == REFLECTION:
        return {"name": name, "services": _services(channel)}
    rpc, request = ASKED[name]
    ask: Multi = channel.unary_unary(f"/seldon.protos.{rpc}")
    call = ask.future(request.SerializeToString(), timeout=_WAIT_S)
    if call.exception():
        return {"name": name, "ok": False, "code": str(call.code()), "details": call.details()}
    reply = _REPLIES.get(rpc, messages.SeldonMessage).FromString(call.result())
    return {"name": name, "ok": True, "response": json_format.MessageToDict(reply)}


def _services(channel: grpc.Channel) -> list[str]:
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    ask: Stream = channel.stream_stream(
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
    )
    body = next(iter(ask(iter([request.SerializeToString()]), timeout=_WAIT_S)))
    reply = reflection_pb2.ServerReflectionResponse.FromString(body)
    return sorted(found.name for found in reply.list_services_response.service)
