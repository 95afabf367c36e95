"""Calls over gRPC, counted as requests over REST are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc

from charter.transport.access import Quota


class Counted(grpc.ServerInterceptor):
    """Count each call when it arrives.

    Args:
        quota: where it counts.
    """

    def __init__(self, quota: Quota) -> None:
        self._quota = quota

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler[Any, Any] | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Count a call, and let it be answered as it would be."""
        self._quota.note()
        return continuation(handler_call_details)
