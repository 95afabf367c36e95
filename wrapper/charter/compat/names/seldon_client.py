"""`seldon_core.seldon_client`: the original's client with its names and signatures.

What it does stands in `charter.client.seldon`; new code has `charter.Client`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from charter.client.seldon import calls
from charter.client.seldon.functions import (  # noqa: F401 - users import them from here
    MAX_MESSAGE_BYTES,
    explain_predict_gateway,
    grpc_feedback_gateway,
    grpc_feedback_seldon,
    grpc_predict_gateway,
    grpc_predict_seldon,
    microservice_api_grpc_aggregate,
    microservice_api_grpc_feedback,
    microservice_api_grpc_seldon_message,
    microservice_api_rest_aggregate,
    microservice_api_rest_feedback,
    microservice_api_rest_seldon_message,
    rest_feedback_gateway,
    rest_feedback_seldon,
    rest_predict_gateway,
    rest_predict_seldon,
)
from charter.client.seldon.types import (
    SeldonCallCredentials,
    SeldonChannelCredentials,
    SeldonClientCombine,
    SeldonClientException,
    SeldonClientFeedback,
    SeldonClientPrediction,
)

logger = logging.getLogger(__name__)

_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "gateway": ("ambassador", "istio", "seldon"),
    "transport": ("rest", "grpc"),
    "method": (*calls.METHODS, None),
    "client_return_type": ("proto", "dict"),
}


class SeldonClient:
    """Ask Seldon deployments behind a gateway, and microservices.

    Args:
        gateway: `ambassador`, `istio`, or `seldon`, which has one deployment at its root.
        transport: `rest` or `grpc`.
        namespace: Kubernetes namespace of the deployment.
        deployment_name: name of the deployment.
        payload_type: `tensor`, `ndarray` or `tftensor`; how arrays are sent.
        gateway_endpoint: host:port of the gateway.
        microservice_endpoint: host:port of a microservice.
        grpc_max_send_message_length: the largest request over gRPC, in bytes.
        grpc_max_receive_message_length: the largest reply over gRPC, in bytes.
        channel_credentials: files for TLS.
        call_credentials: token for each call.
        debug: log at DEBUG.
        client_return_type: `dict` or `proto`; what gateways' answers are returned as.
        ssl: whether TLS is used; `None` means with credentials.

    Raises of each method:
        SeldonClientException: an argument is wrong. A call that fails raises nothing: its result
            has `success` False and the reason in `msg`.
    """

    def __init__(
        self,
        gateway: str = "ambassador",
        transport: str = "rest",
        namespace: str | None = None,
        deployment_name: str | None = None,
        payload_type: str = "tensor",
        gateway_endpoint: str = "localhost:8003",
        microservice_endpoint: str = "localhost:5000",
        grpc_max_send_message_length: int = MAX_MESSAGE_BYTES,
        grpc_max_receive_message_length: int = MAX_MESSAGE_BYTES,
        channel_credentials: SeldonChannelCredentials | None = None,
        call_credentials: SeldonCallCredentials | None = None,
        debug: bool = False,
        client_return_type: str = "dict",
        ssl: bool | None = None,
    ) -> None:
        self.config = _own(locals())
        if debug:
            logger.setLevel(logging.DEBUG)

    def predict(
        self,
        gateway: str | None = None,
        transport: str | None = None,
        deployment_name: str | None = None,
        payload_type: str | None = None,
        gateway_endpoint: str | None = None,
        microservice_endpoint: str | None = None,
        method: str | None = None,
        shape: tuple[int, ...] = (1, 1),
        namespace: str | None = None,
        data: np.ndarray[Any, Any] | None = None,
        bin_data: bytes | bytearray | None = None,
        str_data: str | None = None,
        json_data: Any = None,
        custom_data: Any = None,
        names: Iterable[str] | None = None,
        gateway_prefix: str | None = None,
        headers: dict[str, str] | None = None,
        http_path: str | None = None,
        meta: dict[str, Any] | None = None,
        client_return_type: str | None = None,
        raw_data: Any = None,
        ssl: bool | None = None,
    ) -> SeldonClientPrediction:
        """Ask the deployment; of several payloads the order is raw, bin, str, json, custom, data.

        `meta` is sent as tags; without a payload an array of `shape` with random numbers is sent.
        """
        return calls.predict(self._chosen(locals()))

    def feedback(
        self,
        prediction_request: Any = None,
        prediction_response: Any = None,
        prediction_truth: Any = None,
        reward: float = 0,
        gateway: str | None = None,
        transport: str | None = None,
        deployment_name: str | None = None,
        payload_type: str | None = None,
        gateway_endpoint: str | None = None,
        microservice_endpoint: str | None = None,
        method: str | None = None,
        shape: tuple[int, ...] = (1, 1),
        namespace: str | None = None,
        gateway_prefix: str | None = None,
        client_return_type: str | None = None,
        raw_request: Any = None,
        ssl: bool | None = None,
    ) -> SeldonClientFeedback:
        """Report a reward to the deployment; messages are protos or dicts."""
        return calls.feedback(self._chosen(locals()))

    def explain(
        self,
        gateway: str | None = None,
        transport: str | None = None,
        deployment_name: str | None = None,
        payload_type: str | None = None,
        gateway_endpoint: str | None = None,
        shape: tuple[int, ...] = (1, 1),
        namespace: str | None = None,
        data: np.ndarray[Any, Any] | None = None,
        bin_data: bytes | bytearray | None = None,
        str_data: str | None = None,
        json_data: Any = None,
        names: Iterable[str] | None = None,
        gateway_prefix: str | None = None,
        headers: dict[str, str] | None = None,
        http_path: str | None = None,
        client_return_type: str | None = None,
        predictor: str | None = None,
        ssl: bool | None = None,
    ) -> SeldonClientPrediction:
        """Ask the explainer of a predictor, over REST."""
        return calls.explain(self._chosen(locals()))

    def microservice(
        self,
        gateway: str | None = None,
        transport: str | None = None,
        deployment_name: str | None = None,
        payload_type: str | None = None,
        gateway_endpoint: str | None = None,
        microservice_endpoint: str | None = None,
        method: str | None = None,
        shape: tuple[int, ...] = (1, 1),
        namespace: str | None = None,
        data: np.ndarray[Any, Any] | None = None,
        datas: list[Any] | None = None,
        ndatas: int | None = None,
        bin_data: bytes | bytearray | None = None,
        str_data: str | None = None,
        json_data: Any = None,
        custom_data: Any = None,
        names: Iterable[str] | None = None,
    ) -> SeldonClientPrediction | SeldonClientCombine:
        """Ask a method of the microservice; the answer is a proto."""
        return calls.ask_microservice(self._chosen(locals()))

    def microservice_feedback(
        self,
        prediction_request: Any = None,
        prediction_response: Any = None,
        reward: float = 0,
        gateway: str | None = None,
        transport: str | None = None,
        deployment_name: str | None = None,
        payload_type: str | None = None,
        gateway_endpoint: str | None = None,
        microservice_endpoint: str | None = None,
        method: str | None = None,
        shape: tuple[int, ...] = (1, 1),
        namespace: str | None = None,
    ) -> SeldonClientFeedback:
        """Report a reward to the microservice; the answer is a proto."""
        return calls.microservice_feedback(self._chosen(locals()))

    # Each method hands over all of its arguments, by `locals()` as its first expression: no name
    # is written thrice, and a test compares them with the signatures.
    def _chosen(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a call and the client were given; the call comes first."""
        given = {key: value for key, value in _own(arguments).items() if value is not None}
        chosen = {**self.config, **given}
        for key, choices in _CHOICES.items():
            if chosen.get(key) not in choices:
                *first, last = (repr(choice) for choice in choices)
                words = f"{', '.join(first)} or {last}"
                raise SeldonClientException(f"Valid values for {key} are {words}")
        if not isinstance(chosen.get("data"), np.ndarray | None):
            raise SeldonClientException("Valid values for data are None or numpy array")
        return chosen


def _own(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in arguments.items() if key not in ("self", "__class__")}
