"""Serve a plain Python class with a `predict` method as a REST and gRPC model service."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from charter._version import VERSION as __version__  # noqa: N811

if TYPE_CHECKING:
    from charter import compat, testing
    from charter.client import AsyncClient, Client, Tls
    from charter.errors import CallError, ServingError, Unanswered
    from charter.message import Form, Message
    from charter.transport.rest import asgi_app

__all__ = [
    "AsyncClient",
    "CallError",
    "Client",
    "Form",
    "Message",
    "ServingError",
    "Tls",
    "Unanswered",
    "__version__",
    "asgi_app",
    "compat",
    "testing",
]

# Loaded when first used, so that `import charter` costs nothing (PEP 562).
_HOMES = {
    "AsyncClient": "charter.client",
    "CallError": "charter.errors",
    "Client": "charter.client",
    "Form": "charter.message",
    "Message": "charter.message",
    "ServingError": "charter.errors",
    "Tls": "charter.client",
    "Unanswered": "charter.errors",
    "asgi_app": "charter.transport.rest",
}
_MODULES = frozenset({"compat", "testing"})


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"charter.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'charter' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
