"""The description of a model's folder that all rules look at, read once. Runs no user code."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from charter.component import loader
from charter.contract.model import Contract
from charter.contract_file import read_contract
from charter.errors import StartError
from charter.packaging import git
from charter.packaging.doctor import (
    code,
    component_class,
    distributions,
    environment_file,
    ignoring,
    pickles,
    reading,
    requirement_files,
    walk,
)
from charter.packaging.doctor.code import Module
from charter.packaging.doctor.component_class import ComponentClass
from charter.packaging.doctor.distributions import Installed
from charter.packaging.doctor.dry_run import DryRun
from charter.packaging.doctor.environment_file import EnvironmentFile
from charter.packaging.doctor.ignoring import Ignore
from charter.packaging.doctor.requirement_files import Asking
from charter.packaging.git import WorkTree
from charter.packaging.image.requirements import project

MODEL_NAME = "MODEL_NAME"
ENVIRONMENT = loader.ENVIRONMENT_FILE.as_posix()
_MOST_HOPS = 8
_HEAD_BYTES = 256


@dataclass(frozen=True, slots=True)
class Model:
    """Say what is served, as far as the folder says it.

    Args:
        said: the value of MODEL_NAME, without quotes; "" where there is none.
        module: the dotted name of its module; "" where that is not known, or it is no Python.
        name: of the class.
        path: of its file, relative to the folder that is checked; "" where there is none yet.
        error: why nothing can be served; "" where it can.
        is_script: whether a file that is no Python is served.
    """

    said: str = ""
    module: str = ""
    name: str = ""
    path: str = ""
    error: str = ""
    is_script: bool = False


@dataclass(frozen=True, slots=True)
class Folder:
    """Describe the folder that becomes an image.

    Args:
        root: the folder that is checked.
        home: the folder of the model, which may be one below.
        files: its files; see `Walk`.
        heaps: folders that are not looked into; see `Walk`.
        texts: the content of some small files, see `Walk`, and the beginning of a script that is
            the model.
        executables: the files that may be executed.
        ignores: what each ignore file that is there leaves out, by its name.
        environments: the environment files, from the folder that is checked to the model's.
        asking: what the model's folder asks pip for.
        installed: what is installed here of it.
        model: what is served.
        modules: the Python files of the model by dotted name: its own and what it imports.
        others: the other Python files of the model's folder.
        pickled: the top-level modules that each pickle among the files asks for, by path.
        component: the class that is served; `None` where it is not found.
        contract: of the model; `None` where there is none, or it is wrong.
        contract_error: what is wrong with it; "" where it is right, or not there.
        work_tree: what git knows; `None` where it is no work tree.
        dry_run: how loading it went; `None` where that was not tried.
    """

    root: Path
    home: Path
    files: Mapping[str, int]
    heaps: Mapping[str, int]
    texts: Mapping[str, str]
    executables: frozenset[str]
    ignores: Mapping[str, Ignore]
    environments: tuple[EnvironmentFile, ...]
    asking: Asking
    installed: Installed
    model: Model
    modules: Mapping[str, Module]
    others: tuple[Module, ...]
    pickled: Mapping[str, frozenset[str]]
    component: ComponentClass | None
    contract: Contract | None
    contract_error: str
    work_tree: WorkTree | None
    dry_run: DryRun | None = None

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables that the image has of `.s2i/environment`; the first file wins."""
        return environment_file.values(reversed(self.environments))

    def at_home(self, name: str) -> str:
        """Return the path of a file of the model's folder, relative to the folder checked."""
        return _path(self.home / name, self.root)

    def is_left_out(self, path: str) -> bool:
        """Return whether an ignore file keeps a path out of the image."""
        return any(ignore.leaves_out(path) for ignore in self.ignores.values())

    def is_there(self, path: str) -> bool:
        """Return whether a path, relative to the folder checked, is a file or folder of it."""
        return path in self.files or any(name.startswith(f"{path}/") for name in self.files)


def read(root: Path) -> Folder:
    """Return the description of a folder.

    Args:
        root: an existing folder.
    """
    root = root.resolve()
    environments, home, said = _environments(root)
    found = walk.walk(root)
    is_made = bool(environment_file.values(environments).get("MAKE"))
    model, home = _model(root, home, said, is_made=is_made)
    modules = dict(_modules(model, home, root))
    asking = requirement_files.read(project(home, root), root)
    contract, contract_error = _contract(home)
    own = modules.get(model.module)
    return Folder(
        root=root,
        home=home,
        files=found.files,
        heaps=found.heaps,
        texts=_head(model, root) | found.texts,
        executables=found.executables,
        ignores=_ignores(root),
        environments=environments,
        asking=asking,
        installed=distributions.installed(asking.requirements),
        model=model,
        modules=modules,
        others=tuple(_others(home, root, found.files, modules)),
        pickled={name: pickles.modules(root / name) for name in found.files if pickles.kind(name)},
        component=component_class.find(model.name, own, modules) if own else None,
        contract=contract,
        contract_error=contract_error,
        work_tree=git.read(root),
    )


def _environments(root: Path) -> tuple[tuple[EnvironmentFile, ...], Path, str]:
    """Return the environment files, the folder of the model, and what MODEL_NAME says there."""
    found: list[EnvironmentFile] = []
    folder, said = root, ""
    for _ in range(_MOST_HOPS):
        said = ""
        file = folder / loader.ENVIRONMENT_FILE
        if file.is_file():
            text = reading.text(file, "utf-8")
            found.append(environment_file.parse(_path(file, root), text))
            said = found[-1].meant(MODEL_NAME)
        if not said or not reading.is_folder(folder / said) or (folder / said).resolve() == folder:
            break
        folder = (folder / said).resolve()
    return tuple(found), folder, said


def _model(root: Path, home: Path, said: str, *, is_made: bool) -> tuple[Model, Path]:
    """Return what is served, and the folder where it lies.

    Args:
        root: the folder that is checked.
        home: the folder that MODEL_NAME leads to.
        said: what it says there.
        is_made: whether `make` runs before the model is looked for, and may make it.
    """
    try:
        source = loader.find(said or ".", home)
    except StartError as error:
        return Model(said, error=error.message), home
    except OSError as error:  # a name that is too long
        return Model(said, error=(error.strerror or str(error)).lower()), home
    if source.script is not None:
        return Model(said, path=_path(source.script, root), is_script=True), source.folder
    file = _module_file(source.module, source.folder)
    if file is None and is_made:
        return Model(said, is_script=True), source.folder
    shown = _path(file, root) if file else ""
    return Model(said, source.module, source.name, shown), source.folder


def _head(model: Model, root: Path) -> dict[str, str]:
    """Return the beginning of a script that is the model by its path; line ends as they are."""
    if not (model.is_script and model.path):
        return {}
    with (root / model.path).open("rb") as opened:
        return {model.path: opened.read(_HEAD_BYTES).decode("utf-8", "replace")}


def _module_file(module: str, folder: Path) -> Path | None:
    place = folder.joinpath(*module.split("."))
    candidates = (place.with_suffix(".py"), place / "__init__.py")
    return next((path for path in candidates if path.is_file()), None)


def _modules(model: Model, home: Path, root: Path) -> Iterator[tuple[str, Module]]:
    """Yield the Python files of the model: its own, and what it imports of its folder in turn."""
    queue, seen = [model.module] if model.module and model.path else [], {model.module}
    while queue:
        name = queue.pop(0)
        path = _module_file(name, home)
        if path is None:
            continue
        module = code.parse(_path(path, root), name, reading.text(path))
        yield name, module
        for wanted in _wanted(module):
            is_ours = wanted.partition(".")[0] not in sys.stdlib_module_names
            if wanted not in seen and (is_ours or name == model.module):
                seen.add(wanted)
                queue.append(wanted)


def _wanted(module: Module) -> Iterator[str]:
    for found in module.imports:
        parts = found.module.split(".")
        yield from (".".join(parts[:length]) for length in range(1, len(parts) + 1))
        yield from (f"{found.module}.{name}" for name in found.names if name.isidentifier())


def _others(
    home: Path, root: Path, files: Mapping[str, int], modules: Mapping[str, Module]
) -> Iterator[Module]:
    start = _path(home, root)
    start = "" if start == "." else f"{start}/"
    known = {module.path for module in modules.values()}
    for name in files:
        if name.endswith(".py") and name.startswith(start) and name not in known:
            yield code.parse(name, "", reading.text(root / name))


def _contract(home: Path) -> tuple[Contract | None, str]:
    file = home / loader.CONTRACT_FILE
    if not file.is_file():
        return None, ""
    try:
        return read_contract(file), ""
    except StartError as error:
        return None, error.message.removeprefix(f"{file}: ")


def _ignores(root: Path) -> dict[str, Ignore]:
    files = [root / name for name in ignoring.NAMES if (root / name).is_file()]
    return {file.name: ignoring.parse(reading.text(file)) for file in files}


def _path(path: Path, root: Path) -> str:
    resolved = path if path.is_absolute() else root / path
    try:
        return resolved.relative_to(root).as_posix()
    except ValueError:
        return resolved.as_posix()
