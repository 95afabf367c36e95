"""gRPC: services built from `methods.py` over a service; health and reflection beside them.

Requests and replies pass grpcio as bytes: the codec reads them once, with numpy.
"""

from __future__ import annotations

import dataclasses
import functools
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import Message as ProtoMessage
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2
from grpc_status import rpc_status

from charter._proto.messages import (
    POOL,
    SERVICES,
    Feedback,
    SeldonMessage,
    SeldonMessageList,
)
from charter.codecs import seldon_proto
from charter.deadline import NOBODY, Caller, earlier, within
from charter.errors import BreaksContract, Fault, MissingMethod, ServingError
from charter.health import State
from charter.logs import user_traceback
from charter.message import NOTHING, Form, Message, Request
from charter.methods import METHODS, Method, Takes, Wire
from charter.service import Service
from charter.tracing.tracer import DECODE, ENCODE
from charter.transport.ports import address

logger = logging.getLogger(__name__)

STATUS = {
    Fault.PAYLOAD: grpc.StatusCode.INVALID_ARGUMENT,
    Fault.MEDIA: grpc.StatusCode.INVALID_ARGUMENT,
    Fault.TOO_LARGE: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Fault.NO_PATH: grpc.StatusCode.UNIMPLEMENTED,
    Fault.NO_VERB: grpc.StatusCode.UNIMPLEMENTED,
    Fault.UNSUPPORTED: grpc.StatusCode.UNIMPLEMENTED,
    Fault.NOT_READY: grpc.StatusCode.UNAVAILABLE,
    Fault.BUSY: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Fault.TOO_SLOW: grpc.StatusCode.DEADLINE_EXCEEDED,
    Fault.TOO_LATE: grpc.StatusCode.DEADLINE_EXCEEDED,
    Fault.COMPONENT: grpc.StatusCode.INTERNAL,
    Fault.INTERNAL: grpc.StatusCode.INTERNAL,
    Fault.START: grpc.StatusCode.INTERNAL,
}
TRANSPORT = "grpc"
# The message travels twice in the trailers, of which clients take 8 KiB.
_MESSAGE_BYTES = 2000
_VIOLATION_BYTES = 2000
_NEVER_MS = 2**31 - 1
PACKAGE = "seldon.protos"
DOMAIN = "seldon.io"
"""The domain of the reasons in status details."""
# Threads beyond those that wait for the model, for health checks and refusals. Idle ones are used
# again, so only as many are started as there are calls at a time.
_SPARE_THREADS = 16

Handler = Callable[[bytes, grpc.ServicerContext], bytes]


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """Hold what bounds gRPC.

    Args:
        request: bytes of the largest request.
        reply: bytes of the largest reply; -1 for any.
        calls: how many calls may run and wait at a time.
        timeout_s: seconds after which a call is DEADLINE_EXCEEDED; 0 for never.
        max_age_s: seconds after which a client is told to open another connection, with calls in
            flight going on; 0 for never.
    """

    request: int
    reply: int = -1
    calls: int = 513
    timeout_s: float = 0.0
    max_age_s: float = 0.0


class RpcServer:
    """Serve gRPC on a port; nothing is answered before `start`.

    Args:
        service: what answers.
        host: address to listen on.
        port: port; 0 takes a free one.
        limits: of requests, replies and time; what is over them is RESOURCE_EXHAUSTED.
        shares_port: let other processes that want it listen on the same port.
        interceptors: see each call before it is answered.

    Raises:
        StartError: the port is taken.
    """

    def __init__(
        self,
        service: Service,
        host: str,
        port: int,
        limits: Limits,
        *,
        shares_port: bool = False,
        interceptors: Sequence[grpc.ServerInterceptor] = (),
    ) -> None:
        most = limits.calls + _SPARE_THREADS
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="charter-grpc")
        self._server = grpc.server(
            self._pool,
            interceptors=list(interceptors),
            options=_options(limits, shares_port=shares_port),
            maximum_concurrent_rpcs=most,
        )
        self._health = _Health(service)
        names = register(self._server, service, limits.timeout_s)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._names = ("", *names)
        self.port = self._server.add_insecure_port(address(host, port))
        service.life.watch(self._show_state)

    def start(self) -> None:
        """Begin to answer."""
        self._server.start()

    def stop(self, grace_s: float) -> None:
        """Take no more calls and wait for those in flight, `grace_s` seconds at most."""
        self._server.stop(grace_s).wait()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _show_state(self, state: State) -> None:
        serving = health_pb2.HealthCheckResponse.SERVING
        status = serving if state is State.READY else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in self._names:
            self._health.set(name, status)


class _Health(health.HealthServicer):
    """Tell a probe what the state is, and that it is not well while a call hangs.

    Args:
        service: what is asked for.
    """

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def Check(  # noqa: N802 - its name in the protocol
        self, request: health_pb2.HealthCheckRequest, context: grpc.ServicerContext
    ) -> health_pb2.HealthCheckResponse:
        """Answer a probe."""
        reply = super().Check(request, context)
        if reply.status == health_pb2.HealthCheckResponse.SERVING and self._service.hung_s():
            reply.status = health_pb2.HealthCheckResponse.NOT_SERVING
        return reply


def _options(limits: Limits, *, shares_port: bool) -> list[tuple[str, int]]:
    return [
        # Two processes must not share a port unless they mean to.
        ("grpc.so_reuseport", int(shares_port)),
        ("grpc.max_receive_message_length", limits.request),
        ("grpc.max_send_message_length", limits.reply),
        ("grpc.max_connection_age_ms", round(limits.max_age_s * 1000) or _NEVER_MS),
    ]


def register(server: grpc.Server, service: Service, timeout_s: float = 0.0) -> list[str]:
    """Add the services of the table, and reflection, to a server; return their full names."""
    handlers: dict[str, dict[str, grpc.RpcMethodHandler[bytes, bytes]]] = defaultdict(dict)
    for method in METHODS:
        for name, rpc in method.rpcs:
            full_name = f"{PACKAGE}.{name}"
            answer = service.tracer.rpc(full_name, rpc, _handler(service, method, timeout_s))
            handlers[full_name][rpc] = grpc.unary_unary_rpc_method_handler(answer)
    for service_name, rpc in _unserved(handlers):
        handlers[service_name][rpc] = grpc.unary_unary_rpc_method_handler(_refuse(rpc))
    for name, rpcs in handlers.items():
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, rpcs),))
    _reflect(server, list(handlers))
    return list(handlers)


def _unserved(handlers: Mapping[str, Mapping[str, object]]) -> list[tuple[str, str]]:
    """Return the rpcs of the protocol that no component answers: those of a whole graph."""
    every = [(service.full_name, rpc.name) for service in SERVICES for rpc in service.methods]
    return [(name, rpc) for name, rpc in every if rpc not in handlers.get(name, {})]


def _refuse(rpc: str) -> Handler:
    def refuse(body: bytes, context: grpc.ServicerContext) -> bytes:
        error = MissingMethod(f"{rpc}: not available on the level of a model; ask the graph")
        _abort(context, _code(error), error)

    return refuse


def _reflect(server: grpc.Server, names: list[str]) -> None:
    for known in (health_pb2, reflection_pb2):
        POOL.AddSerializedFile(known.DESCRIPTOR.serialized_pb)
    # The health service is not listed, as the original's list has none; its description is there.
    shown = [*names, reflection.SERVICE_NAME]
    reflection.enable_server_reflection(shown, server, pool=POOL)


def _handler(service: Service, method: Method, timeout_s: float) -> Handler:
    """Return the function that answers one rpc, and counts it."""
    metrics, ask = service.metrics, asking(service, method)

    def answer(body: bytes, context: grpc.ServicerContext) -> bytes:
        metrics.begin()
        started = time.perf_counter()
        code = grpc.StatusCode.INTERNAL
        try:
            content = ask(body, _caller(context, timeout_s))
            code = grpc.StatusCode.OK
        except ServingError as error:
            code = _code(error)
            _abort(context, code, error)
        except Exception as error:  # noqa: BLE001 - the last line of the transport
            logger.error("%s: internal error\n%s", method.name, user_traceback(error))
            _abort(context, code, ServingError("internal error; see the server's log"))
        finally:
            metrics.end((method.label, TRANSPORT, code.name), time.perf_counter() - started)
        return content

    return answer


def _caller(context: grpc.ServicerContext, timeout_s: float) -> Caller:
    own = within(timeout_s, "--timeout")
    return Caller(earlier(context.time_remaining(), own), functools.partial(_on_leave, context))


def _on_leave(context: grpc.ServicerContext, leave: Callable[[], None]) -> None:
    if not context.add_callback(leave):
        leave()  # the call is over already


def asking(service: Service, method: Method) -> Callable[..., bytes]:
    """Return what answers a method in wire bytes, without gRPC; it raises as the service does."""
    decode = service.tracer.step(DECODE, _decode)
    encode = service.tracer.step(ENCODE, functools.partial(_encode, method))

    def ask(body: bytes, caller: Caller = NOBODY) -> bytes:
        service.weigh(method, len(body))
        request = decode(body, method, service)
        _, content = service.handle_blocking(method, request, encode, Wire.GRPC, caller)
        return content

    return ask


async def ask_on_loop(service: Service, method: Method, body: bytes) -> bytes:
    """Do the same as `ask` on the event loop."""
    encode = functools.partial(_encode, method)
    service.weigh(method, len(body))
    _, content = await service.handle(method, _decode(body, method, service), encode, Wire.GRPC)
    return content


def _decode(body: bytes, method: Method, service: Service) -> Request:
    is_raw = method.takes in _RAW and service.takes_raw(method, Wire.GRPC)
    return _RAW[method.takes](body) if is_raw else _DECODERS[method.takes](body)


def _encode(method: Method, reply: Message) -> bytes:
    return _ENCODERS[method.takes](_labelled(reply, method))


def _labelled(reply: Message, method: Method) -> Message:
    """Return the reply as the original has it over gRPC: tags of its metrics name the method."""
    if not reply.reported or not reply.meta or "metrics" not in reply.meta:
        return reply
    own = {id(metric) for metric in reply.reported if metric.get("tags")}
    metrics = [
        {**metric, "tags": {**metric["tags"], "method": method.label}}
        if id(metric) in own
        else metric
        for metric in reply.meta["metrics"]
    ]
    return dataclasses.replace(reply, meta={**reply.meta, "metrics": metrics})


_DECODERS: dict[Takes, Callable[[bytes], Request]] = {
    Takes.MESSAGE: seldon_proto.decode,
    Takes.MESSAGES: seldon_proto.decode_messages,
    Takes.FEEDBACK: seldon_proto.decode_feedback,
    Takes.NOTHING: lambda body: NOTHING,
}
_ENCODERS: dict[Takes, Callable[[Message], bytes]] = {
    Takes.MESSAGE: seldon_proto.encode,
    Takes.MESSAGES: seldon_proto.encode,
    Takes.FEEDBACK: seldon_proto.encode,
    Takes.NOTHING: seldon_proto.encode_metadata,
}
_RAW: dict[Takes, Callable[[bytes], Request]] = {
    Takes.MESSAGE: lambda body: Message(Form.RAW, seldon_proto.parsed(SeldonMessage, body)),
    Takes.MESSAGES: lambda body: Message(Form.RAW, seldon_proto.parsed(SeldonMessageList, body)),
    Takes.FEEDBACK: lambda body: seldon_proto.raw_feedback(seldon_proto.parsed(Feedback, body)),
}


def _code(error: ServingError) -> grpc.StatusCode:
    """Return the code of an error; the caller's fault where user code chose a 4xx status."""
    if error.status is not None and 400 <= error.status < 500:
        return _BY_HTTP.get(error.status, grpc.StatusCode.INVALID_ARGUMENT)
    return STATUS[error.fault]


_BY_HTTP = {
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
    409: grpc.StatusCode.ABORTED,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
}


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, error: ServingError) -> NoReturn:
    """End the call with a status that has the reason as its detail, as google.rpc.ErrorInfo."""
    details = [_packed(ErrorInfo(reason=error.reason, domain=DOMAIN))]
    if isinstance(error, BreaksContract) and error.errors:
        details.append(_packed(_violations(error)))
    message = error.message.encode()[:_MESSAGE_BYTES].decode(errors="ignore")
    status = Status(code=code.value[0], message=message, details=details)
    context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError("abort returns never")


def _packed(message: ProtoMessage) -> any_pb2.Any:
    detail = any_pb2.Any()
    detail.Pack(message)
    return detail


def _violations(error: BreaksContract) -> BadRequest:
    """Return the fields of a refusal, as many as trailers have room for."""
    found = BadRequest()
    for entry in error.errors:
        told = f"{entry['field']} {entry['expected']}, got {entry['got']}".strip()
        found.field_violations.add(field=entry["pointer"], description=told)
        if found.ByteSize() > _VIOLATION_BYTES:
            del found.field_violations[-1]
            break
    return found
