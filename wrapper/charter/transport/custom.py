"""`custom_service()` of the user's class: a process of its own beside those that serve.

As with Seldon Core 1.17 it has an object of its own, constructed and not loaded, is started once,
and ends with the service; when it ends before, the service goes on.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import signal
import socket
import subprocess
import threading
from typing import Any

from charter import assembly, logs
from charter.service import Create
from charter.settings import Settings
from charter.transport import launch
from charter.transport.launch import Link

logger = logging.getLogger(__name__)

_NAME = "custom_service"
# How long it gets to end after SIGTERM; it takes no requests that would have to finish.
_GRACE_S = 5.0


def has_custom_service(user: object) -> bool:
    """Return whether an object of the user's has the method."""
    return callable(getattr(user, _NAME, None))


class CustomService:
    """Start the process when the user's object is seen to have the method, and end it.

    Args:
        model: the name of the model, as `charter serve` takes it.
        settings: those of the service.
    """

    def __init__(self, model: str, settings: Settings) -> None:
        self._job = {"model": model, "settings": dataclasses.asdict(settings)}
        self._process: subprocess.Popen[bytes] | None = None
        self._link: socket.socket | None = None
        self._is_ending = False

    def noting(self, create: Create) -> Create:
        """Return what makes the user's object and starts the process if it has the method."""

        def noting() -> Any:
            user = create()
            if has_custom_service(user):
                self.start()
            return user

        return noting

    def start(self) -> None:
        """Start the process, unless it was started before; from any thread."""
        if self._process is not None or self._is_ending:
            return
        self._process, self._link = launch.start(__name__, self._job, "charter custom_service")
        threading.Thread(target=self._wait, args=(self._process,), daemon=True).start()

    def stop(self) -> None:
        """End the process, if there is one, and wait for it."""
        self._is_ending = True
        if self._process is None or self._link is None:
            return
        self._link.close()
        self._process.terminate()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        status = process.wait()
        if not self._is_ending:
            logger.error("custom_service() ended with status %s; the service goes on", status)


def main(link: Link) -> None:
    """Construct the user's object and run its `custom_service()`."""
    job = link.job()
    settings = Settings(**job["settings"])
    logs.configure(settings.effective_log_level)
    threading.Thread(target=_end_with, args=(link,), daemon=True).start()
    create, _ = assembly.prepare(job["model"], job["settings"])
    try:
        getattr(create(), _NAME)()
    except Exception as error:  # user code may raise anything
        logger.error("custom_service raised\n%s", logs.user_traceback(error))
        raise SystemExit(1) from error


def _end_with(link: Link) -> None:
    """End this process when the one that started it is gone."""
    link.socket.recv(1)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_GRACE_S)
    os._exit(1)
