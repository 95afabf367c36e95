"""What git knows of a folder. It is asked once, and is not needed."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class WorkTree:
    """Hold what git knows of a folder that is in a work tree.

    Args:
        changed: files that differ from HEAD, or are new, relative to the folder.
        tracked: files that git has.
        has_commit: whether there is a HEAD at all.
    """

    changed: tuple[str, ...] = ()
    tracked: frozenset[str] = frozenset()
    has_commit: bool = True


def read(folder: Path) -> WorkTree | None:
    """Return what git knows of a folder; `None` where it is no work tree, or there is no git."""
    prefix = _git(folder, "rev-parse", "--show-prefix")
    if prefix is None:
        return None
    status = _git(folder, "status", "--porcelain", "-z", "--untracked-files=all", "--", ".") or ""
    tracked = _git(folder, "ls-files", "-z", "--", ".") or ""
    head = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    start = prefix.strip("\n")
    changed = tuple(name.removeprefix(start) for name in _changed(status))
    names = frozenset(name for name in tracked.split("\0") if name)
    # A folder that git knows nothing of is a copy inside somebody else's work tree.
    return WorkTree(changed, names, head is not None) if names or not start else None


def _changed(status: str) -> list[str]:
    """Return the names of `git status -z`; a rename is followed by its old name."""
    entries = [entry for entry in status.split("\0") if entry]
    found: list[str] = []
    skips = False
    for entry in entries:
        if skips:
            skips = False
            continue
        found.append(entry[3:])
        skips = entry[0] in "RC"
    return found


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours
            ["git", "-C", str(folder), "-c", "core.fsmonitor=false", *words],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
