"""How long a soak is, how much it asks, and what it breaks when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WORKERS = 2
BATCH_ROWS = 32
MAX_BODY_BYTES = 20_000
TIMEOUT_S = 4.0
"""What `--timeout` is. Calls take milliseconds, so only those that are to be late are."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Hold what a soak is like; times are seconds from its start.

    Args:
        seconds: how long requests are sent, at least.
        kills: when a worker is killed.
        reloads: when the parent gets SIGHUP.
        tick_s: each client asks once in so long, all at the same moments, so that there are
            batches.
        rest: connections that ask over REST.
        grpc: channels that ask over gRPC.
        calls: how many calls at a time each channel has.
        max_requests: after how many requests a worker is replaced; 0 for never.
        grpc_age_s: seconds after which a connection of gRPC is given another.
        warm_up_s: a process is not measured in so many seconds after it was first seen.
        least_life_s: nor is one that is not seen for so long after that.
        seed: of all that is drawn.
    """

    seconds: float
    kills: Sequence[float]
    reloads: Sequence[float]
    tick_s: float
    grpc_age_s: float
    warm_up_s: float
    least_life_s: float
    rest: int = 8
    grpc: int = 4
    calls: int = 2
    max_requests: int = 0
    seed: int = 0

    @property
    def clients(self) -> dict[str, int]:
        """Return how many requests of each transport are under way at a time, late ones too."""
        return {"rest": self.rest + 1, "grpc": self.grpc * self.calls + 1}

    @property
    def limit_s(self) -> float:
        """Return after how many seconds the soak is ended, whatever it does."""
        return self.seconds + 120.0


def short() -> Plan:
    """Return the form that is a part of the tests: a kill each 15 s, and a reload."""
    return Plan(
        seconds=54.0,
        kills=(12.0, 27.0, 42.0),
        reloads=(34.0,),
        tick_s=0.05,
        grpc_age_s=2.0,
        warm_up_s=12.0,
        least_life_s=12.0,
        max_requests=4_000,
    )


def long(seconds: float = 900.0, seed: int = 0) -> Plan:
    """Return the form with a kill each minute, and a reload in the middle."""
    minutes = range(1, int(seconds // 60) + 1)
    kills = [60.0 * minute - 15.0 for minute in minutes]
    return Plan(
        seconds=seconds,
        kills=kills,
        reloads=(seconds / 2,),
        tick_s=0.025,
        grpc_age_s=10.0,
        warm_up_s=30.0,
        least_life_s=60.0,
        max_requests=30_000,
        seed=seed,
    )
