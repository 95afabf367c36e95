"""One soak from start to end: serve, ask, hit, watch, and tell what was broken."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from soak.accounts import COUNTERS, PROCESSES, Accounts, Rising
from soak.faults import Faults
from soak.measures import Life, growth, sample
from soak.plan import TIMEOUT_S, Plan
from soak.service import MODEL, Page, Soaked, soaked
from soak.traffic import Client, Crowd, Grpc, Rest

PARENT, WORKER = "the parent", "a worker"
"""What a process is."""
_LOOK_S = 0.5
_LATE_TICK_S = TIMEOUT_S + 3.0
# After the last reply: a late call still runs, and counts when it ends.
_SETTLE_S = 10.0


@dataclass(slots=True)
class Soak:
    """Hold what a soak has seen."""

    plan: Plan
    accounts: Accounts
    lives: dict[int, Life] = field(default_factory=dict)
    reloads: list[float] = field(default_factory=list)
    page: Page | None = None
    began: float = field(default_factory=time.monotonic)

    def now(self) -> float:
        """Return the seconds since it began."""
        return time.monotonic() - self.began

    @property
    def faults(self) -> list[str]:
        """Return each promise that was broken."""
        return self.accounts.faults()


def soak(plan: Plan, log: Path, model: str = MODEL) -> Soak:
    """Run a soak; it ends by itself in any case.

    Args:
        plan: what it is like.
        log: the file for what the service writes.
        model: what is served.
    """
    with soaked(plan, log, model) as service:
        seen = Soak(plan, Accounts(plan.clients))
        asyncio.run(asyncio.wait_for(_run(seen, service), plan.limit_s))
        for wrong in service.end():
            seen.accounts.fault(wrong, PROCESSES)
    return seen


async def _run(seen: Soak, service: Soaked) -> None:
    plan, accounts = seen.plan, seen.accounts
    crowd = Crowd(accounts, seen.now)
    async with httpx.AsyncClient(trust_env=False, timeout=10.0) as client:
        faults = Faults(service, accounts, seen.now, client, crowd.under_way, plan.seed)
        watching = asyncio.ensure_future(_watch(seen, service, client))
        asking = asyncio.ensure_future(_ask(crowd, plan, service))
        try:
            # What is done to it may take its time on a busy machine, and is to be seen.
            await asyncio.gather(asyncio.sleep(plan.seconds), faults.happen(plan))
            crowd.enough.set()
            await asking
        finally:
            watching.cancel()
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
        seen.reloads = faults.reloads
        seen.page = page = await _settled(service, client)
    accounts.check_losses()
    accounts.check_counters(page.requests, page.rows)
    if left := page.total("charter_requests_in_progress"):
        accounts.fault(f"{left:g} requests are counted as in progress, and none is", COUNTERS)
    _check_growth(seen)


async def _ask(crowd: Crowd, plan: Plan, service: Soaked) -> None:
    """Ask until it is enough, and wait for all replies."""
    async with _clients(plan, service) as (late, clients):
        asking = [crowd.ask_late(late, _LATE_TICK_S)]
        for number, client in enumerate(clients):
            chance = random.Random(f"{plan.seed} {number}")
            asking.append(crowd.ask_steadily(client, chance, plan.tick_s))
        await asyncio.gather(*asking)


@contextlib.asynccontextmanager
async def _clients(plan: Plan, service: Soaked) -> AsyncIterator[tuple[list[Client], list[Client]]]:
    """Give those that ask late, and the others; one of gRPC asks several times at once."""
    host, _, port = service.found(r"REST +http://(\S+)").rpartition(":")
    address = service.found(r"gRPC +(\S+)")
    rest = [Rest(host, int(port)) for _ in range(plan.rest + 1)]
    channels = [Grpc(address) for _ in range(plan.grpc + 1)]
    try:
        steady = [channel for channel in channels[1:] for _ in range(plan.calls)]
        yield [rest[0], channels[0]], [*rest[1:], *steady]
    finally:
        for connection in rest:
            connection.close()
        for channel in channels:
            await channel.close()


async def _watch(seen: Soak, service: Soaked, client: httpx.AsyncClient) -> None:
    """Measure each process, and read the counters, until this is cancelled."""
    rising = Rising()
    while True:
        for process in (service.pid, *service.workers):
            role = PARENT if process == service.pid else WORKER
            life = seen.lives.setdefault(process, Life(role, process))
            if taken := sample(process, seen.now()):
                life.samples.append(taken)
        for wrong in rising.next((await service.page(client)).counters):
            seen.accounts.fault(f"at {seen.now():.1f} s {wrong}", COUNTERS)
        await asyncio.sleep(_LOOK_S)


async def _settled(service: Soaked, client: httpx.AsyncClient) -> Page:
    """Return the metrics once two pages are alike and nothing is under way."""
    end = time.monotonic() + _SETTLE_S
    page = await service.page(client)
    while time.monotonic() < end:
        await asyncio.sleep(_LOOK_S)
        before, page = page, await service.page(client)
        is_idle = not page.total("charter_requests_in_progress")
        if is_idle and page.counters == before.counters:
            return page
    return page


def _check_growth(seen: Soak) -> None:
    plan, most = seen.plan, sum(seen.plan.clients.values())
    for life in seen.lives.values():
        if samples := life.settled(plan.warm_up_s, plan.least_life_s):
            who = f"{life.role} {life.process}"
            for wrong in growth(samples, who, most, plan.clients["grpc"]):
                seen.accounts.fault(wrong, PROCESSES)
