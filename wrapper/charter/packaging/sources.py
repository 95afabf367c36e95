"""What a model's folder says of its image: variables, model, contract, what is installed first.

No code of the user runs here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from charter.component import loader
from charter.errors import StartError, shown
from charter.packaging.doctor import reading, requirement_files
from charter.packaging.image.model import find
from charter.packaging.image.requirements import arguments, project

WHEELS = "whl"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
# Others mean something to COPY or to the shell of RUN.
_PLAIN = re.compile(r"[\w./ +=,@-]+")
_HINTS = {
    "export ": "; leave the word export out",
    "\ufeff": "; save the file as UTF-8 without a byte order mark",
}


@dataclass(frozen=True, slots=True)
class Sources:
    """Hold what is known of a folder before it is built.

    Args:
        folder: of the sources.
        environment: the variables of the image.
        model: what the image serves, as MODEL_NAME has it.
        contract: the file beside the model; `None` for none.
        first: files that pip needs to install the requirements, relative to the folder, and
            requirements.txt before those that it includes; empty where that needs all sources, or
            a name has signs that a Dockerfile takes for more than a name.
        ignored: lines of `.s2iignore`.
        scripts: names of the scripts in `.s2i/bin`.
    """

    folder: Path
    environment: Mapping[str, str]
    model: str
    contract: Path | None
    first: tuple[str, ...]
    ignored: tuple[str, ...]
    scripts: frozenset[str]

    @property
    def wheels(self) -> bool:
        """Return whether the folder brings wheels."""
        return (self.folder / WHEELS).is_dir()


def read(folder: Path, chosen: Mapping[str, str]) -> Sources:
    """Return what a folder says.

    Args:
        folder: of the sources.
        chosen: variables that come before those of its `.s2i/environment`.

    Raises:
        StartError: there is no such folder, or it does not say what to serve.
    """
    if not folder.is_dir():
        raise StartError(f"{str(folder)!r} is no folder; expected the one that has the model")
    environment = {**loader.read_environment(folder / loader.ENVIRONMENT_FILE), **chosen}
    for name, value in environment.items():
        _check_variable(name, value)
    model = environment.get("MODEL_NAME") or ""
    found = find(model, folder)
    return Sources(
        folder,
        environment,
        model or found.name,
        found.contract,
        _first(folder.resolve(), found),
        _lines(folder / ".s2iignore"),
        frozenset(path.name for path in (folder / ".s2i" / "bin").glob("*")),
    )


def variables(given: tuple[str, ...]) -> dict[str, str]:
    """Return what `--env NAME=VALUE` was given.

    Raises:
        StartError: one has no `=`.
    """
    for text in given:
        if "=" not in text:
            raise StartError(f"--env: expected NAME=VALUE, got {shown(text)}")
    pairs = [text.partition("=") for text in given]
    return {name.strip(): value for name, _, value in pairs}


def _check_variable(name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        hint = next((hint for start, hint in _HINTS.items() if name.startswith(start)), "")
        raise StartError(
            f"variable {shown(name)} in .s2i/environment or --env: expected a name of letters, "
            f"digits and _{hint}"
        )
    if "\n" in value:
        raise StartError(f"variable {name}: expected one line, got {shown(value)}")


def _first(folder: Path, found: loader.Source) -> tuple[str, ...]:
    wanted = arguments(project(found.folder, folder))
    if wanted[:1] != ["-r"]:
        return ()
    files: list[Path] = []
    if not _collect(Path(wanted[1]), folder, files):
        return ()
    names = tuple(file.relative_to(folder).as_posix() for file in files)
    return names if all(_PLAIN.fullmatch(name) for name in names) else ()


def _collect(file: Path, folder: Path, files: list[Path]) -> bool:
    """Add a file and those that it includes; return whether they are all that pip needs."""
    file = file.resolve()
    if file in files:
        return True
    if not file.is_file() or not file.is_relative_to(folder):
        return False
    files.append(file)
    for asked in requirement_files.parse(file.name, reading.text(file)):
        if asked.includes and "://" not in asked.value:
            if not _collect(file.parent / asked.value, folder, files):
                return False
        elif asked.needs_sources:
            return False
    return True


def _lines(file: Path) -> tuple[str, ...]:
    if not file.is_file():
        return ()
    lines = [line.strip() for line in file.read_text("utf-8", "replace").splitlines()]
    return tuple(line for line in lines if line and not line.startswith("#"))
