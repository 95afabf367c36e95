"""Whether user code has forked this process: the copy must not answer as well."""

from __future__ import annotations

import logging
import os

logger = logging.getLogger(__name__)


class Forks:
    """Count how many forks lie between the process that made this and the one that asks.

    What is forked between two calls, as servers do with their workers, is no copy to be ended; what
    is forked while a call runs, and then returns from it, is one.
    """

    __slots__ = ("count",)

    def __init__(self) -> None:
        self.count = 0
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._note)

    def _note(self) -> None:
        self.count += 1

    def end_copy(self) -> None:
        """End this process, which user code has forked and let return."""
        logger.error("the model's code has forked a process and not ended it; it is ended here")
        os._exit(1)
