"""What a project's own training needs, and running it. No model of the user's runs in here."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from charter.errors import StartError


def missing(modules: Sequence[str]) -> tuple[str, ...]:
    """Return those of some modules that are not installed."""
    return tuple(name for name in modules if importlib.util.find_spec(name) is None)


def requirement(package: str, least: str) -> str:
    """Return the line for requirements.txt of a package whose pickles only its like can read.

    Args:
        package: its name on the index.
        least: the version to ask for where it is not installed here.
    """
    try:
        major, minor = importlib.metadata.version(package).split(".")[:2]
    except importlib.metadata.PackageNotFoundError:
        return f"{package}>={least}"
    return f"{package}=={major}.{minor}.*"


def run(file: Path) -> None:
    """Run a project's `train.py` in its folder; what it prints is seen.

    Raises:
        StartError: it failed; it has said why itself.
    """
    done = subprocess.run([sys.executable, "-B", file.name], cwd=file.parent, check=False)  # noqa: S603
    if done.returncode:
        raise StartError(
            f"{file.name} ended with status {done.returncode}, as told above, and nothing was "
            f"written; --no-train writes the files without running it"
        )
