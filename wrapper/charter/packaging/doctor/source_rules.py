"""Rules CH1xx: the source: its syntax, the names of its files, what git has of it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator

from charter.errors import shown
from charter.packaging.doctor import names
from charter.packaging.doctor.code import Module
from charter.packaging.doctor.distributions import CHARTER, parsed
from charter.packaging.doctor.folder import Folder
from charter.packaging.doctor.model import Found, Level, Rule

_MOST_TOLD = 5


def _syntax_of_model(folder: Folder) -> Iterator[Found]:
    yield from _syntax(folder.modules.values())


def _syntax_of_others(folder: Folder) -> Iterator[Found]:
    yield from _syntax(folder.others)


def _syntax(modules: Iterable[Module]) -> Iterator[Found]:
    for module in modules:
        if module.error is not None:
            line = module.error.lineno or 0
            yield Found(module.path, f"not Python: {module.error.msg}", line)


def _tabs(folder: Folder) -> Iterator[Found]:
    for module in folder.modules.values():
        starts = {
            line[:1]: number
            for number, line in reversed(list(enumerate(module.text.splitlines(), 1)))
            if line.strip()
        }
        if module.tree is not None and "\t" in starts and " " in starts:
            message = f"indented by tabs here and by spaces in line {starts[' ']}"
            yield Found(module.path, message, starts["\t"])


def _hidden(folder: Folder) -> Iterator[Found]:
    """Find files of the model whose name is taken by what comes before them on the path."""
    own = {module.name.partition(".")[0]: module for module in folder.modules.values()}
    brought = _brought(folder)
    for name, module in own.items():
        if name in sys.stdlib_module_names:
            yield Found(module.path, f"Python has a module {name!r} of its own, which comes first")
        elif name in brought:
            message = f"{brought[name]} brings a module {name!r}, which comes first"
            yield Found(module.path, message)


def _brought(folder: Folder) -> dict[str, str]:
    """Return the distribution of each top-level module that the image has."""
    charter = parsed(CHARTER)
    asked = [*folder.asking.requirements, *([charter] if charter else [])]
    there = set(folder.installed.closure(asked))
    found = {
        module: names.canonical(distributions[0])
        for module, distributions in folder.installed.imports.items()
        if names.canonical(distributions[0]) in there
    }
    for module, distributions in names.DISTRIBUTIONS.items():
        brings = next((each for each in distributions if each in there), None)
        if brings and "." not in module:
            found.setdefault(module, brings)
    for name in there:
        found.setdefault(name, name)
    return found


def _uncommitted(folder: Folder) -> Iterator[Found]:
    tree = folder.work_tree
    if tree is None:
        return
    changed = [name for name in tree.changed if not folder.is_left_out(name)]
    if changed:
        more = f" and {len(changed) - _MOST_TOLD} more" if len(changed) > _MOST_TOLD else ""
        told = ", ".join(changed[:_MOST_TOLD])
        yield Found(".", f"{len(changed)} not as in the last commit: {told}{more}")


def _untracked(folder: Folder) -> Iterator[Found]:
    """Find files of the model that git is told to ignore, so that a clone lacks them."""
    tree = folder.work_tree
    if tree is None:
        return
    needed = [module.path for module in folder.modules.values()]
    texts = {text for module in folder.modules.values() for text in strings(module)}
    needed += [name for name in folder.files if name.rpartition("/")[2] in texts]
    new = set(tree.changed)
    for name in dict.fromkeys(needed):
        if name not in tree.tracked and name not in new:
            yield Found(name, f"the model uses it, and .gitignore leaves it out: {shown(name)}")


def strings(module: Module) -> Iterator[str]:
    """Yield the last parts of what a module writes as text, which may be names of files."""
    for node in ast.walk(module.tree) if module.tree else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            last = node.value.rpartition("/")[2]
            if last:
                yield last


RULES = (
    Rule(
        "CH101",
        Level.ERROR,
        "syntax error in the model's code",
        "A file that is not Python cannot be imported, so the service never starts.",
        "Mend the line; `python -m py_compile FILE` says whether it is right.",
        _syntax_of_model,
    ),
    Rule(
        "CH102",
        Level.WARNING,
        "syntax error in another Python file",
        "The model does not import it, but the image has it and whoever runs it will fail.",
        "Mend the line, or leave the file out by .s2iignore and .dockerignore.",
        _syntax_of_others,
    ),
    Rule(
        "CH103",
        Level.WARNING,
        "tabs and spaces mixed",
        "Python refuses a block that mixes both, and editors show it wrongly.",
        "Indent by spaces everywhere; `expand -t 4` or the editor does it.",
        _tabs,
    ),
    Rule(
        "CH104",
        Level.ERROR,
        "file has the name of a library",
        "The model's folder is searched last, so the import gets the library and not this file.",
        "Rename the file, and MODEL_NAME and the imports with it.",
        _hidden,
    ),
    Rule(
        "CH105",
        Level.WARNING,
        "changes that are not committed",
        "s2i clones the last commit of a git folder, so the image lacks what is not committed.",
        "Commit, or build with `s2i build --copy`.",
        _uncommitted,
    ),
    Rule(
        "CH106",
        Level.WARNING,
        "file of the model that git ignores",
        "s2i clones a git folder, and a clone has no files that git ignores.",
        "Take it out of .gitignore and commit it, or build with `s2i build --copy`.",
        _untracked,
    ),
)
