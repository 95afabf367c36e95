"""A component of user code's own process, asked without a server: what `wrapper` stands on."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from charter import service, settings
from charter.message import Json
from charter.metrics.requests import Metrics
from charter.service import Service
from charter.settings import Settings

T = TypeVar("T")


def hold(user_model: object, seldon_metrics: Any) -> tuple[Service, Settings]:
    """Return the service of a component, as `seldon-core-microservice` would serve it.

    `load()` is not called: whoever made the component does it, or a test that has no model does
    not. The methods run in the thread that asks.

    Args:
        user_model: the component.
        seldon_metrics: a `SeldonMetrics`, which gets the component's metrics; `None` drops them.

    Raises:
        StartError: a method cannot be called with what it would be given, or a setting is wrong.
    """
    chosen = settings.make({"cors": "*"})
    # As good as one: the service only calls it.
    metrics = cast(Metrics, _Passed(seldon_metrics))
    held = service.make(lambda: user_model, chosen, metrics)
    held.hold()
    return held, chosen


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine, in this thread unless an event loop runs in it."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    with ThreadPoolExecutor(1) as other:  # as in notebooks
        return other.submit(asyncio.run, coroutine).result()


class _Passed:
    """Pass the component's metrics on to a `SeldonMetrics`; requests are not counted."""

    def __init__(self, seldon_metrics: Any) -> None:
        self._metrics = seldon_metrics
        self.is_ready = False

    def begin(self) -> None:
        """Take note of nothing."""

    def end(self, key: tuple[str, str, int | str], seconds: float) -> None:
        """Take note of nothing."""

    def observe(self, metrics: Sequence[Json], label: str) -> None:
        if hasattr(self._metrics, "update"):
            self._metrics.update(list(metrics), label)

    def reward(self, reward: float) -> None:
        if hasattr(self._metrics, "update_reward"):
            self._metrics.update_reward(reward)
