"""What the span of a request is opened with, by HTTP and gRPC alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from opentelemetry.trace import Span

Carrier: TypeAlias = Mapping[str, Sequence[str]]
"""The values of each header, of which there may be several."""
Attributes: TypeAlias = Mapping[str, str | int]


class Open(Protocol):
    """Open the span of a request, below that of its caller."""

    def __call__(
        self, name: str, carrier: Carrier, attributes: Attributes, /
    ) -> AbstractContextManager[Span]:
        """Return the span, which ends with the block."""


def carrier(pairs: Iterable[tuple[str, str]]) -> Carrier:
    """Return headers by name."""
    headers: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        headers[name].append(value)
    return headers
