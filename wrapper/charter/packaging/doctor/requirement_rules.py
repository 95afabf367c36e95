"""Rules CH3xx: what the model imports against what requirements.txt installs."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from charter.contract.model import Dtype, Input
from charter.packaging.doctor import names, reading
from charter.packaging.doctor.code import Import
from charter.packaging.doctor.distributions import CHARTER, applies, parsed
from charter.packaging.doctor.environment_rules import SECRET_VALUE
from charter.packaging.doctor.folder import Folder
from charter.packaging.doctor.model import Found, Level, Rule
from charter.packaging.doctor.requirement_files import FILE, Asked, Kind

_SELDON = "seldon-core"
_GIVEN = ("", "__main__", "seldon_core")
"""Modules that are there without a requirement: Charter stands in for the last one."""
_GONE = {
    **dict.fromkeys(("asynchat", "asyncore", "distutils", "imp", "smtpd"), "3.12"),
    **dict.fromkeys(("cgi", "cgitb", "crypt", "imghdr", "pipes", "sndhdr", "telnetlib"), "3.13"),
}
"""Modules of Python, by the version that has them no more."""
_INDEXES = (
    *("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host"),
    "--no-index",
)


def _imports(folder: Folder) -> Iterator[tuple[str, Import, tuple[str, ...]]]:
    """Yield each import of the model from elsewhere, once, with what may bring it."""
    seen: set[str] = set()
    local = {module.name.partition(".")[0] for module in folder.modules.values()}
    for module in folder.modules.values():
        for found in module.imports:
            top = found.module.partition(".")[0]
            is_known = top in local or top in sys.stdlib_module_names or top in (*_GIVEN, *_GONE)
            full = _full(found)
            if is_known or found.is_optional or found.dots or full in seen:
                continue
            seen.add(full)
            yield module.path, found, names.providers(full, folder.installed.imports)


def _full(found: Import) -> str:
    """Return what tells one import from others: the top-level name, but for shared ones."""
    top = found.module.partition(".")[0]
    dotted = [found.module, *(f"{found.module}.{name}" for name in found.names)]
    known = next((name for name in dotted if name in names.DISTRIBUTIONS), "")
    return known or (found.module if top in ("google", "azure") else top)


def _is_covered(bring: tuple[str, ...], there: set[str]) -> bool:
    return any(name in there for name in bring)


def _there(folder: Folder) -> set[str]:
    """Return all distributions that the image has."""
    charter = parsed(CHARTER)
    own = [charter] if charter else []
    return set(folder.installed.closure([*folder.asking.requirements, *own]))


def _strangers(folder: Folder) -> list[str]:
    """Return the requirements of which nothing tells here what can be imported from them."""
    known = {name for listed in names.DISTRIBUTIONS.values() for name in listed}
    imported = {name for _, _, bring in _imports(folder) for name in bring}
    asked = {names.canonical(each.name) for each in folder.asking.requirements}
    strangers = asked - known - imported - folder.installed.known.keys() - names.NEEDS.keys()
    unnamed = [each.text for each in folder.asking.lines if each.requirement is None]
    places = [text for text in unnamed if not text.startswith("-") or "-e" in text]
    more = [] if folder.asking.is_whole else [folder.asking.path]
    return sorted([*strangers, *places, *more])


def _missing(folder: Folder) -> Iterator[Found]:
    if not _strangers(folder):
        yield from _uncovered(folder, "")


def _doubtful(folder: Folder) -> Iterator[Found]:
    strangers = _strangers(folder)
    if strangers:
        told = ", ".join(strangers[:3])
        yield from _uncovered(folder, f": it must come from one of {told}")


def _uncovered(folder: Folder, why: str) -> Iterator[Found]:
    there = _there(folder)
    for path, found, bring in _imports(folder):
        if not _is_covered(bring, there):
            file = folder.asking.path or folder.at_home(FILE)
            fix = f"Add {bring[0]} to {file}."
            yield Found(path, f"import {_full(found)}{why}", found.line, fix)


def _indirect(folder: Folder) -> Iterator[Found]:
    asked = {names.canonical(each.name) for each in folder.asking.requirements}
    for path, found, bring in _imports(folder):
        if _is_covered(bring, asked) or not _is_covered(bring, _there(folder)):
            continue
        via = _via(folder, bring)
        if via == CHARTER and bring[0] == CHARTER:
            continue
        fix = f"Add {bring[0]} to {folder.asking.path or folder.at_home(FILE)}."
        message = f"{_full(found)} comes with {via} alone"
        yield Found(path, message, found.line, fix)


def _via(folder: Folder, bring: tuple[str, ...]) -> str:
    for requirement in folder.asking.requirements:
        if _is_covered(bring, set(folder.installed.closure([requirement]))):
            return names.canonical(requirement.name)
    return CHARTER


def _unused(folder: Folder) -> Iterator[Found]:
    if not folder.modules or any(module.tree is None for module in folder.modules.values()):
        return
    needed = {name for asked in folder.pickled.values() for name in asked}
    if not needed and any(_UNPICKLES.search(each.text) for each in folder.modules.values()):
        return  # what a pickle needs is not known before it is there
    imported = {found.module for module in folder.modules.values() for found in module.imports}
    imported |= needed | _for_the_contract(folder)
    used = {
        name for module in imported for name in names.providers(module, folder.installed.imports)
    }
    texts = " ".join(module.text for module in folder.modules.values())
    for asked in _named(folder):
        name = names.canonical(asked.requirement.name) if asked.requirement else ""
        is_named = name in used or name in (CHARTER, _SELDON) or _word(name) in texts
        if name and not is_named:
            yield Found(asked.path, f"no file of the model imports {name}", asked.line)


def _for_the_contract(folder: Folder) -> set[str]:
    """Return the modules that Charter itself imports for what a contract says."""
    contract = folder.contract
    takes_frames = contract is not None and contract.input is Input.DATAFRAME
    takes_images = contract is not None and (
        contract.image is not None or any(each.dtype is Dtype.IMAGE for each in contract.features)
    )
    return {*(["pandas"] if takes_frames else []), *(["PIL"] if takes_images else [])}


def _for_pickles(folder: Folder) -> Iterator[Found]:
    """Find pickles of a package that the image will not have."""
    local = {module.name.partition(".")[0] for module in folder.modules.values()}
    there, strangers = _there(folder), _strangers(folder)
    for path, needed in folder.pickled.items():
        if folder.is_left_out(path) or strangers:
            continue
        for module in sorted(needed - local - sys.stdlib_module_names - {"", "__main__"}):
            bring = names.providers(module, folder.installed.imports)
            is_own = folder.at_home(f"{module}.py") in folder.files
            if not is_own and module not in _OLD and not _is_covered(bring, there):
                file = folder.asking.path or folder.at_home(FILE)
                fix = f"Add {bring[0]} to {file}, in the version that wrote the file."
                yield Found(path, f"made of {module}, which is not installed", fix=fix)


_UNPICKLES = re.compile(r"\b(?:joblib|pickle|cloudpickle|dill|torch)\.load|\bread_pickle\b")
# Names of Python 2, which pickles of protocol 2 write.
_OLD = ("copy_reg", "__builtin__", "exceptions")


def _word(name: str) -> str:
    return name.replace("-", "_")


def _named(folder: Folder) -> list[Asked]:
    return [each for each in folder.asking.lines if each.requirement is not None]


def _unpinned(folder: Folder) -> Iterator[Found]:
    for asked in folder.asking.lines:
        requirement = asked.requirement
        if asked.kind is Kind.NAMED and requirement and not requirement.specifier:
            name = names.canonical(requirement.name)
            known = folder.installed.known.get(name)
            fix = f"Write {name}=={known.version}, which is installed here." if known else ""
            if name not in (CHARTER, _SELDON):
                message = f"{requirement.name} has no version"
                yield Found(asked.path, message, asked.line, fix)


def _conflicts(folder: Folder) -> Iterator[Found]:
    lines = [each for each in _named(folder) if each.requirement and applies(each.requirement)]
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
    for asked in _named(folder):
        if asked.requirement is None or not applies(asked.requirement):
            continue
        for need in own:
            if _clash(need, asked.requirement):
                message = f"{asked.text}: Charter needs {need.name}{need.specifier}"
                yield Found(asked.path, message, asked.line, f"Write {need.name}{need.specifier}.")


def _seldon(folder: Folder) -> Iterator[Found]:
    for asked in _named(folder):
        if asked.requirement and names.canonical(asked.requirement.name) == _SELDON:
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
    for asked in _named(folder):
        name = names.canonical(asked.requirement.name) if asked.requirement else ""
        meant = names.NO_DISTRIBUTION.get(name)
        if meant:
            fix = f"Write {meant} in place of {name}."
            yield Found(asked.path, f"{name} names the import, not the package", asked.line, fix)
        elif name.replace("-", "_") in sys.stdlib_module_names:
            fix = f"Delete the line; Python has {name} already."
            yield Found(asked.path, f"{name} is part of Python", asked.line, fix)


def _relative(folder: Folder) -> Iterator[Found]:
    for module in folder.modules.values():
        for found in module.imports:
            if not found.dots or found.is_optional:
                continue
            written = "." * found.dots + found.module.removeprefix(module.package).lstrip(".")
            if not module.package:
                message = f"from {written} import …, and the file is in no package"
                fix = f"Write {written.lstrip('.')} without the dot." if written.strip(".") else ""
                yield Found(module.path, message, found.line, fix)
            elif not _is_there(found, folder):
                yield Found(module.path, f"from {written} import …: no such file", found.line)


def _is_there(found: Import, folder: Folder) -> bool:
    place = folder.at_home(found.module.replace(".", "/"))
    return folder.is_there(place) or folder.is_there(f"{place}.py")


def _gone(folder: Folder) -> Iterator[Found]:
    for module in folder.modules.values():
        for found in module.imports:
            top = found.module.partition(".")[0]
            if top in _GONE and not found.is_optional and not found.dots:
                message = f"{top} went with Python {_GONE[top]}"
                yield Found(module.path, message, found.line)


RULES = (
    Rule(
        "CH301",
        Level.ERROR,
        "import that no requirement brings",
        "The image has only what requirements.txt installs, so the import fails at the start.",
        "Add the package to requirements.txt.",
        _missing,
    ),
    Rule(
        "CH302",
        Level.NOTE,
        "import that comes along with another package",
        "It is there today because another package needs it, which may end with its next version.",
        "Add the package to requirements.txt.",
        _indirect,
    ),
    Rule(
        "CH303",
        Level.WARNING,
        "import that may be missing",
        "What some requirements bring cannot be known here, since they are not installed.",
        "Install the requirements here and check again, or add the package to requirements.txt.",
        _doubtful,
    ),
    Rule(
        "CH304",
        Level.NOTE,
        "requirement that no file imports",
        "It makes the image larger, unless another package needs it at run time.",
        "Delete the line if nothing needs it.",
        _unused,
    ),
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
        "Take them out, make them invalid, and give `s2i build -i pip.conf:/opt/venv`.",
        _credentials,
    ),
    Rule(
        "CH310",
        Level.WARNING,
        "index of packages in the requirements",
        "The image can then be built only where that index answers, and pip may mix both indexes.",
        "Give it at build time: EXTRA_INDEX_URL, or `s2i build -i pip.conf:/opt/venv`.",
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
    Rule(
        "CH317",
        Level.ERROR,
        "relative import that leads nowhere",
        "The model's file is imported by its bare name, so that a dot before a name means nothing.",
        "Import the other file by its name, without dots.",
        _relative,
    ),
    Rule(
        "CH318",
        Level.WARNING,
        "import of a module that newer Python lacks",
        "Images are made on Python 3.12 or newer, unless BASE_IMAGE says otherwise.",
        "Use what the documentation of Python names in its place.",
        _gone,
    ),
    Rule(
        "CH319",
        Level.ERROR,
        "pickle of a package that no requirement brings",
        "Loading it imports that package, so load() fails.",
        "Add the package to requirements.txt, in the version that wrote the file.",
        _for_pickles,
    ),
)
