"""A model that does harm in the way that it is asked to; any other text comes back.

`tests/servers/test_process_faults.py` has the promise for each.
"""

import array
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import numpy as np


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


def _raise() -> None:
    raise LookupError("no such customer")


def _raise_unspeakable() -> None:
    raise Unspeakable


def _raise_without_end() -> None:
    _raise_without_end()


def _take_memory() -> None:
    np.ones(2**50)


def _print() -> None:
    for stream in (sys.stdout, sys.stderr):
        print("x" * 2**20, file=stream, flush=True)


def _fork() -> None:
    os.fork()  # both return


def _start_a_thread() -> None:
    threading.Thread(target=threading.Event().wait).start()


def _start_a_process() -> None:
    nothing = subprocess.DEVNULL
    subprocess.Popen(["sleep", "30"], stdin=nothing, stdout=nothing, stderr=nothing)


def _close_standard_streams() -> None:
    for descriptor in range(3):
        os.close(descriptor)


def _close_all() -> None:
    os.closerange(3, 4096)


def _change_the_folder() -> None:
    os.chdir("/")


def _ignore_signals() -> None:
    # In the main thread only; in another one it raises.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _limit_recursion() -> None:
    sys.setrecursionlimit(100)


def _clear_the_environment() -> None:
    os.environ.clear()


def _set_the_clock() -> None:
    time.time = lambda: 0.0


def _return_a_stranger() -> object:
    return array.array("u", "x"), object()


WAYS: dict[str, Any] = {
    "raise": _raise,
    "raise unspeakable": _raise_unspeakable,
    "recurse": _raise_without_end,
    "take memory": _take_memory,
    "exit": lambda: sys.exit("enough"),
    "exit at once": lambda: os._exit(3),
    "segfault": lambda: ctypes.string_at(0),
    "terminate": lambda: os.kill(os.getpid(), signal.SIGTERM),
    "sleep": lambda: time.sleep(3600),
    "hold": lambda: sum(range(10**12)),
    "print": _print,
    "fork": _fork,
    "start a thread": _start_a_thread,
    "start a process": _start_a_process,
    "close standard streams": _close_standard_streams,
    "close all": _close_all,
    "change the folder": _change_the_folder,
    "ignore signals": _ignore_signals,
    "limit recursion": _limit_recursion,
    "clear the environment": _clear_the_environment,
    "set the clock": _set_the_clock,
    "return a stranger": _return_a_stranger,
}


class Model:
    def predict(self, X: Any) -> Any:
        if isinstance(X, np.ndarray):
            return self.change(X)
        return WAYS[X]() or X if X in WAYS else X

    def change(self, X: Any) -> Any:
        """Return the sum of what came, and leave zeros."""
        total = X.sum(keepdims=True)
        with contextlib.suppress(ValueError):
            X[:] = 0
        return total
