"""The classes that models written for Seldon Core v1 subclass, return and raise.

Models import them as `seldon_core.user_model` and `seldon_core.flask_utils` (see `charter.compat`).
Where the original is installed its own classes are used instead, so the adapter knows them by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class SeldonNotImplementedError(Exception):
    """Say that a method is declared but not there; raised by methods that were not overridden."""


class SeldonMicroserviceException(Exception):
    """Refuse a request with a status and reason of one's own.

    Args:
        message: what the caller is told.
        status_code: the HTTP status; `None` means 400.
        payload: kept for the handlers of user code; not sent.
        reason: the `status.reason` of the reply.
    """

    status_code = 400

    def __init__(
        self,
        message: str,
        status_code: int | None = None,
        payload: dict[str, Any] | None = None,
        reason: str = "MICROSERVICE_BAD_DATA",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.payload = payload
        self.reason = reason
        if status_code is not None:
            self.status_code = status_code

    def to_dict(self) -> dict[str, Any]:
        """Return the body of the reply."""
        status = {"status": 1, "info": self.message, "code": -1, "reason": self.reason}
        return {"status": status}


class SeldonResponse:
    """Return data with tags and metrics of this one reply.

    Args:
        data: whatever the method may return.
        tags: join those of the request and of `tags()`, and win over them.
        metrics: a list of `{"type", "key", "value", "tags"}`; join those of `metrics()`.
    """

    def __init__(
        self,
        data: Any,
        tags: dict[str, Any] | None = None,
        metrics: list[dict[str, Any]] | None = None,
    ) -> None:
        self.data = data
        self.tags = tags if tags is not None else {}
        self.metrics = metrics if metrics is not None else []

    @classmethod
    def create(cls, data: Any) -> SeldonResponse:
        """Return data as a response; a response stays what it is."""
        return data if isinstance(data, cls) else cls(data)


class SeldonComponent:
    """Be the base of a model, where one is wanted; what is not overridden counts as not there."""

    def __init__(self, **kwargs: Any) -> None:
        """Take whatever a subclass passes on."""

    def load(self) -> None:
        """Load the model, once, after start."""

    def tags(self) -> dict[str, Any]:
        """Return tags for each reply."""
        raise SeldonNotImplementedError("tags is not implemented")

    def class_names(self) -> Iterable[str]:
        """Return the names of the columns of a reply."""
        raise SeldonNotImplementedError("class_names is not implemented")

    def feature_names(self) -> Iterable[str]:
        """Return the names of the columns of a request."""
        raise SeldonNotImplementedError("feature_names is not implemented")

    def metrics(self) -> list[dict[str, Any]]:
        """Return custom metrics after each call."""
        raise SeldonNotImplementedError("metrics is not implemented")

    def predict(self, X: Any, names: Iterable[str], meta: dict[str, Any] | None = None) -> Any:
        """Return the prediction for `X`."""
        raise SeldonNotImplementedError("predict is not implemented")

    def predict_raw(self, msg: Any) -> Any:
        """Return the reply to a whole message."""
        raise SeldonNotImplementedError("predict_raw is not implemented")

    def transform_input(
        self, X: Any, names: Iterable[str], meta: dict[str, Any] | None = None
    ) -> Any:
        """Return `X` transformed on its way in."""
        raise SeldonNotImplementedError("transform_input is not implemented")

    def transform_input_raw(self, msg: Any) -> Any:
        """Return a whole message transformed on its way in."""
        raise SeldonNotImplementedError("transform_input_raw is not implemented")

    def transform_output(
        self, X: Any, names: Iterable[str], meta: dict[str, Any] | None = None
    ) -> Any:
        """Return `X` transformed on its way out."""
        raise SeldonNotImplementedError("transform_output is not implemented")

    def transform_output_raw(self, msg: Any) -> Any:
        """Return a whole message transformed on its way out."""
        raise SeldonNotImplementedError("transform_output_raw is not implemented")

    def route(self, X: Any, names: Iterable[str], meta: dict[str, Any] | None = None) -> int:
        """Return the number of the child that the request goes to."""
        raise SeldonNotImplementedError("route is not implemented")

    def route_raw(self, msg: Any) -> Any:
        """Return the route of a whole message."""
        raise SeldonNotImplementedError("route_raw is not implemented")

    def aggregate(self, Xs: list[Any], names: list[Iterable[str]]) -> Any:
        """Return one result for those of all children."""
        raise SeldonNotImplementedError("aggregate is not implemented")

    def aggregate_raw(self, msgs: Any) -> Any:
        """Return one message for those of all children."""
        raise SeldonNotImplementedError("aggregate_raw is not implemented")

    def send_feedback(
        self,
        features: Any,
        feature_names: Iterable[str],
        reward: float,
        truth: Any,
        routing: int | None = None,
    ) -> Any:
        """Learn from the reward for an earlier answer."""
        raise SeldonNotImplementedError("send_feedback is not implemented")

    def send_feedback_raw(self, feedback: Any) -> Any:
        """Learn from a whole feedback message."""
        raise SeldonNotImplementedError("send_feedback_raw is not implemented")

    def health_status(self) -> Any:
        """Return something to show that the component is well."""
        raise SeldonNotImplementedError("health is not implemented")

    def health_status_raw(self) -> Any:
        """Return the whole reply to a health check."""
        raise SeldonNotImplementedError("health_raw is not implemented")

    def init_metadata(self) -> dict[str, Any]:
        """Return the model's metadata."""
        raise SeldonNotImplementedError("init_metadata is not implemented")

    def metadata(self) -> Any:
        """Exist for old code; never called, as in the original."""
        raise SeldonNotImplementedError("metadata is not implemented")

    def custom_service(self) -> None:
        """Run a service of one's own beside the model."""
        raise SeldonNotImplementedError("custom_service is not implemented")
