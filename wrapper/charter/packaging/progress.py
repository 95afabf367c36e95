"""What an engine writes while it builds, with the step it is at below it on a terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Classic docker: "Step 3/40 : RUN …"; podman and buildah: "[2/3] STEP 3/14: RUN …";
# BuildKit: "#12 [build  3/14] RUN …"; s2i's assemble: "---> Installing …".
_STEP = re.compile(
    r"(?:\[\d+/\d+\] )?step (\d+)/(\d+) ?: (.*)|#\d+ \[(?:\S+ +)?(\d+)/(\d+)\] (.*)", re.IGNORECASE
)
_PHASE = re.compile(r"---> ([A-Z][a-z].*)")
_LONGEST = 60


def step(line: str) -> str:
    """Return what an engine is doing, in a few words, when a line says so; else ""."""
    found = _STEP.match(line)
    if found:
        number, count, what = (found[group] or found[group + 3] for group in (1, 2, 3))
        return f"step {number} of {count}: {_cut(' '.join(what.split()))}"
    phase = _PHASE.match(line)
    # Docker tells its cache in the same form.
    return _cut(phase[1]) if phase and phase[1] != "Using cache" else ""


@contextmanager
def shown() -> Iterator[Callable[[str], None] | None]:
    """Give what takes the lines of an engine; `None` where output is no terminal."""
    if not sys.stdout.isatty():
        yield None
        return
    from rich.console import Console
    from rich.text import Text

    console = Console()
    with console.status("") as status:

        def take(line: str) -> None:
            console.print(Text(line, style="dim"), soft_wrap=True)
            words = step(line)
            if words:
                status.update(Text(words))

        yield take


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
