"""Stubs and servicers of the seven services: `seldon_core.proto.prediction_pb2_grpc`.

They are made from the description of the protocol, so they have every rpc that it has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import grpc
from charter._proto.messages import SERVICES
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

_SERVICES = {service.name: service for service in SERVICES}


def _rpcs(service: ServiceDescriptor) -> list[tuple[str, type[Message], type[Message]]]:
    """Return name, class of the request and class of the reply of each rpc."""
    return [
        (rpc.name, GetMessageClass(rpc.input_type), GetMessageClass(rpc.output_type))
        for rpc in service.methods
    ]


def _stub(name: str) -> type:
    """Return the class of a client: `Stub(channel).Rpc(request)`."""
    service = _SERVICES[name]

    def init(self: Any, channel: grpc.Channel) -> None:
        for rpc, request, reply in _rpcs(service):
            call: grpc.UnaryUnaryMultiCallable[Message, Message] = channel.unary_unary(
                f"/{service.full_name}/{rpc}",
                request_serializer=request.SerializeToString,
                response_deserializer=reply.FromString,
            )
            setattr(self, rpc, call)

    return type(f"{name}Stub", (), {"__init__": init, "__doc__": f"Call {service.full_name}."})


def _servicer(name: str) -> type:
    """Return the class that a server's own inherits from; each rpc is refused until overridden."""
    refusals = {rpc: _refusal(rpc) for rpc, _, _ in _rpcs(_SERVICES[name])}
    return type(f"{name}Servicer", (), {**refusals, "__doc__": f"Answer {name}."})


def _refusal(rpc: str) -> Callable[..., NoReturn]:
    def refuse(self: Any, request: Message, context: grpc.ServicerContext) -> NoReturn:
        context.set_code(grpc.StatusCode.UNIMPLEMENTED)
        context.set_details(f"{rpc} is not implemented")
        raise NotImplementedError(f"{rpc} is not implemented")

    return refuse


def _adder(name: str) -> Callable[[Any, grpc.Server], None]:
    """Return the function that lets a server answer a service with a servicer."""
    service = _SERVICES[name]

    def add(servicer: Any, server: grpc.Server) -> None:
        handlers = {
            rpc: grpc.unary_unary_rpc_method_handler(
                getattr(servicer, rpc),
                request_deserializer=request.FromString,
                response_serializer=reply.SerializeToString,
            )
            for rpc, request, reply in _rpcs(service)
        }
        generic = grpc.method_handlers_generic_handler(service.full_name, handlers)
        server.add_generic_rpc_handlers((generic,))

    return add


CombinerStub = _stub("Combiner")
GenericStub = _stub("Generic")
ModelStub = _stub("Model")
OutputTransformerStub = _stub("OutputTransformer")
RouterStub = _stub("Router")
SeldonStub = _stub("Seldon")
TransformerStub = _stub("Transformer")

CombinerServicer = _servicer("Combiner")
GenericServicer = _servicer("Generic")
ModelServicer = _servicer("Model")
OutputTransformerServicer = _servicer("OutputTransformer")
RouterServicer = _servicer("Router")
SeldonServicer = _servicer("Seldon")
TransformerServicer = _servicer("Transformer")

add_CombinerServicer_to_server = _adder("Combiner")
add_GenericServicer_to_server = _adder("Generic")
add_ModelServicer_to_server = _adder("Model")
add_OutputTransformerServicer_to_server = _adder("OutputTransformer")
add_RouterServicer_to_server = _adder("Router")
add_SeldonServicer_to_server = _adder("Seldon")
add_TransformerServicer_to_server = _adder("Transformer")
