"""Who takes the place of a worker that still serves: after its requests, and at a reload.

One at a time, and a worker is retired only once its successor is ready.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from charter.transport.slots import Process, Slot

logger = logging.getLogger(__name__)


class Succession:
    """Replace workers in the order in which it was asked for; made on the event loop.

    Args:
        free: places where no worker is; there is one at least.
        begin: starts a worker in a place and keeps it there.
        serving: returns the places of the workers there are, which nobody replaces yet.
        complete: set once all workers were ready for the first time; no reload comes before.
        patience_s: how long a worker that is retired may take to end before it is killed.
    """

    def __init__(
        self,
        free: list[Slot],
        begin: Callable[[Slot], None],
        serving: Callable[[], list[Slot]],
        complete: asyncio.Event,
        patience_s: float,
    ) -> None:
        self._free = free
        self._begin = begin
        self._serving = serving
        self._complete = complete
        self._patience_s = patience_s
        # `None` stands for a reload of all.
        self._wanted: asyncio.Queue[tuple[Slot, Process] | None] = asyncio.Queue()
        self._waits_for_reload = False

    def replace(self, slot: Slot, process: Process) -> None:
        """Replace a worker that had its requests."""
        self._wanted.put_nowait((slot, process))

    def reload(self) -> None:
        """Replace all workers there are when their turn comes; one reload at most waits for it."""
        if self._waits_for_reload:
            logger.info("reload: another one waits for its turn already, and does for both")
            return
        self._waits_for_reload = True
        self._wanted.put_nowait(None)

    async def run(self) -> None:
        """Replace workers until this is cancelled."""
        while True:
            wanted = await self._wanted.get()
            if wanted is None:
                await self._complete.wait()
                self._waits_for_reload = False
                await self._reload()
            elif _is_alive(*wanted):
                await self._wait_and_replace(*wanted)

    async def _reload(self) -> None:
        places = self._serving()
        logger.info("reload: %d workers get a successor, one at a time", len(places))
        for slot in places:
            process = slot.process
            if process is None or not _is_alive(slot, process):
                continue  # whoever comes after it is a fresh one anyway
            if not await self._try_to_replace(slot, process):
                logger.error("reload: given up; who is not replaced yet goes on as before")
                return
        logger.info("reload: done")

    async def _wait_and_replace(self, slot: Slot, process: Process) -> None:
        """Replace a worker however long it takes, since it has to go."""
        process.is_replaced = True
        successor = self._free.pop()
        successor.is_trial = False
        self._begin(successor)
        await successor.is_ready.wait()
        await self._retire(slot, process)

    async def _try_to_replace(self, slot: Slot, process: Process) -> bool:
        """Replace a worker if its successor can be loaded; return whether it could."""
        process.is_replaced = True
        successor = self._free.pop()
        successor.is_trial = True
        former = successor.process
        self._begin(successor)
        if await successor.proves():
            await self._retire(slot, process)
            return True
        # Where none could be started, the last one that was there is still.
        if successor.process is not None and successor.process is not former:
            end = successor.process.end
            logger.error("reload: the successor of worker %d %s", slot.number, end)
        self._free.append(successor)
        process.is_replaced = False
        if process.has_ended.is_set():  # meanwhile, and nobody has replaced it
            self._begin(slot)
        return False

    async def _retire(self, slot: Slot, process: Process) -> None:
        process.retire()
        ending = asyncio.ensure_future(process.has_ended.wait())
        await asyncio.wait({ending}, timeout=self._patience_s)
        if not ending.done():  # it hangs, and whoever is next in turn would wait for ever
            logger.error("worker %d does not end: it is killed", slot.number)
            process.kill()
        await ending
        self._free.append(slot)


def _is_alive(slot: Slot, process: Process) -> bool:
    return slot.process is process and process.status is None
