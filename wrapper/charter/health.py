"""The life of a service: which state it is in, and who waits for the next. No I/O."""

from __future__ import annotations

import enum
import threading
import time
from collections.abc import Callable

from charter.errors import NotReady


class State(enum.Enum):
    """Name the states in the order a service goes through them."""

    STARTING = "starting"
    LOADING = "loading"
    WARMING = "warming"
    """Loaded, and tested before it is let answer."""
    READY = "ready"
    FAILED = "failed"
    DRAINING = "draining"
    STOPPED = "stopped"


_SETTLING = (State.STARTING, State.LOADING, State.WARMING)
# States that are over for good once the key has been reached.
_LIVING = (*_SETTLING, State.READY, State.FAILED)
_BEFORE = {State.DRAINING: _LIVING, State.STOPPED: (*_LIVING, State.DRAINING)}


class Life:
    """Hold the state; read from any thread, moved on by one."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.state = State.STARTING
        self.error: BaseException | None = None
        self._settled = threading.Event()
        self._watchers: list[Callable[[State], object]] = []

    def watch(self, watcher: Callable[[State], object]) -> None:
        """Call `watcher` with the state now and with each one entered later, in any thread."""
        self._watchers.append(watcher)
        watcher(self.state)

    @property
    def is_ready(self) -> bool:
        """Return whether requests are answered."""
        return self.state is State.READY

    def report(self) -> dict[str, bool | str | float]:
        """Return what is told about it: ready, state, and seconds since the start until ready."""
        told: dict[str, bool | str | float] = {"ready": self.is_ready, "state": self.state.value}
        if self.state in _SETTLING:
            told["seconds"] = round(time.monotonic() - self._began, 1)
        return told

    def move(self, state: State, error: BaseException | None = None) -> None:
        """Enter a state; what drains does not become ready again, and what has stopped stays so.

        Args:
            state: the state to enter.
            error: why loading failed, with `State.FAILED`.
        """
        if state in _BEFORE.get(self.state, ()):
            return
        self.state, self.error = state, error
        if state not in _SETTLING:
            self._settled.set()
        for watcher in self._watchers:
            watcher(state)

    def wait_settled(self, timeout_s: float | None = None) -> bool:
        """Wait until the model is loaded or will never be; return false when the time is over."""
        return self._settled.wait(timeout_s)

    def check(self) -> None:
        """Raise `NotReady` that says why, unless requests are answered."""
        if self.state is State.READY:
            return
        if self.error is not None:
            raise NotReady(
                f"the model could not be loaded: {type(self.error).__name__}: {self.error}"
            )
        raise NotReady(f"the service is {self.state.value}")
