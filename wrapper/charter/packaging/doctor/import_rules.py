"""Rules CH301 to CH304, CH317 to CH319: what the model imports, and what its pickles do."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from charter.contract.model import Dtype, Input
from charter.packaging.doctor import names
from charter.packaging.doctor.code import Import
from charter.packaging.doctor.distributions import CHARTER, parsed
from charter.packaging.doctor.folder import Folder
from charter.packaging.doctor.model import Found, Level, Rule
from charter.packaging.doctor.requirement_files import FILE

_GIVEN = ("", "__main__", "seldon_core")
"""Modules that are there without a requirement: Charter stands in for the last one."""
_GONE = {
    **dict.fromkeys(("asynchat", "asyncore", "distutils", "imp", "smtpd"), "3.12"),
    **dict.fromkeys(("cgi", "cgitb", "crypt", "imghdr", "pipes", "sndhdr", "telnetlib"), "3.13"),
}
"""Modules of Python, by the version that has them no more."""


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
        yield from _uncovered(folder, f": nothing known brings it; {told} may")


def _uncovered(folder: Folder, why: str) -> Iterator[Found]:
    there = _there(folder)
    for path, found, bring in _imports(folder):
        if not _is_covered(bring, there):
            file = folder.asking.path or folder.at_home(FILE)
            fix = f"Add {bring[0]} to {file}{_or_own(folder, found)}."
            yield Found(path, f"import {_full(found)}{why}", found.line, fix)


def _or_own(folder: Folder, found: Import) -> str:
    """Return what else may be right of a module that is not known to be anybody's package."""
    name = _full(found)
    is_known = name in names.DISTRIBUTIONS or name in folder.installed.imports or "." in name
    return "" if is_known else f"; or, if {name} is code of yours, {folder.at_home(name)}.py"


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
    for asked in folder.asking.named:
        name = names.canonical(asked.requirement.name) if asked.requirement else ""
        is_named = name in used or name in (CHARTER, names.SELDON) or _word(name) in texts
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
