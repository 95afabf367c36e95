"""What is done to a service while it is asked: workers are killed, and it is told to reload."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import Callable, Mapping

import httpx
from soak.accounts import PROCESSES, Accounts, Kill
from soak.plan import Plan
from soak.questions import GRPC, REST
from soak.service import Soaked
from zoo.soaks import CALL_S

_WHOLE_S = 30.0
"""All workers are there again after so many seconds, or it is a fault."""
_RELOAD_S = 60.0
"""A reload is over after so many: two workers, one after the other, each with what it answers."""
_LOOK_S = 0.2
# So long a worker may have nothing to do before it is killed all the same.
_BUSY_S = 5.0


class Faults:
    """Do it at the times of a plan.

    Args:
        service: to what.
        accounts: what is told.
        now: the clock of the accounts, in seconds.
        client: asks for metrics.
        under_way: how many requests are, by transport and the process that is likely to answer.
        seed: of the moments that are drawn.
    """

    def __init__(
        self,
        service: Soaked,
        accounts: Accounts,
        now: Callable[[], float],
        client: httpx.AsyncClient,
        under_way: Mapping[tuple[str, int | None], int],
        seed: int,
    ) -> None:
        self._service = service
        self._accounts = accounts
        self._now = now
        self._client = client
        self._under_way = under_way
        self._chance = random.Random(seed)
        self.reloads: list[float] = []

    async def happen(self, plan: Plan) -> None:
        """Kill and reload; none of it before all workers are there again."""
        steps = [(at, self._kill) for at in plan.kills]
        steps += [(at, self._reload) for at in plan.reloads]
        for at, step in sorted(steps, key=lambda entry: entry[0]):
            await asyncio.sleep(max(at - self._now(), 0.0))
            if await self._whole():
                await step()
        await self._whole()

    async def _kill(self) -> None:
        # The youngest: the other one lives for long, which shows what it leaks.
        victim = self._service.workers[-1]
        transport = (REST, GRPC)[len(self._accounts.kills) % 2]
        await self._in_the_middle(transport, victim)
        under_way = sum(self._under_way.get((way, victim), 0) for way in (REST, GRPC))
        self._accounts.kills.append(Kill(victim, self._now(), under_way))
        os.kill(victim, signal.SIGKILL)

    async def _in_the_middle(self, transport: str, victim: int) -> None:
        """Return while a process has requests that have reached it, at a moment that is drawn."""
        way = (transport, victim)
        end = self._now() + _BUSY_S
        while self._now() < end:
            if not self._under_way.get(way):
                await asyncio.sleep(0)  # they are over in a few milliseconds
                continue
            await asyncio.sleep(self._chance.uniform(0.0, 2 * CALL_S))
            if self._under_way.get(way):
                return

    async def _reload(self) -> None:
        before = set(self._service.workers)
        self.reloads.append(self._now())
        self._service.reload()
        if not await self._come(lambda: not before & set(self._service.workers)):
            left = sorted(before & set(self._service.workers))
            self._accounts.fault(f"SIGHUP: the workers {left} were not replaced", PROCESSES)

    async def _whole(self) -> bool:
        end = self._now() + _WHOLE_S
        while not await self._service.is_whole(self._client):
            if self._now() > end:
                at = f"at {self._now():.1f} s"
                left = self._service.workers
                self._accounts.fault(f"{at} not all workers are ready: {left}", PROCESSES)
                return False
            await asyncio.sleep(_LOOK_S)
        return True

    async def _come(self, is_so: Callable[[], bool]) -> bool:
        end = self._now() + _RELOAD_S
        while not is_so() and self._now() < end:
            await asyncio.sleep(_LOOK_S)
        return is_so()
