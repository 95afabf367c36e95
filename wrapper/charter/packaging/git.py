"""What git knows of a folder. It is asked once, and is not needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from charter.packaging import processes


@dataclass(frozen=True, slots=True)
class WorkTree:
    """Hold what git knows of a folder that is in a work tree.

    Args:
        changed: files that differ from HEAD, or are new, relative to the folder.
        tracked: files that git has.
        commit: that HEAD is at; "" where there is none yet.
    """

    changed: tuple[str, ...] = ()
    tracked: frozenset[str] = frozenset()
    commit: str = ""

    @property
    def label(self) -> str:
        """Return the commit, with `-dirty` where files differ from it; "" for none."""
        return f"{self.commit}-dirty" if self.commit and self.changed else self.commit


def read(folder: Path) -> WorkTree | None:
    """Return what git knows of a folder; `None` where it is no work tree, or there is no git."""
    prefix = _git(folder, "rev-parse", "--show-prefix")
    if prefix is None:
        return None
    status = _git(folder, "status", "--porcelain", "-z", "--untracked-files=all", "--", ".") or ""
    tracked = _git(folder, "ls-files", "-z", "--", ".") or ""
    head = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD") or ""
    start = prefix.strip("\n")
    changed = tuple(name.removeprefix(start) for name in _changed(status))
    names = frozenset(name for name in tracked.split("\0") if name)
    # A folder that git knows nothing of is a copy inside somebody else's work tree.
    return WorkTree(changed, names, head.strip()) if names or not start else None


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
    # The folder's own settings could name a program that watches its files.
    said = processes.ask(["git", "-C", str(folder), "-c", "core.fsmonitor=false", *words])
    return None if said.status else said.text
