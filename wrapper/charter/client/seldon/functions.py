"""The functions of the original's `seldon_client` module: SeldonClient's calls, one by one.

Their options are those of SeldonClient, by name; answers are protos where nothing else is chosen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from charter.client.seldon import calls
from charter.client.seldon.types import (
    SeldonClientCombine,
    SeldonClientFeedback,
    SeldonClientPrediction,
)

Answer: TypeAlias = SeldonClientPrediction | SeldonClientCombine

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""What gRPC carries each way where the caller says nothing."""

_DEFAULTS: Mapping[str, Any] = {
    "payload_type": "tensor",
    "shape": (1, 1),
    "microservice_endpoint": "localhost:5000",
    "grpc_max_send_message_length": MAX_MESSAGE_BYTES,
    "grpc_max_receive_message_length": MAX_MESSAGE_BYTES,
    "client_return_type": "proto",
}
_REST = {**_DEFAULTS, "transport": "rest"}
_GRPC = {**_DEFAULTS, "transport": "grpc"}
_GATEWAY = {"gateway": "ambassador", "gateway_endpoint": "localhost:8003"}
_REST_GATEWAY = {**_REST, **_GATEWAY}
_GRPC_GATEWAY = {**_GRPC, **_GATEWAY}
_REST_SELDON = {**_REST, "gateway": "seldon", "gateway_endpoint": "localhost:8002"}
_GRPC_SELDON = {**_GRPC, "gateway": "seldon", "gateway_endpoint": "localhost:8004"}


def microservice_api_rest_seldon_message(method: str = "predict", **options: Any) -> Answer:
    """Ask a method of a microservice over REST."""
    return calls.ask_microservice({**_REST, **options, "method": method})


def microservice_api_grpc_seldon_message(method: str = "predict", **options: Any) -> Answer:
    """Ask a method of a microservice over gRPC."""
    return calls.ask_microservice({**_GRPC, **options, "method": method})


def microservice_api_rest_aggregate(**options: Any) -> Answer:
    """Have a combiner aggregate `datas` over REST."""
    return calls.ask_microservice({**_REST, **options, "method": "aggregate"})


def microservice_api_grpc_aggregate(**options: Any) -> Answer:
    """Have a combiner aggregate `datas` over gRPC."""
    return calls.ask_microservice({**_GRPC, **options, "method": "aggregate"})


def microservice_api_rest_feedback(*messages: Any, **options: Any) -> SeldonClientFeedback:
    """Report a reward to a microservice over REST; see `_answered`."""
    return calls.microservice_feedback({**_REST, **_answered(*messages, **options)})


def microservice_api_grpc_feedback(*messages: Any, **options: Any) -> SeldonClientFeedback:
    """Report a reward to a microservice over gRPC; see `_answered`."""
    return calls.microservice_feedback({**_GRPC, **_answered(*messages, **options)})


def rest_predict_gateway(deployment_name: str, **options: Any) -> SeldonClientPrediction:
    """Ask a deployment behind Ambassador or Istio over REST."""
    return calls.predict({**_REST_GATEWAY, **options, "deployment_name": deployment_name})


def grpc_predict_gateway(deployment_name: str, **options: Any) -> SeldonClientPrediction:
    """Ask a deployment behind Ambassador or Istio over gRPC."""
    return calls.predict({**_GRPC_GATEWAY, **options, "deployment_name": deployment_name})


def rest_predict_seldon(**options: Any) -> SeldonClientPrediction:
    """Ask the deployment at the root of an endpoint over REST."""
    return calls.predict({**_REST_SELDON, **options})


def grpc_predict_seldon(**options: Any) -> SeldonClientPrediction:
    """Ask the deployment at an endpoint over gRPC."""
    return calls.predict({**_GRPC_SELDON, **options})


def explain_predict_gateway(deployment_name: str, **options: Any) -> SeldonClientPrediction:
    """Ask the explainer of a deployment over REST."""
    named = {"client_return_type": "dict", **options, "deployment_name": deployment_name}
    return calls.explain({**_REST_GATEWAY, **named})


def rest_feedback_gateway(*messages: Any, **options: Any) -> SeldonClientFeedback:
    """Report a reward to a deployment behind Ambassador or Istio over REST; see `_judged`."""
    return calls.feedback({**_REST_GATEWAY, **_judged(*messages, **options)})


def grpc_feedback_gateway(*messages: Any, **options: Any) -> SeldonClientFeedback:
    """Report a reward to a deployment behind Ambassador or Istio over gRPC; see `_judged`."""
    return calls.feedback({**_GRPC_GATEWAY, **_judged(*messages, **options)})


def rest_feedback_seldon(*messages: Any, **options: Any) -> SeldonClientFeedback:
    """Report a reward to the deployment at the root of an endpoint over REST; see `_judged`."""
    return calls.feedback({**_REST_SELDON, **_judged(*messages, **options)})


def grpc_feedback_seldon(*messages: Any, **options: Any) -> SeldonClientFeedback:
    """Report a reward to the deployment at an endpoint over gRPC; see `_judged`."""
    return calls.feedback({**_GRPC_SELDON, **_judged(*messages, **options)})


def _answered(
    prediction_request: Any = None,
    prediction_response: Any = None,
    reward: float = 0,
    **options: Any,
) -> dict[str, Any]:
    """Return by name what the feedback functions of microservices take in this order."""
    messages = {
        "prediction_request": prediction_request,
        "prediction_response": prediction_response,
    }
    return {**messages, "reward": reward, **options}


def _judged(
    prediction_request: Any = None,
    prediction_response: Any = None,
    prediction_truth: Any = None,
    reward: float = 0,
    **options: Any,
) -> dict[str, Any]:
    """Return by name what the feedback functions of gateways take in this order."""
    answered = _answered(prediction_request, prediction_response, reward, **options)
    return {**answered, "prediction_truth": prediction_truth}
