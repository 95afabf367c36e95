"""What the process of a dry run does: load the model, and write down how far it came."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from charter import assembly, service
from charter.component.adapter import UserComponent
from charter.errors import StartError
from charter.execution import Execution
from charter.logs import user_traceback


def main() -> None:
    """Load the model of the folder in `sys.argv[1]`; the result goes to the file in `[2]`."""
    folder, result = Path(sys.argv[1]), Path(sys.argv[2])
    logging.basicConfig(level="WARNING")
    told = _Told(result, folder)
    try:
        _load(folder, told)
    except BaseException as error:  # noqa: BLE001 - user code may raise anything
        told.over(error)
    else:
        told.step = "done"
        told.over(None)


class _Told:
    """Write down each step before it begins, since the process may die in it."""

    def __init__(self, result: Path, folder: Path) -> None:
        self._result = result
        self._folder = folder
        self._started = time.perf_counter()
        self.step = ""

    def begin(self, step: str) -> None:
        self.step = step
        self._write({"step": step})

    def over(self, error: BaseException | None) -> None:
        told: dict[str, Any] = {"step": self.step, "is_over": True}
        told["seconds"] = round(time.perf_counter() - self._started, 3)
        if error is not None:
            told |= self._error(error)
        self._write(told)

    def _error(self, error: BaseException) -> dict[str, Any]:
        frames = [
            frame
            for frame in traceback.extract_tb(error.__traceback__)
            if Path(frame.filename).is_relative_to(self._folder)
        ]
        told: dict[str, Any] = {"message": _said(error)}
        if frames:
            told["path"] = Path(frames[-1].filename).relative_to(self._folder).as_posix()
            told["line"] = frames[-1].lineno or 0
            if self.step == "import" and frames[0].name != "<module>":
                told["step"] = "construct"
        if not isinstance(error, StartError):
            told["detail"] = user_traceback(error)
        return told

    def _write(self, told: dict[str, Any]) -> None:
        self._result.write_text(json.dumps(told), "utf-8")


def _said(error: BaseException) -> str:
    if isinstance(error, StartError):
        return error.message
    return traceback.format_exception_only(error)[-1].strip()


def _load(folder: Path, told: _Told) -> None:
    told.begin("import")
    create, _ = assembly.prepare(str(folder), {"contract_mode": "off"})
    asyncio.run(_run(create, told))


async def _run(create: service.Create, told: _Told) -> None:
    """Do what a service does before it is ready, in the threads in which it does that."""
    execution = Execution()
    user = await execution.run_alone(create)
    told.begin("load")
    await service.run_load(user, execution)
    told.begin("methods")
    UserComponent(user)
