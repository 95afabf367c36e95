"""A component as an application and as a gRPC service: `seldon_core.wrapper`.

For tests and notebooks, which ask a component over its protocols without starting a server. The
application is an ASGI one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn, TypeAlias

import grpc
from charter.errors import ServingError
from charter.methods import (
    AGGREGATE,
    METADATA,
    PREDICT,
    ROUTE,
    SEND_FEEDBACK,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
    Method,
)
from charter.service import Service
from charter.transport import rest, rpc
from google.protobuf.message import Message
from seldon_core._flask_client import Client
from seldon_core._held import hold, run
from seldon_core.flask_utils import ANNOTATION_GRPC_MAX_MSG_SIZE, SeldonMicroserviceException
from seldon_core.proto import prediction_pb2
from seldon_core.utils import getenv

METRICS_ENDPOINT = getenv("PREDICTIVE_UNIT_METRICS_ENDPOINT", default="/metrics")

Asgi: TypeAlias = Callable[..., Awaitable[None]]


class App:
    """Be an ASGI application that has what tests use of a Flask one.

    Args:
        asgi: what answers.
    """

    def __init__(self, asgi: Asgi) -> None:
        self._asgi = asgi
        self.config: dict[str, Any] = {"DEBUG": False, "TESTING": False}
        self.debug = False
        self.testing = False

    def __getattr__(self, name: str) -> NoReturn:
        """Say what this is, where a test asks for more of Flask."""
        raise AttributeError(
            f"no attribute {name!r}: this application is Charter's, not Flask's; test_client() "
            f"asks it, an ASGI server such as uvicorn serves it, and seldon-core-microservice "
            f"serves the model without it",
            name=name,
            obj=self,
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request of an ASGI server."""
        await self._asgi(scope, receive, send)

    def test_client(self, use_cookies: bool = True, **without_effect: Any) -> Client:
        """Return what asks the application without a server; there are no cookies."""
        return Client(self._asgi)


def get_rest_microservice(user_model: object, seldon_metrics: Any = None) -> App:
    """Return a component as the application that `seldon-core-microservice` serves.

    Args:
        user_model: the component; its `load()` is for the caller to call.
        seldon_metrics: a `SeldonMetrics`, which gets the component's metrics; `None` drops them.

    Raises:
        StartError: the component has no method to serve.
    """
    service, settings = hold(user_model, seldon_metrics)
    served = rest.rest_app(service, settings)

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        service.hold()  # a test may have replaced a method
        await served(scope, receive, send)

    return App(answer)


def get_metrics_microservice(seldon_metrics: Any) -> App:
    """Return the application that exposes a `SeldonMetrics`."""

    async def expose(scope: Any, receive: Any, send: Any) -> None:
        is_known = scope["path"] == METRICS_ENDPOINT
        text, kind = (
            seldon_metrics.generate_metrics() if is_known else ("no such path", "text/plain")
        )
        headers = [(b"content-type", kind.encode())]
        status = 200 if is_known else 404
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})

    return App(expose)


class SeldonModelGRPC:
    """Answer the rpcs of the protocol with a component, message for message.

    What its code raises is raised; for what else goes wrong it is `SeldonMicroserviceException`.

    Args:
        user_model: the component; its `load()` is for the caller to call.
        seldon_metrics: a `SeldonMetrics`, which gets the component's metrics.
    """

    def __init__(self, user_model: object, seldon_metrics: Any = None) -> None:
        self.user_model = user_model
        self.seldon_metrics = seldon_metrics
        self._service, _ = hold(user_model, seldon_metrics)

    def Predict(self, request_grpc: Message, context: Any) -> prediction_pb2.SeldonMessage:
        """Return the reply of `predict`."""
        return prediction_pb2.SeldonMessage.FromString(self._ask(PREDICT, request_grpc))

    def SendFeedback(self, feedback_grpc: Message, context: Any) -> prediction_pb2.SeldonMessage:
        """Return the reply of `send_feedback`."""
        return prediction_pb2.SeldonMessage.FromString(self._ask(SEND_FEEDBACK, feedback_grpc))

    def TransformInput(self, request_grpc: Message, context: Any) -> prediction_pb2.SeldonMessage:
        """Return the reply of `transform_input`."""
        return prediction_pb2.SeldonMessage.FromString(self._ask(TRANSFORM_INPUT, request_grpc))

    def TransformOutput(self, request_grpc: Message, context: Any) -> prediction_pb2.SeldonMessage:
        """Return the reply of `transform_output`."""
        return prediction_pb2.SeldonMessage.FromString(self._ask(TRANSFORM_OUTPUT, request_grpc))

    def Route(self, request_grpc: Message, context: Any) -> prediction_pb2.SeldonMessage:
        """Return the reply of `route`."""
        return prediction_pb2.SeldonMessage.FromString(self._ask(ROUTE, request_grpc))

    def Aggregate(self, request_grpc: Message, context: Any) -> prediction_pb2.SeldonMessage:
        """Return the reply of `aggregate` to a SeldonMessageList."""
        return prediction_pb2.SeldonMessage.FromString(self._ask(AGGREGATE, request_grpc))

    def Metadata(self, request_grpc: Message, context: Any) -> prediction_pb2.SeldonModelMetadata:
        """Return what `init_metadata` says."""
        return prediction_pb2.SeldonModelMetadata.FromString(self._ask(METADATA, request_grpc))

    def ModelMetadata(
        self, request_grpc: Message, context: Any
    ) -> prediction_pb2.SeldonModelMetadata:
        """Return what `init_metadata` says."""
        return self.Metadata(request_grpc, context)

    def GraphMetadata(self, request_grpc: Message, context: Any) -> NoReturn:
        """Refuse: a component knows nothing of its graph."""
        raise NotImplementedError("GraphMetadata: not available on the level of a model")

    def _ask(self, method: Method, request: Message) -> bytes:
        try:
            self._service.hold()  # a test may have replaced a method
            body: bytes = request.SerializeToString()
            reply: bytes = run(rpc.ask_on_loop(self._service, method, body))
            return reply
        except ServingError as error:
            raise _original(error) from error


def _original(error: ServingError) -> BaseException:
    """Return what user code raised; what Charter refuses as Seldon's own exception."""
    if error.__cause__ is not None:
        return error.__cause__
    status = error.status or rest.STATUS[error.fault]
    refusal: BaseException = SeldonMicroserviceException(error.message, status, reason=error.reason)
    return refusal


def get_grpc_server(
    user_model: object,
    seldon_metrics: Any = None,
    annotations: Mapping[str, str] | None = None,
    trace_interceptor: grpc.ServerInterceptor | None = None,
    num_threads: int = 1,
) -> grpc.Server:
    """Return a server of a component; it has no port yet, and is not started.

    Args:
        user_model: the component; its `load()` is for the caller to call.
        seldon_metrics: a `SeldonMetrics`, which gets the component's metrics.
        annotations: of the pod; `seldon.io/grpc-max-message-size` limits messages, in bytes.
        trace_interceptor: comes before each call.
        num_threads: how many calls may be answered at the same time.

    Raises:
        StartError: the component has no method to serve.
    """
    service, _ = hold(user_model, seldon_metrics)
    interceptors = [*([trace_interceptor] if trace_interceptor else []), _LooksUp(service)]
    pool = ThreadPoolExecutor(num_threads, thread_name_prefix="seldon-core-grpc")
    server = grpc.server(pool, options=_options(annotations or {}), interceptors=interceptors)
    rpc.register(server, service)
    return server


class _LooksUp(grpc.ServerInterceptor):
    """Look the methods up before each call, since a test may have replaced one."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def intercept_service(self, continuation: Callable[[Any], Any], details: Any) -> Any:
        """Go on to the call."""
        self._service.hold()
        return continuation(details)


def _options(annotations: Mapping[str, str]) -> list[tuple[str, int]]:
    options = [("grpc.so_reuseport", 1)]
    if ANNOTATION_GRPC_MAX_MSG_SIZE in annotations:
        most = int(annotations[ANNOTATION_GRPC_MAX_MSG_SIZE])
        options += [("grpc.max_send_message_length", most)]
        options += [("grpc.max_receive_message_length", most)]
    return options
