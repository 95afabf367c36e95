"""The rules of source-to-image about folders and texts; no engine here.

The section numbers are those of the steps of a build in `s2i.py`.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

SCRIPTS = ("assemble", "run", "save-artifacts")
DISPLAY_NAME = "io.k8s.display-name"
BUILD = "io.openshift.s2i.build."


class Refused(Exception):
    """Say what source-to-image does not build."""


def fetch(source: Path, target: Path, *, copy: bool, context_dir: str = "") -> dict[str, str]:
    """Put sources into a folder (step 1), and return the labels that say where they are from.

    A folder that is a git work tree is cloned at HEAD, unless a copy is asked for.
    """
    if copy or not (source / ".git").exists():
        shutil.copytree(source / context_dir, target, symlinks=True, dirs_exist_ok=True)
        return {f"{BUILD}source-location": str(source)}
    clone = target.with_name("clone")
    _git("clone", "--quiet", str(source), str(clone))
    shutil.copytree(clone / context_dir, target, symlinks=True, dirs_exist_ok=True)
    labels = {
        f"{BUILD}commit.{name}": _git("-C", str(clone), "log", "-1", f"--format={form}")
        for name, form in {
            "author": "%an <%ae>",
            "date": "%ad",
            "id": "%H",
            "message": "%s",
        }.items()
    }
    ref = _git("-C", str(clone), "rev-parse", "--abbrev-ref", "HEAD")
    shutil.rmtree(clone)
    found = {
        **labels,
        f"{BUILD}commit.ref": ref,
        f"{BUILD}source-location": str(source),
        f"{BUILD}source-context-dir": context_dir,
    }
    return {name: value for name, value in found.items() if value}


def _git(*words: str) -> str:
    command = ["git", *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def place_scripts(sources: Path, scripts: Path, given: Path | None) -> set[str]:
    """Put the user's own scripts beside the sources (steps 2 and 3); return their names.

    Args:
        sources: the scripts of its `.s2i/bin` are moved out.
        scripts: where they go.
        given: the folder of --scripts-url; its scripts come first.
    """
    scripts.mkdir(exist_ok=True)
    own = sources / ".s2i" / "bin"
    for name in SCRIPTS:
        if given is not None and (given / name).is_file():
            shutil.copy(given / name, scripts / name)
        elif (own / name).is_file():
            (own / name).rename(scripts / name)
        else:
            continue
        (scripts / name).chmod(0o755)
    return {path.name for path in scripts.iterdir()}


def ignore(sources: Path) -> None:
    """Remove what `.s2iignore` names (step 4)."""
    file = sources / ".s2iignore"
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    for path in ignored(sources, lines):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def ignored(sources: Path, lines: Iterable[str]) -> list[Path]:
    """Return what the lines of a `.s2iignore` leave out: globs from the root, not recursive."""
    found: set[Path] = set()
    for line in (line.strip(" ") for line in lines):
        if not line or line.startswith("#"):
            continue
        if line.startswith("!"):
            found -= {path for path in found if _matches(path.relative_to(sources), line[1:])}
        else:
            found |= set(sources.glob(line.strip("/")))
    return sorted(found)


def _matches(path: Path, pattern: str) -> bool:
    # match() alone takes a pattern for the end of a path.
    return len(path.parts) == len(PurePosixPath(pattern).parts) and path.match(pattern)


def environment(text: str) -> dict[str, str]:
    """Return the variables of a `.s2i/environment` (step 5)."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and name and not line.startswith("#"):
            found[name.strip()] = value.strip()
    return found


def variables(sources: Path, given: Iterable[str], files: Iterable[Path]) -> dict[str, str]:
    """Return the variables of a build (step 5): the sources' own, then -e, then -E."""
    file = sources / ".s2i" / "environment"
    found = environment(file.read_text("utf-8")) if file.is_file() else {}
    found |= environment("\n".join(given))
    for each in files:
        found |= environment(each.read_text("utf-8"))
    return found


def check_user(user: str, allowed: str) -> None:
    """Refuse a user outside --allowed-uids (step 6); "" allows all.

    Raises:
        Refused: the user is not a number, or in no range.
    """
    if not allowed:
        return
    number = user.partition(":")[0]
    if not re.fullmatch(r"\d+", number):
        raise Refused(f"user {number!r} must be numeric and within the range {allowed}")
    if not any(_is_within(int(number), part) for part in allowed.split(",")):
        raise Refused(f"user {number} must be within the range {allowed}")


def _is_within(number: int, part: str) -> bool:
    """Say whether a number is in `5`, `5-`, `-5` or `5-7`."""
    low, dash, high = part.partition("-")
    if not dash:
        return number == int(low)
    return int(low or 0) <= number and (not high or number <= int(high))


def packed(folder: Path) -> bytes:
    """Return a folder as the PAX tar that assemble gets (step 7); `.git` is never in it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for child in sorted(folder.iterdir()):
            tar.add(child, child.name, filter=_without_git)
    return buffer.getvalue()


def _without_git(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if ".git" in PurePosixPath(entry.name).parts else entry


def new_labels(metadata: Mapping[str, Sequence[Mapping[str, str]]]) -> dict[str, str]:
    """Return the labels of an `image_metadata.json` (step 9)."""
    return {name: value for each in metadata["labels"] for name, value in each.items()}


def artifacts(label: str) -> list[tuple[PurePosixPath, PurePosixPath]]:
    """Return what --runtime-image copies (step 11): paths, each with a folder below WORKDIR.

    Raises:
        Refused: there is none, or a path is of the wrong kind.
    """
    found = []
    for part in filter(None, label.split(";")):
        source, _, target = part.partition(":")
        if not source.startswith("/") or target.startswith(("/", "..")):
            raise Refused(f"{part}: needs an absolute source and a relative destination")
        found.append((PurePosixPath(source), PurePosixPath(target or ".")))
    if not found:
        raise Refused("no runtime artifacts to copy were specified")
    return found


def injected(source: Path, target: PurePosixPath) -> list[tuple[Path, PurePosixPath]]:
    """Return the files of an injection (step 13), each with its place in the container.

    The target of a folder gets what is in it; the target of a file is the file itself.
    """
    if source.is_file():
        return [(source, target)]
    files = sorted(path for path in source.rglob("*") if path.is_file())
    return [(file, target / file.relative_to(source).as_posix()) for file in files]


def packed_injections(files: Iterable[tuple[Path, PurePosixPath]]) -> bytes:
    """Return injected files as a tar from the root: everybody may write them, root owns them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for file, place in files:
            entry = tarfile.TarInfo(str(place.relative_to("/")))
            entry.size, entry.mode = file.stat().st_size, 0o666
            tar.addfile(entry, io.BytesIO(file.read_bytes()))
    return buffer.getvalue()


def packed_artifacts(folder: Path) -> bytes:
    """Return what goes into the runtime image as a tar (step 11): root owns it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for child in sorted(folder.iterdir()):
            tar.add(child, child.name, filter=_of_root)
    return buffer.getvalue()


def _of_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    if not entry.issym():
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o111 else 0o644
    return entry


def quoted(text: str) -> str:
    """Return a word of a Dockerfile in which nothing is expanded."""
    escaped = "".join(f"\\{letter}" if letter in '"\\$' else letter for letter in text)
    return f'"{escaped}"'
