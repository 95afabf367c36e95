"""The one table of methods: what a component can be asked, and how each transport spells it.

REST, gRPC, the component, the metrics, the client and the tester read this table; none repeats it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Missing(enum.Enum):
    """Say what happens when the component does not have the method."""

    REFUSE = "refuse"
    """Answer that it is not implemented."""
    REFUSE_AS_DATA = "refuse as bad data"
    """The same in the words and with the status of Seldon: 400."""
    IDENTITY = "identity"
    """Reply with the request's payload."""
    EMPTY = "empty"
    """Reply with an empty array."""
    HEALTHY = "healthy"
    """Reply that the component is healthy."""
    DEFAULTS = "defaults"
    """Reply with the metadata that the image's name gives."""


class Takes(enum.Enum):
    """Say what a method is asked with."""

    MESSAGE = "message"
    """`charter.message.Message`; SeldonMessage on the wire."""
    MESSAGES = "messages"
    """`charter.message.Messages`; SeldonMessageList."""
    FEEDBACK = "feedback"
    """`charter.message.Feedback`; Feedback."""
    NOTHING = "nothing"
    """No payload; Empty."""

    # Members are singletons and keys on every request; Enum's own hash hashes the name each time.
    __hash__ = object.__hash__


class Wire(enum.Enum):
    """Say which transport asks, for user code that takes the wire message itself."""

    REST = "rest"
    """Raw methods are given and return JSON documents."""
    GRPC = "grpc"
    """Raw methods are given and return protobuf messages."""

    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """Describe one method.

    Args:
        name: the word for it, which is the user's attribute too.
        raw: the user's attribute that takes and returns the wire message itself.
        rest: its deprecated form for REST, which comes before `raw`; "" where there is none.
        grpc: its deprecated form for gRPC.
        routes: REST paths, each with the verbs it takes.
        rpcs: pairs of gRPC service and rpc in package `seldon.protos`.
        label: the value of the `method` label in metrics.
        missing: what happens when the component does not have it.
        takes: what it is asked with.
    """

    name: str
    raw: str
    rest: str
    grpc: str
    routes: tuple[tuple[str, tuple[str, ...]], ...]
    rpcs: tuple[tuple[str, str], ...]
    label: str
    missing: Missing
    takes: Takes = Takes.MESSAGE

    # Rows are singletons, and a key of dicts on every request.
    __hash__ = object.__hash__


_POST = ("POST",)
_GET = ("GET", "HEAD")
_ANY = ("GET", "HEAD", "POST")

PREDICT = Method(
    name="predict",
    raw="predict_raw",
    rest="predict_rest",
    grpc="predict_grpc",
    routes=(
        ("/predict", _ANY),
        ("/api/v1.0/predictions", _POST),
        ("/api/v0.1/predictions", _POST),
    ),
    rpcs=(("Model", "Predict"), ("Seldon", "Predict")),
    label="predict",
    missing=Missing.REFUSE,
)
TRANSFORM_INPUT = Method(
    name="transform_input",
    raw="transform_input_raw",
    rest="transform_input_rest",
    grpc="transform_input_grpc",
    routes=(("/transform-input", _ANY),),
    rpcs=(("Transformer", "TransformInput"), ("Generic", "TransformInput")),
    label="inputtransform",
    missing=Missing.IDENTITY,
)
TRANSFORM_OUTPUT = Method(
    name="transform_output",
    raw="transform_output_raw",
    rest="transform_output_rest",
    grpc="transform_output_grpc",
    routes=(("/transform-output", _ANY),),
    rpcs=(("OutputTransformer", "TransformOutput"), ("Generic", "TransformOutput")),
    label="outputtransform",
    missing=Missing.IDENTITY,
)
ROUTE = Method(
    name="route",
    raw="route_raw",
    rest="route_rest",
    grpc="route_grpc",
    routes=(("/route", _ANY),),
    rpcs=(("Router", "Route"), ("Generic", "Route")),
    label="router",
    missing=Missing.REFUSE_AS_DATA,
)
AGGREGATE = Method(
    name="aggregate",
    raw="aggregate_raw",
    rest="aggregate_rest",
    grpc="aggregate_grpc",
    routes=(("/aggregate", _ANY),),
    rpcs=(("Combiner", "Aggregate"), ("Generic", "Aggregate")),
    label="aggregate",
    missing=Missing.REFUSE_AS_DATA,
    takes=Takes.MESSAGES,
)
SEND_FEEDBACK = Method(
    name="send_feedback",
    raw="send_feedback_raw",
    rest="send_feedback_rest",
    grpc="send_feedback_grpc",
    routes=(
        ("/send-feedback", _ANY),
        ("/api/v1.0/feedback", _POST),
        ("/api/v0.1/feedback", _POST),
    ),
    rpcs=(
        ("Model", "SendFeedback"),
        ("Router", "SendFeedback"),
        ("Generic", "SendFeedback"),
        ("Seldon", "SendFeedback"),
    ),
    label="feedback",
    missing=Missing.EMPTY,
    takes=Takes.FEEDBACK,
)
HEALTH_STATUS = Method(
    name="health_status",
    raw="health_status_raw",
    rest="",
    grpc="",
    routes=(("/health/status", _GET), ("/api/v1.0/health/status", _GET)),
    rpcs=(),
    label="health",
    missing=Missing.HEALTHY,
    takes=Takes.NOTHING,
)
METADATA = Method(
    name="init_metadata",
    raw="",
    rest="",
    grpc="",
    routes=(("/metadata", _GET), ("/api/v1.0/metadata", _GET)),
    rpcs=(("Model", "Metadata"), ("Seldon", "ModelMetadata")),
    label="metadata",
    missing=Missing.DEFAULTS,
    takes=Takes.NOTHING,
)

METHODS = (
    PREDICT,
    TRANSFORM_INPUT,
    TRANSFORM_OUTPUT,
    ROUTE,
    AGGREGATE,
    SEND_FEEDBACK,
    HEALTH_STATUS,
    METADATA,
)
SERVICE_TYPES = ("MODEL", "ROUTER", "TRANSFORMER", "COMBINER", "OUTLIER_DETECTOR")
"""What Seldon Core calls the kinds of components, the usual one first."""
CONTRACTED = frozenset({PREDICT, TRANSFORM_INPUT})
"""The methods whose requests a contract describes; it describes the replies of predict too."""
