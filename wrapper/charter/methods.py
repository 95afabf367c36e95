"""The one table of methods: what a component can be asked, and how each transport spells it.

REST, gRPC, the component, the metrics and the tester read this table; none repeats it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Missing(enum.Enum):
    """Say what happens when the component does not have the method."""

    REFUSE = "refuse"
    """Answer that it is not implemented."""
    IDENTITY = "identity"
    """Reply with the request's payload."""
    HEALTHY = "healthy"
    """Reply that the component is healthy."""


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """Describe one method.

    Args:
        name: the word for it, which is the user's attribute too.
        raw: the user's attribute that takes and returns the wire message itself.
        routes: REST paths, each with the verbs it takes.
        rpcs: pairs of gRPC service and rpc in package `seldon.protos`.
        label: the value of the `method` label in metrics.
        missing: what happens when the component does not have it.
        takes_request: false when there is no request payload (health).
    """

    name: str
    raw: str
    routes: tuple[tuple[str, tuple[str, ...]], ...]
    rpcs: tuple[tuple[str, str], ...]
    label: str
    missing: Missing
    takes_request: bool = True


_POST = ("POST",)
_GET = ("GET", "HEAD")
_ANY = ("GET", "HEAD", "POST")

PREDICT = Method(
    name="predict",
    raw="predict_raw",
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
    routes=(("/transform-input", _ANY),),
    rpcs=(("Transformer", "TransformInput"), ("Generic", "TransformInput")),
    label="inputtransform",
    missing=Missing.IDENTITY,
)
TRANSFORM_OUTPUT = Method(
    name="transform_output",
    raw="transform_output_raw",
    routes=(("/transform-output", _ANY),),
    rpcs=(("OutputTransformer", "TransformOutput"), ("Generic", "TransformOutput")),
    label="outputtransform",
    missing=Missing.IDENTITY,
)
HEALTH_STATUS = Method(
    name="health_status",
    raw="health_status_raw",
    routes=(("/health/status", _GET), ("/api/v1.0/health/status", _GET)),
    rpcs=(),
    label="health",
    missing=Missing.HEALTHY,
    takes_request=False,
)

METHODS = (PREDICT, TRANSFORM_INPUT, TRANSFORM_OUTPUT, HEALTH_STATUS)
