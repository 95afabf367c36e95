"""Rules CH305 to CH316: the lines of requirements.txt, each for itself and against others."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from charter.packaging.doctor import names, reading
from charter.packaging.doctor.distributions import CHARTER, applies, parsed
from charter.packaging.doctor.folder import Folder
from charter.packaging.doctor.model import Found, Level, Rule
from charter.packaging.doctor.requirement_files import Asked, Kind
from charter.packaging.image.credentials import SECRET_VALUE

_INDEXES = (
    *("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host"),
    "--no-index",
)


def _unpinned(folder: Folder) -> Iterator[Found]:
    for asked in folder.asking.lines:
        requirement = asked.requirement
        if asked.kind is Kind.NAMED and requirement and not requirement.specifier:
            name = names.canonical(requirement.name)
            known = folder.installed.known.get(name)
            fix = f"Write {name}=={known.version}, which is installed here." if known else ""
            if name not in (CHARTER, names.SELDON):
                message = f"{requirement.name} has no version"
                yield Found(asked.path, message, asked.line, fix)


def _conflicts(folder: Folder) -> Iterator[Found]:
    lines = [each for each in folder.asking.named if each.requirement and applies(each.requirement)]
    for first, second in itertools.combinations(lines, 2):
        assert first.requirement is not None
        assert second.requirement is not None
        if _clash(first.requirement, second.requirement):
            message = f"{second.text} cannot hold together with {first.text}"
            where = f" of line {first.line}" if first.line else ""
            yield Found(second.path, message + where, second.line)


def _clash(first: Requirement, second: Requirement) -> bool:
    is_same = names.canonical(first.name) == names.canonical(second.name)
    return is_same and not can_hold(first.specifier & second.specifier)


def can_hold(specifiers: SpecifierSet) -> bool:
    """Return whether some version fits all specifiers.

    If any does, then one of those that are named, or the next one above, or the very first.
    """
    named = [specifier.version.removesuffix(".*") for specifier in specifiers]
    named = [text for text in named if re.fullmatch(r"[\w.!+-]+", text)]
    bases = [Version(text) for text in named if _is_version(text)]
    candidates = [
        Version("0"),
        *bases,
        *(Version(f"{base.public}.0.0.1") for base in _final(bases)),
    ]
    return any(specifiers.contains(version, prereleases=True) for version in candidates)


def _final(versions: list[Version]) -> list[Version]:
    return [version for version in versions if version.public == version.base_version]


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except ValueError:
        return False
    return True


def _against_charter(folder: Folder) -> Iterator[Found]:
    charter = folder.installed.known.get(CHARTER)
    needs = [parsed(text) for text in charter.needs] if charter else []
    own = [need for need in needs if need is not None and applies(need)]
    for asked in folder.asking.named:
        if asked.requirement is None or not applies(asked.requirement):
            continue
        for need in own:
            if _clash(need, asked.requirement):
                message = f"{asked.text}: Charter needs {need.name}{need.specifier}"
                yield Found(asked.path, message, asked.line, f"Write {need.name}{need.specifier}.")


def _seldon(folder: Folder) -> Iterator[Found]:
    for asked in folder.asking.named:
        if asked.requirement and names.canonical(asked.requirement.name) == names.SELDON:
            yield Found(asked.path, f"{asked.text}: the package that Charter replaces", asked.line)


def _indexes(folder: Folder) -> Iterator[Found]:
    for asked in folder.asking.lines:
        if asked.option in _INDEXES and not SECRET_VALUE.search(asked.value):
            yield Found(asked.path, f"{asked.option} {asked.value}".rstrip(), asked.line)


def _credentials(folder: Folder) -> Iterator[Found]:
    for asked in folder.asking.lines:
        if SECRET_VALUE.search(asked.text):
            what = asked.option or "a requirement"
            yield Found(asked.path, f"{what} has a user name and password, or a key", asked.line)


def _local(folder: Folder) -> Iterator[Found]:
    for asked in folder.asking.lines:
        if asked.kind is not Kind.LOCAL or _is_in_image(asked, folder):
            continue
        yield Found(asked.path, f"{asked.value}: not in the folder that is built", asked.line)


def _is_in_image(asked: Asked, folder: Folder) -> bool:
    place = asked.value.removeprefix("file://").removeprefix("file:").partition("#")[0]
    place = re.sub(r"\[[\w,-]*\]$", "", place)
    if place.startswith("/whl/"):  # what the builder is given for builds without an index
        return True
    path = (folder.home / place).resolve()
    is_there = reading.is_file(path) or reading.is_folder(path)
    return path.is_relative_to(folder.root) and is_there


def _repositories(folder: Folder) -> Iterator[Found]:
    for asked in folder.asking.lines:
        if asked.kind is Kind.REPOSITORY:
            place = re.sub(r"://[^/@\s]*@", "://", asked.value)
            yield Found(asked.path, f"{place}: the builder image has no git", asked.line)


def _broken(folder: Folder) -> Iterator[Found]:
    for asked in folder.asking.lines:
        if asked.kind is Kind.BROKEN:
            yield Found(asked.path, f"pip does not understand {asked.text!r}", asked.line)


def _no_file(folder: Folder) -> Iterator[Found]:
    for asked in folder.asking.missing:
        yield Found(asked.path, f"{asked.text}: no such file", asked.line)


def _conda(folder: Folder) -> Iterator[Found]:
    if folder.asking.conda and not folder.asking.path:
        yield Found(folder.asking.conda, "conda's file alone, which is not installed")


def _misnamed(folder: Folder) -> Iterator[Found]:
    for asked in folder.asking.named:
        name = names.canonical(asked.requirement.name) if asked.requirement else ""
        meant = names.NO_DISTRIBUTION.get(name)
        if meant:
            fix = f"Write {meant} in place of {name}."
            yield Found(asked.path, f"{name} names the import, not the package", asked.line, fix)
        elif name.replace("-", "_") in sys.stdlib_module_names:
            fix = f"Delete the line; Python has {name} already."
            yield Found(asked.path, f"{name} is part of Python", asked.line, fix)


RULES = (
    Rule(
        "CH305",
        Level.WARNING,
        "requirement of any version",
        "Each build takes the newest version, so that tomorrow's image may behave otherwise.",
        "Write the version that you tested, such as numpy==2.1.3, or at least a lower bound.",
        _unpinned,
    ),
    Rule(
        "CH306",
        Level.ERROR,
        "requirements that contradict each other",
        "pip finds no version that fits both and ends the build.",
        "Keep one of the two lines.",
        _conflicts,
    ),
    Rule(
        "CH307",
        Level.ERROR,
        "requirement that contradicts Charter's own",
        "Charter is installed in the same environment, so no version can fit both.",
        "Write a version that Charter allows too.",
        _against_charter,
    ),
    Rule(
        "CH308",
        Level.ERROR,
        "seldon-core in the requirements",
        "It comes before Charter's stand-in, needs an old protobuf, and does not start beside it.",
        "Delete the line; Charter is in the image and `import seldon_core` goes on working.",
        _seldon,
    ),
    Rule(
        "CH309",
        Level.ERROR,
        "credentials in the requirements",
        "The file is in the image, and in git, for everybody who has either.",
        "Take them out, make them invalid, and give `s2i build -i FOLDER_OF_PIP_CONF:/opt/venv`.",
        _credentials,
    ),
    Rule(
        "CH310",
        Level.WARNING,
        "index of packages in the requirements",
        "The image can then be built only where that index answers, and pip may mix both indexes.",
        "Give it at build time: EXTRA_INDEX_URL, or `s2i build -i FOLDER_OF_PIP_CONF:/opt/venv`.",
        _indexes,
    ),
    Rule(
        "CH311",
        Level.ERROR,
        "requirement of a file that the image lacks",
        "Only the folder that is built is sent to the builder.",
        "Put the package into the folder, as a wheel in whl/, or name it with its version.",
        _local,
    ),
    Rule(
        "CH312",
        Level.ERROR,
        "requirement of a repository",
        "The builder image has no git, which pip needs for it.",
        "Build a wheel of it and put it into whl/, or name the archive: https://….zip.",
        _repositories,
    ),
    Rule(
        "CH313",
        Level.ERROR,
        "line that is no requirement",
        "pip ends the build at the first line that it does not understand.",
        "Write name, then version, as in numpy>=1.26.",
        _broken,
    ),
    Rule(
        "CH314",
        Level.ERROR,
        "included file is missing",
        "pip ends the build where a file of -r or -c is not there.",
        "Add the file, or delete the line.",
        _no_file,
    ),
    Rule(
        "CH315",
        Level.ERROR,
        "environment.yml only",
        "Images are made with pip, which does not read conda's file.",
        "Write what it lists, by the names on PyPI, into requirements.txt.",
        _conda,
    ),
    Rule(
        "CH316",
        Level.ERROR,
        "requirement named after a module",
        "There is no such package, or somebody else's, which is worse.",
        "Write the name of the package, not of the import.",
        _misnamed,
    ),
)
