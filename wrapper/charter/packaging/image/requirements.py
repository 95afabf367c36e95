"""What a model's folder asks to be installed, as arguments of pip. Nothing is installed here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from charter.component.loader import ENVIRONMENT_FILE
from charter.errors import StartError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_FILES = ("requirements.txt", "pyproject.toml", "setup.py")
CONDA = ("environment.yml", "environment.yaml", "conda.yml", "conda.yaml")
"""What conda's environments are called; they are not installed."""


def project(folder: Path, top: Path) -> Path:
    """Return the folder of the project that a model's folder is part of.

    It is the nearest one, from the model up to the top, with `.s2i/environment` or a file that
    says what to install; so a model in a folder of its own is installed without the repository
    around it.
    """
    folders = [folder, *folder.parents] if folder.is_relative_to(top) else [top]
    for each in folders:
        marks = (str(ENVIRONMENT_FILE), *_FILES, *CONDA)
        if each == top or any((each / mark).is_file() for mark in marks):
            return each
    return top


def arguments(folder: Path) -> list[str]:
    """Return what pip is told to install; empty where a project asks for nothing.

    Args:
        folder: of the project. requirements.txt comes before pyproject.toml, and that before
            setup.py; a pyproject.toml without a project holds the settings of tools.

    Raises:
        StartError: it has an environment of conda and nothing that pip reads.
    """
    found = next((name for name in _FILES if _asks(folder / name)), None)
    if found == _FILES[0]:
        return ["-r", str(folder / found)]
    if found:
        # Editable, so that the module is the one beside the contract, not a copy of it.
        return ["--editable", str(folder)]
    conda = next((name for name in CONDA if (folder / name).is_file()), None)
    if conda:
        raise StartError(
            f"{folder / conda}: environments of conda are not installed; write what it lists "
            f"under pip, and the other packages by their names on PyPI, into requirements.txt"
        )
    return []


def _asks(file: Path) -> bool:
    if not file.is_file():
        return False
    return (
        file.name != "pyproject.toml" or pyproject(file.read_text("utf-8", "replace")) is not None
    )


def pyproject(text: str) -> dict[str, Any] | None:
    """Return the project table of a pyproject.toml; `None` where it has settings of tools alone.

    The table is empty where it is Poetry's, or nothing that is TOML, of which pip says more.
    """
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
    project, tools = document.get("project"), document.get("tool")
    if isinstance(project, dict):
        return project
    return {} if isinstance(tools, dict) and "poetry" in tools else None
