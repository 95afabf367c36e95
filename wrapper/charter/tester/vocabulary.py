"""The words of the tester: its phases, and the checks of each. docs/testing.md explains them."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from charter.errors import StartError, shown


class Phase(enum.Enum):
    """Name the steps of a test, in the order in which they are taken."""

    SERVICE = "service"
    """Ask what every service answers about itself."""
    EXAMPLES = "examples"
    """Send the contract's samples."""
    EDGES = "edges"
    """Send the ends of each range, every category, the largest batch …"""
    RANDOM = "random"
    """Send random requests."""
    DETERMINISM = "determinism"
    """Send the same request twice."""
    BATCH = "batch"
    """Send rows together and apart."""
    FORMS = "forms"
    """Send the same rows as an ndarray, as a tensor and over gRPC."""
    REFUSALS = "refusals"
    """Send what must be refused."""
    FEEDBACK = "feedback"
    """Report a reward; last, since a model may learn of it."""


CHECKS = {
    "health": Phase.SERVICE,
    "ready": Phase.SERVICE,
    "metadata": Phase.SERVICE,
    "openapi": Phase.SERVICE,
    "samples": Phase.EXAMPLES,
    "edges": Phase.EDGES,
    "status": Phase.RANDOM,
    "body": Phase.RANDOM,
    "payload": Phase.RANDOM,
    "rows": Phase.RANDOM,
    "shape": Phase.RANDOM,
    "names": Phase.RANDOM,
    "type": Phase.RANDOM,
    "finite": Phase.RANDOM,
    "range": Phase.RANDOM,
    "category": Phase.RANDOM,
    "meta": Phase.RANDOM,
    "latency": Phase.RANDOM,
    "determinism": Phase.DETERMINISM,
    "batch": Phase.BATCH,
    "forms": Phase.FORMS,
    "malformed": Phase.REFUSALS,
    "missing_column": Phase.REFUSALS,
    "extra_column": Phase.REFUSALS,
    "out_of_range": Phase.REFUSALS,
    "unknown_category": Phase.REFUSALS,
    "wrong_type": Phase.REFUSALS,
    "nan": Phase.REFUSALS,
    "zero_rows": Phase.REFUSALS,
    "too_many_rows": Phase.REFUSALS,
    "feedback": Phase.FEEDBACK,
}
"""The phase of each check, by its name."""


def chosen(names: Iterable[str] | None) -> tuple[str, ...]:
    """Return the checks of these names in the order of the table; all of them for `None`.

    Raises:
        StartError: one is none; the message lists those that there are.
    """
    if names is None:
        return tuple(CHECKS)
    wanted = set(names)
    unknown = sorted(wanted - CHECKS.keys())
    if unknown or not wanted:
        got = shown(unknown[0]) if unknown else "none"
        raise StartError(f"checks: expected some of {', '.join(CHECKS)}, got {got}")
    return tuple(name for name in CHECKS if name in wanted)
