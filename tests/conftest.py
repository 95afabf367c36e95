"""What holds for every test."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# How long one example takes says more of what else runs on the machine than of the code.
settings.register_profile("charter", deadline=None)
settings.load_profile("charter")


@pytest.fixture(autouse=True, scope="session")
def signals_as_on_a_terminal() -> None:
    """Let what the tests start act on Ctrl-C and on a closed terminal.

    Under nohup, and in the background of a shell script, these are ignored, and that is inherited.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def environment_as_it_was() -> Iterator[None]:
    """Take back what a model's folder has added to the environment of this process."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
