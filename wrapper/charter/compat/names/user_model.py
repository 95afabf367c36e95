"""What a model may inherit from and return: `seldon_core.user_model`.

Nothing has to be inherited: any class with `predict` is served.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from seldon_core.flask_utils import SeldonMicroserviceException

logger = logging.getLogger(__name__)


class SeldonNotImplementedError(SeldonMicroserviceException):  # type: ignore[misc]  # see mypy's overrides
    """Say that a component does not have a method; raised from it, the method counts as absent."""

    status_code = 400

    def __init__(self, message: Any) -> None:
        super().__init__(message)


class SeldonResponse:
    """Return a payload with tags and metrics of this one request.

    Args:
        data: what the method would return without them.
        tags: join `meta.tags`, and come before those of `tags()`.
        metrics: as `metrics()` returns them; see `seldon_core.metrics`.
    """

    def __init__(
        self,
        data: Any,
        tags: dict[str, Any] | None = None,
        metrics: list[dict[str, Any]] | None = None,
    ) -> None:
        self.data = data
        self.tags = {} if tags is None else tags
        self.metrics = [] if metrics is None else metrics

    @classmethod
    def create(cls, data: Any) -> SeldonResponse:
        """Return the data as a response; a response stays itself."""
        return data if isinstance(data, cls) else cls(data)


class SeldonComponent:
    """Be the base of a component; override what it can do.

    `X` is an array, str, bytes or JSON value, as the request has it; a method returns one of these,
    or a `SeldonResponse`. A `_raw` method is given the message itself: a dict over REST, a message
    of `seldon_core.proto.prediction_pb2` over gRPC; it returns one.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Take the parameters of the deployment."""

    def load(self) -> None:
        """Load the model; called once in a process, before the first request."""

    def predict(self, X: Any, names: Iterable[str], meta: dict[str, Any] | None = None) -> Any:
        """Return the prediction."""
        raise SeldonNotImplementedError("predict is not implemented")

    def predict_raw(self, msg: Any) -> Any:
        """Return the reply to a SeldonMessage."""
        raise SeldonNotImplementedError("predict_raw is not implemented")

    def transform_input(
        self, X: Any, names: Iterable[str], meta: dict[str, Any] | None = None
    ) -> Any:
        """Return the request for the nodes below."""
        raise SeldonNotImplementedError("transform_input is not implemented")

    def transform_input_raw(self, msg: Any) -> Any:
        """Return the SeldonMessage for the nodes below."""
        raise SeldonNotImplementedError("transform_input_raw is not implemented")

    def transform_output(
        self, X: Any, names: Iterable[str], meta: dict[str, Any] | None = None
    ) -> Any:
        """Return the reply made of the one of the nodes below."""
        raise SeldonNotImplementedError("transform_output is not implemented")

    def transform_output_raw(self, msg: Any) -> Any:
        """Return the SeldonMessage made of the one of the nodes below."""
        raise SeldonNotImplementedError("transform_output_raw is not implemented")

    def route(self, features: Any, feature_names: Iterable[str]) -> Any:
        """Return the number of the child to ask, from 0; -1 for all of them."""
        raise SeldonNotImplementedError("route is not implemented")

    def route_raw(self, msg: Any) -> Any:
        """Return the SeldonMessage whose array holds the number of the child."""
        raise SeldonNotImplementedError("route_raw is not implemented")

    def aggregate(self, features_list: list[Any], feature_names_list: list[Any]) -> Any:
        """Return one reply made of those of all children."""
        raise SeldonNotImplementedError("aggregate is not implemented")

    def aggregate_raw(self, msgs: Any) -> Any:
        """Return one SeldonMessage made of a SeldonMessageList."""
        raise SeldonNotImplementedError("aggregate_raw is not implemented")

    def send_feedback(
        self,
        features: Any,
        feature_names: Iterable[str],
        reward: float,
        truth: Any,
        routing: int | None,
    ) -> Any:
        """Learn how good an answer was."""
        raise SeldonNotImplementedError("send_feedback is not implemented")

    def send_feedback_raw(self, feedback: Any) -> Any:
        """Learn how good an answer was, from a Feedback message."""
        raise SeldonNotImplementedError("send_feedback_raw is not implemented")

    def health_status(self) -> Any:
        """Return a payload that says how the component is."""
        raise SeldonNotImplementedError("health is not implemented")

    def health_status_raw(self) -> Any:
        """Return a SeldonMessage that says how the component is."""
        raise SeldonNotImplementedError("health_raw is not implemented")

    def tags(self) -> dict[str, Any]:
        """Return what joins `meta.tags` of each reply."""
        raise SeldonNotImplementedError("tags is not implemented")

    def metrics(self) -> list[dict[str, Any]]:
        """Return the metrics of each call; see `seldon_core.metrics`."""
        raise SeldonNotImplementedError("metrics is not implemented")

    def class_names(self) -> Iterable[str]:
        """Return the names of the columns of a prediction."""
        raise SeldonNotImplementedError("class_names is not implemented")

    def feature_names(self) -> Iterable[str]:
        """Return the names of the columns of a request."""
        raise SeldonNotImplementedError("feature_names is not implemented")

    def metadata(self) -> dict[str, Any]:
        """Return what is known of the component; `init_metadata` is the one that is asked."""
        raise SeldonNotImplementedError("metadata is not implemented")

    def init_metadata(self) -> dict[str, Any]:
        """Return name, versions, platform, inputs and outputs of the component."""
        raise SeldonNotImplementedError("init_metadata is not implemented")


def client_custom_tags(user_model: Any) -> dict[str, Any]:
    """Return the tags of a component; none where it has no `tags`."""
    found: dict[str, Any] = _asked(user_model, "tags", {})
    return found


def client_feature_names(user_model: Any, original: Iterable[str]) -> Iterable[str]:
    """Return the feature names of a component; `original` where it has no `feature_names`."""
    found: Iterable[str] = _asked(user_model, "feature_names", original)
    return found


def client_class_names(user_model: Any, predictions: NDArray[Any]) -> Iterable[str]:
    """Return the names of the columns of predictions; none where they have fewer than two axes."""
    if np.ndim(predictions) < 2:
        return []
    default = [f"t:{index}" for index in range(predictions.shape[1])]
    found: Iterable[str] = _asked(user_model, "class_names", default)
    return found


def _asked(user_model: Any, name: str, default: Any) -> Any:
    """Return what a method returns; an attribute as it is, as old models have `class_names`."""
    if not hasattr(user_model, name):
        return default
    member = getattr(user_model, name)
    if name == "class_names" and not inspect.ismethod(member):
        logger.warning("class_names as an attribute is deprecated: make it a method")
        return member
    try:
        return member()
    except SeldonNotImplementedError:
        return default
