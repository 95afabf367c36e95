"""A model that hangs in the way that it is asked to; any other text comes back."""

import os
import signal
import time


def _sleep() -> None:
    time.sleep(3600)


def _hold_the_interpreter() -> None:
    # One C call that gives the interpreter to nobody.
    sum(range(10**12))


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


WAYS = {"sleep": _sleep, "hold": _hold_the_interpreter, "stop": _stop}


class Model:
    def predict(self, X: str) -> str:
        WAYS.get(X, int)()
        return X


class BlocksTheLoop:
    async def predict(self, X: str) -> str:
        WAYS.get(X, int)()
        return X
