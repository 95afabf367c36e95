"""What requirements.txt, pyproject.toml and setup.py ask for, each with its line."""

from __future__ import annotations

import ast
import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.requirements import Requirement

from charter.packaging.doctor import reading
from charter.packaging.doctor.distributions import parsed
from charter.packaging.image.requirements import CONDA, pyproject

FILE = "requirements.txt"
_OPTION = re.compile(r"(--?[a-zA-Z][\w-]*)(?:[ =]\s*|(?<=^-[rcefi]))(.*)")
_HASHES = re.compile(r"\s--(?:hash|config-settings|global-option)\b.*")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_VCS = re.compile(r"(?:git|hg|svn|bzr)\+\w+:")
_PATHS = ("./", "../", "/", "~", "file:")


class Kind(enum.Enum):
    """Say what a line asks for."""

    NAMED = "a distribution by name"
    URL = "a file of a web server"
    REPOSITORY = "a repository of version control"
    LOCAL = "a file or folder"
    OPTION = "an option of pip"
    BROKEN = "nothing that pip reads"


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold one line of a requirements file.

    Args:
        path: the file, relative to the folder that is checked.
        line: its number, from 1.
        text: what it says, without comment.
        kind: what it asks for.
        requirement: with its name, where that is known.
        option: the option's long or short name, with its dashes; "" for none.
        value: the option's, or the place of what is no distribution by name.
    """

    path: str
    line: int
    text: str
    kind: Kind
    requirement: Requirement | None = None
    option: str = ""
    value: str = ""

    @property
    def includes(self) -> bool:
        """Return whether it names another file of requirements or constraints."""
        return self.option in ("-r", "--requirement", "-c", "--constraint")

    @property
    def needs_sources(self) -> bool:
        """Return whether it may ask for a file or folder of the sources."""
        is_folder = self.option in ("-f", "--find-links") and "://" not in self.value
        return is_folder or self.kind in (Kind.LOCAL, Kind.BROKEN)


@dataclass(frozen=True, slots=True)
class Asking:
    """Hold all that a folder asks for.

    Args:
        path: the file that is installed, relative to the folder that is checked; "" for none.
        lines: what it says, with the files that it includes.
        missing: files that it includes and that are not there, with who includes them.
        is_whole: whether that is all; a setup.py may compute more.
        conda: the environment.yml that lies there; "" for none.
    """

    path: str = ""
    lines: tuple[Asked, ...] = ()
    missing: tuple[Asked, ...] = ()
    is_whole: bool = True
    conda: str = ""

    @property
    def named(self) -> tuple[Asked, ...]:
        """Return the lines that ask for something whose name is known."""
        return tuple(each for each in self.lines if each.requirement is not None)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Return the requirements that have a name."""
        return tuple(each.requirement for each in self.lines if each.requirement is not None)


def read(home: Path, root: Path) -> Asking:
    """Return what the folder of the model asks for; `root` is the folder that is checked."""
    conda = next((_shown(home / name, root) for name in CONDA if (home / name).is_file()), "")
    file = home / FILE
    if file.is_file():
        lines, missing = _read_file(file, root, frozenset())
        return Asking(_shown(file, root), tuple(lines), tuple(missing), conda=conda)
    for name, reader in (("pyproject.toml", _pyproject), ("setup.py", _setup)):
        if (home / name).is_file():
            found = reader(home / name)
            if found is not None:
                return _of_project(_shown(home / name, root), *found, conda)
    return Asking(conda=conda)


def _of_project(path: str, texts: list[str], is_whole: bool, conda: str) -> Asking:  # noqa: FBT001
    return Asking(path, tuple(parse_line(path, 0, text) for text in texts), (), is_whole, conda)


def _read_file(file: Path, root: Path, seen: frozenset[Path]) -> tuple[list[Asked], list[Asked]]:
    lines: list[Asked] = []
    missing: list[Asked] = []
    for asked in parse(_shown(file, root), reading.text(file)):
        lines.append(asked)
        if not asked.includes:
            continue
        inner = file.parent / asked.value
        if not reading.is_file(inner):
            missing.append(asked)
        elif inner.resolve() not in seen and asked.option in ("-r", "--requirement"):
            more = _read_file(inner, root, seen | {file.resolve()})
            lines += more[0]
            missing += more[1]
    return lines, missing


def _shown(file: Path, root: Path) -> str:
    try:
        return file.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return file.as_posix()


def parse(path: str, text: str) -> list[Asked]:
    """Return the lines of a requirements file, those that go on after `\\` as one."""
    return [parse_line(path, number, line) for number, line in _joined(text)]


def _joined(text: str) -> Iterator[tuple[int, str]]:
    start, held = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        start = start or number
        held += line.rstrip().removesuffix("\\")
        if line.rstrip().endswith("\\"):
            continue
        said = _COMMENT.sub("", held).strip()
        if said:
            yield start, said
        start, held = 0, ""
    if held.strip():
        yield start, _COMMENT.sub("", held).strip()


def parse_line(path: str, line: int, text: str) -> Asked:
    """Return what one line asks for."""
    option = _OPTION.fullmatch(text) if text.startswith("-") else None
    if text.startswith("-") and option is None:
        return Asked(path, line, text, Kind.OPTION, option=text)
    if option is not None:
        name, value = option[1], option[2].strip()
        if name in ("-e", "--editable"):
            return _placed(path, line, text, value, name)
        return Asked(path, line, text, Kind.OPTION, option=name, value=value)
    text = _HASHES.sub("", text)
    if _VCS.match(text) or text.startswith(_PATHS) or re.match(r"https?:|.*\.whl$", text):
        return _placed(path, line, text, text)
    requirement = parsed(text)
    if requirement is None:
        return Asked(path, line, text, Kind.BROKEN)
    if requirement.url:
        return _placed(path, line, text, requirement.url, requirement=requirement)
    return Asked(path, line, text, Kind.NAMED, requirement)


def _placed(
    path: str,
    line: int,
    text: str,
    place: str,
    option: str = "",
    requirement: Requirement | None = None,
) -> Asked:
    """Return a line that asks for something at a place."""
    kind = Kind.LOCAL
    if _VCS.match(place):
        kind = Kind.REPOSITORY
    elif re.match(r"https?:", place):
        kind = Kind.URL
    return Asked(path, line, text, kind, requirement or _named(place), option, place)


def _named(place: str) -> Requirement | None:
    """Return the requirement that a place names: `#egg=`, or the file name of a wheel."""
    egg = re.search(r"#egg=([\w.-]+)", place)
    wheel = re.match(r"([\w.]+)-[^-]+-.*\.whl", PurePosixPath(place.partition("#")[0]).name)
    name = egg or wheel
    return parsed(name[1]) if name else None


def _pyproject(file: Path) -> tuple[list[str], bool] | None:
    """Return the dependencies of a pyproject.toml and whether they are all; `None`: no project."""
    project = pyproject(reading.text(file))
    if project is None:
        return None
    found, dynamic = project.get("dependencies", []), project.get("dynamic", [])
    if not project or not isinstance(found, list) or not isinstance(dynamic, list):
        return [], False
    return [text for text in found if isinstance(text, str)], "dependencies" not in dynamic


def _setup(file: Path) -> tuple[list[str], bool] | None:
    """Return the `install_requires` of a setup.py where it is a plain list."""
    try:
        tree = ast.parse(reading.text(file))
    except (SyntaxError, ValueError):
        return [], False
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "install_requires":
            try:
                return [str(text) for text in ast.literal_eval(node.value)], True
            except (ValueError, TypeError):
                return [], False
    return [], False
