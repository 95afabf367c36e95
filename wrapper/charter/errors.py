"""The errors Charter raises, and whose fault each one is. No HTTP or gRPC codes here.

ServingError
├── BadPayload          the caller sent something that cannot be read
│   ├── NotAMessage     … because it is no message at all
│   ├── TooLarge        … or more of it than the limit allows
│   ├── BadMedia        … or of a content type or encoding that is not read
│   └── BreaksContract  … or what the contract does not allow, which is strict
├── NotServed           the caller asked for a path that is not there
│   └── WrongVerb       … or with a verb that it does not take
├── NotReady            the model is not loaded yet, or the server is draining
├── Busy                more calls or bytes wait already than the limits allow
├── TooLate             the call took longer than the time limit
├── TooSlow             the client took longer than the time limit to send its request
├── ComponentError      the user's code returned what cannot be sent
│   ├── UserCodeRaised  … or raised
│   ├── BreaksPromise   … or what the targets of its contract do not allow
│   └── MissingMethod   … or does not have the method that was asked for
├── CallError           a call to another server did not succeed
│   └── Unanswered      … because nothing answers there
└── StartError          the service cannot start: wrong setting, class not found, port taken
"""

import enum
from collections.abc import Mapping, Sequence
from typing import Any


class Fault(enum.Enum):
    """Say who is at fault; each transport has one table from this to its status codes."""

    PAYLOAD = "payload"
    TOO_LARGE = "too large"
    NO_PATH = "no such path"
    NO_VERB = "no such verb"
    MEDIA = "media type"
    UNSUPPORTED = "unsupported"
    NOT_READY = "not ready"
    BUSY = "busy"
    TOO_LATE = "too late"
    TOO_SLOW = "too slow"
    COMPONENT = "component"
    INTERNAL = "internal"
    START = "start"


class ServingError(Exception):
    """Carry a message for the caller, whose fault it is, and the reason in the protocol's words.

    Args:
        message: what was wrong, where, what was expected and what came.
        reason: the `status.reason` of the Seldon protocol; `None` means the one of the class.
        status: an HTTP status that user code chose, 100 to 599; `None` means the fault's.
        rest_status: the status over REST where Seldon's is not the fault's.
    """

    fault = Fault.INTERNAL
    reason = "MICROSERVICE_INTERNAL_ERROR"

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        status: int | None = None,
        rest_status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.rest_status = rest_status
        if reason is not None:
            self.reason = reason


class BadPayload(ServingError):
    """Refuse a request that cannot be read; the message starts with the path to the place."""

    fault = Fault.PAYLOAD
    reason = "MICROSERVICE_BAD_DATA"


class NotAMessage(BadPayload):
    """Refuse a request that holds no message.

    Args:
        message: what was wrong.
        seldon: the same in the words of Seldon Core 1.17; "" where it has none.
    """

    def __init__(self, message: str, *, seldon: str = "") -> None:
        super().__init__(message)
        self.seldon = seldon


class TooLarge(BadPayload):
    """Refuse a body that is over the limit."""

    fault = Fault.TOO_LARGE


class BadMedia(BadPayload):
    """Refuse a body whose content type or encoding is not one we read."""

    fault = Fault.MEDIA


class BreaksContract(BadPayload):
    """Refuse a request that can be read but breaks the contract.

    Args:
        message: what was wrong.
        errors: one JSON object for each field: pointer, field, check, expected, got, rows,
            first_rows; empty where that is not to be told.
    """

    def __init__(self, message: str, *, errors: Sequence[Mapping[str, Any]] = ()) -> None:
        super().__init__(message)
        self.errors = errors


class NotServed(ServingError):
    """Refuse a path that does not exist."""

    fault = Fault.NO_PATH
    reason = "MICROSERVICE_NOT_FOUND"


class WrongVerb(NotServed):
    """Refuse an HTTP verb that the path does not take."""

    fault = Fault.NO_VERB
    reason = "MICROSERVICE_WRONG_VERB"


class NotReady(ServingError):
    """Refuse work while the model is loading, could not be loaded, or is being stopped."""

    fault = Fault.NOT_READY
    reason = "MICROSERVICE_NOT_READY"


class Busy(ServingError):
    """Refuse work because more waits already than the limits allow.

    Args:
        message: how much waits, and which limit that is.
        retry_after_s: seconds after which there will probably be room.
    """

    fault = Fault.BUSY
    reason = "MICROSERVICE_BUSY"

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TooSlow(ServingError):
    """Refuse a request of which nothing more came for longer than the time limit."""

    fault = Fault.TOO_SLOW
    reason = "MICROSERVICE_TOO_SLOW"


class TooLate(ServingError):
    """Report that a call took longer than the time limit; it may go on, unheard."""

    fault = Fault.TOO_LATE
    reason = "MICROSERVICE_TOO_LATE"


class ComponentError(ServingError):
    """Report that the user's code returned something that cannot be sent."""

    fault = Fault.COMPONENT


class UserCodeRaised(ComponentError):
    """Report that the user's code raised; the exception is the cause.

    Args:
        message: what the caller is told.
        reason: as for `ServingError`.
        status: as for `ServingError`.
        document: the body over REST that the exception has of its own; `None` means the usual one.
    """

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        status: int | None = None,
        document: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, status=status)
        self.document = document


class BreaksPromise(ComponentError):
    """Report that a reply breaks the targets of the contract; the message says which.

    Args:
        message: as of every error.
        broken: what is wrong, by what is the same when it is wrong again: place and check.
    """

    def __init__(self, message: str, broken: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.broken = {} if broken is None else dict(broken)


class MissingMethod(ComponentError):
    """Report that the component does not have the method that was asked for."""

    fault = Fault.UNSUPPORTED
    reason = "MICROSERVICE_NOT_IMPLEMENTED"


class CallError(ServingError):
    """Report that a call did not succeed: refused by the server, cut off, or not answered.

    Args:
        message: what was wrong.
        status: the HTTP status of the answer, or the one that its gRPC code stands for; `None`
            where there was no answer.
        reason: the `status.reason` of the answer; `None` where it has none.
        info: the `status.info` of the answer, or what else it says.
    """

    # What an answer lacks is not made up. Transports send the reason of any other error, which has
    # one; they are not given a CallError: `component/adapter.told` makes it the user code's own.
    reason: str | None = None  # type: ignore[assignment]

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        status: int | None = None,
        info: str | None = None,
    ) -> None:
        super().__init__(message, reason=reason, status=status)
        self.info = message if info is None else info


class Unanswered(CallError):
    """Report that nothing answers: no server there, an unknown host, or no answer in time."""


class StartError(ServingError):
    """Report why the service cannot start; the command line prints it as one sentence."""

    fault = Fault.START


def shown(value: object, limit: int = 80) -> str:
    """Return `repr(value)` cut to `limit` characters, for use in messages."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a value of user code that cannot be shown
        text = f"<{type(value).__name__}>"
    return text if len(text) <= limit else text[: limit - 1] + "…"
