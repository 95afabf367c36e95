"""A component of user code's own process, asked without a server: what `wrapper` stands on."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
import weakref
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, TypeVar, cast

from charter import assembly, settings
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
    held = assembly.make(lambda: user_model, chosen, metrics)
    held.hold()
    return held, chosen


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return the result of a coroutine, in this thread, even where an event loop runs in it."""
    with _outer_loop_aside(), _loop() as loop:
        return loop.run_until_complete(coroutine)


@contextlib.contextmanager
def _outer_loop_aside() -> Iterator[None]:
    """Let another event loop run in this thread meanwhile; notebooks and async tests have one."""
    outer = asyncio._get_running_loop()
    if outer is None:
        yield
        return
    task = _swap_current_task(outer, None)
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(outer)
        _swap_current_task(outer, task)


def _swap_current_task(loop: Any, task: Any) -> Any:
    # Before 3.12 Python has no such function. From 3.14 on it counts one task a thread, not a loop.
    swap = getattr(asyncio.tasks, "_swap_current_task", None)
    return swap(loop, task) if swap else None


@contextlib.contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Give the event loop of this thread; another where the component itself asks one."""
    kept = _threads().loop
    if not kept.is_running():
        yield kept
        return
    with contextlib.closing(asyncio.new_event_loop()) as another:
        yield another


@functools.cache
def _threads() -> _Thread:
    return _Thread()


class _Thread(threading.local):
    """Keep an event loop for each thread: what async methods hold of it serves the next request."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._owner = _Owner()  # ends with the thread
        weakref.finalize(self._owner, self.loop.close)


class _Owner:
    """Be what a finalizer can watch, which a thread's local data is not."""


class _Passed:
    """Pass the component's metrics on to a `SeldonMetrics`; requests are not counted."""

    def __init__(self, seldon_metrics: Any) -> None:
        self._metrics = seldon_metrics
        self.is_ready = False

    def begin(self) -> None:
        """Take note of nothing."""

    def end(self, key: tuple[str, str, int | str], seconds: float) -> None:
        """Take note of nothing."""

    def queued(self, calls: int) -> None:
        """Take note of nothing."""

    def batch(self, rows: int, wait_s: float) -> None:
        """Take note of nothing."""

    def observe(self, metrics: Sequence[Json], label: str) -> None:
        if hasattr(self._metrics, "update"):
            self._metrics.update(list(metrics), label)

    def reward(self, reward: float) -> None:
        if hasattr(self._metrics, "update_reward"):
            self._metrics.update_reward(reward)
