"""Which workers are hung, and what hangs: the supervisor ends them, and they are replaced."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path

from charter.metrics.table import BEAT, CALL_S, LOOP_S
from charter.transport.pulse import interval_s
from charter.transport.slots import Process, Slot

_STOPPED = "T"


class Judge:
    """Tell from what a worker shows whether it is hung.

    Args:
        limit_s: seconds after which it is.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._longest_pause_s = 2 * interval_s(limit_s)
        self._awake_s = math.inf
        self._last_beat = 0.0
        self._silent_s = 0.0

    def fault(self, beat: float, call_s: float, loop_s: float, passed_s: float) -> str | None:
        """Return what is wrong, "" where nothing is shown any more; `None` if all is well.

        Args:
            beat: what changes while the worker's interpreter runs; 0.0 before it is ready.
            call_s: how long a call of the model has run.
            loop_s: how long the event loop has not come round.
            passed_s: seconds since the last time. Where they are far more than was slept, nobody
                ran, as in a container that was frozen: they count neither as silence nor for calls.
        """
        is_awake = passed_s <= self._longest_pause_s
        self._awake_s = self._awake_s + passed_s if is_awake else 0.0
        passed_s = min(passed_s, self._longest_pause_s)
        call_s, loop_s = min(call_s, self._awake_s), min(loop_s, self._awake_s)
        if beat != self._last_beat or beat == 0.0:
            self._last_beat, self._silent_s = beat, 0.0
        else:
            self._silent_s += passed_s
        if beat and call_s > self._limit_s:
            # The loop is asked a little later than the call began.
            where = "blocked the event loop" if loop_s > self._limit_s / 2 else "run"
            return f"a call of the model has {where} for {call_s:.1f} s"
        if beat and loop_s > self._limit_s:
            return f"its event loop has been blocked for {loop_s:.1f} s"
        return "" if self._silent_s > self._limit_s else None


async def end_the_hung(slots: Sequence[Slot], limit_s: float) -> None:
    """End workers that are hung, until this is cancelled.

    Args:
        slots: where the workers are.
        limit_s: `--hang-timeout`, in seconds.
    """
    every_s = interval_s(limit_s)
    judges = [Judge(limit_s) for _ in slots]
    loop = asyncio.get_running_loop()
    last = loop.time()
    while True:
        await asyncio.sleep(every_s)
        passed_s, last = loop.time() - last, loop.time()
        for slot, judge in zip(slots, judges, strict=True):
            numbers = slot.table.numbers
            fault = judge.fault(numbers[BEAT], numbers[CALL_S], numbers[LOOP_S], passed_s)
            process = slot.process
            if fault is not None and process is not None and process.status is None:
                process.end_hung(fault or _silence(process, limit_s))


def _silence(process: Process, limit_s: float) -> str:
    """Return why a worker shows nothing any more."""
    if _state(process.pid) == _STOPPED:
        return f"it has been stopped by a signal for {limit_s} s"
    return f"a thread has kept the interpreter to itself for {limit_s} s"


def _state(pid: int) -> str:
    """Return the letter that Linux has for the state of a process; "" elsewhere."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()[0]
    except OSError:
        return ""
