"""The error with a status of its own: `seldon_core.flask_utils`. No Flask here."""

from __future__ import annotations

from typing import Any


class SeldonMicroserviceException(Exception):
    """Tell the caller what was wrong, with an HTTP status and a reason that user code chooses.

    Args:
        message: `status.info` of the reply.
        status_code: the HTTP status; `None` means the one of the class.
        payload: kept, and sent nowhere.
        reason: `status.reason` of the reply.
    """

    status_code = 400

    def __init__(
        self,
        message: Any,
        status_code: int | None = None,
        payload: Any = None,
        reason: str = "MICROSERVICE_BAD_DATA",
    ) -> None:
        super().__init__(message)
        self.message = message
        if status_code is not None:
            self.status_code = status_code
        self.payload = payload
        self.reason = reason

    def to_dict(self) -> dict[str, Any]:
        """Return the body of the reply."""
        status = {"status": 1, "info": self.message, "code": -1, "reason": self.reason}
        return {"status": status}


ANNOTATIONS_FILE = "/etc/podinfo/annotations"
ANNOTATION_GRPC_MAX_MSG_SIZE = "seldon.io/grpc-max-message-size"
ANNOTATION_REST_TIMEOUT = "seldon.io/rest-timeout"
