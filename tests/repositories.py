"""Folders under git, with a real git."""

from __future__ import annotations

import subprocess
from pathlib import Path

_WHO = ("-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, as somebody, and return what it prints."""
    command = ["git", "-C", str(folder), *_WHO, *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def committed(folder: Path) -> Path:
    """Make of a folder a repository with all of it in one commit, and return it."""
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "-m", "First")):
        git(folder, *words)
    return folder
