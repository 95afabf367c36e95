"""From what the user names to an object: class, file, script, folder. User code runs here."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from charter import compat
from charter.errors import StartError

ENVIRONMENT_FILE = Path(".s2i", "environment")
CONTRACT_FILE = "contract.json"
SCRIPT = ("charter.runtimes.script", "Script")
"""The class that serves a file which is no Python."""
_MODEL_NAME = "MODEL_NAME"
_MAX_HOPS = 8


@dataclass(frozen=True, slots=True)
class Source:
    """Say where a model lies, before any of its code has run.

    Args:
        module: dotted name of the Python module.
        name: the attribute in it: a class, or an object ready to serve.
        folder: what joins `sys.path`.
        environment: the folder's `.s2i/environment`.
        script: the file that the class is to run, of a model in another language; `None`: the model
            is Python.
        variables: names of the variables that a script is to see, besides those of `environment`.
    """

    module: str
    name: str
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    script: Path | None = None
    variables: tuple[str, ...] = ()

    @property
    def contract(self) -> Path | None:
        """Return the contract beside the model, if there is one."""
        path = self.folder / CONTRACT_FILE
        return path if path.is_file() else None


def find(model: str, folder: Path | None = None) -> Source:
    """Return where a model lies.

    Args:
        model: `package.module:Class`; `Class` of the module with that name; `package.module.Class`;
            a `.py` file; another file that can be run, or whose first line names its interpreter;
            or a folder whose `.s2i/environment` names one of these as MODEL_NAME.
        folder: where to look; `None` means the current one.

    Raises:
        StartError: there is no such file, or the folder does not say what to serve.
    """
    return _find(model, folder or Path.cwd(), {}, _MAX_HOPS)


def _find(model: str, folder: Path, environment: Mapping[str, str], hops: int) -> Source:
    path = folder / model
    if path.is_dir():
        return _find_in_folder(path, environment, hops)
    if path.suffix == ".py":
        if not path.is_file():
            raise StartError(f"no file {str(path)!r}")
        return Source(path.stem, path.stem, path.parent.resolve(), environment)
    if path.is_file() and not (model.isidentifier() and path.with_suffix(".py").is_file()):
        return _find_script(path, folder, environment)
    module, name = _split(model)
    return Source(module, name, folder.resolve(), environment)


def _find_script(path: Path, folder: Path, environment: Mapping[str, str]) -> Source:
    try:
        with path.open("rb") as opened:
            names_interpreter = opened.read(2) == b"#!"
    except OSError as error:
        raise StartError(f"{path}: {(error.strerror or str(error)).lower()}") from error
    if not (names_interpreter or os.access(path, os.X_OK)):
        raise StartError(
            f"{path} is no .py file, and as a script it cannot be run: chmod +x it, or let its "
            f"first line name its interpreter, as in #!/bin/sh"
        )
    # In an image MODEL_NAME is the file itself, and what its folder sets the process has already.
    files = {folder / ENVIRONMENT_FILE, path.parent / ENVIRONMENT_FILE}
    variables = tuple(name for file in sorted(files) for name in read_environment(file))
    return Source(*SCRIPT, path.parent.resolve(), environment, path.resolve(), variables)


def _find_in_folder(folder: Path, environment: Mapping[str, str], hops: int) -> Source:
    file = folder / ENVIRONMENT_FILE
    found = read_environment(file)
    model = found.get(_MODEL_NAME) or _only_model(folder)
    if hops == 0:
        raise StartError(f"{file}: {_MODEL_NAME}={model} leads from folder to folder without end")
    return _find(model, folder, {**environment, **found}, hops - 1)


def _only_model(folder: Path) -> str:
    """Return the one file of a folder that looks like `Class.py`."""
    names = sorted(file.stem for file in folder.glob("[A-Z]*.py"))
    if len(names) == 1:
        return names[0]
    raise StartError(
        f"{folder} does not say what to serve: write MODEL_NAME=YourClass into "
        f"{folder / ENVIRONMENT_FILE}, or name the file: charter serve {folder}/YourClass.py"
    )


def read_environment(file: Path) -> dict[str, str]:
    """Return the variables of an s2i environment file; none where there is no such file.

    Raises:
        StartError: it cannot be read.
    """
    try:
        return parse_environment(file.read_text("utf-8")) if file.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"{file}: {error}") from error


def parse_environment(text: str) -> dict[str, str]:
    """Return the variables of an s2i environment file, as s2i reads it."""
    pairs = map(environment_pair, environment_lines(text))
    return dict(pair for pair in pairs if pair is not None)


def environment_lines(text: str) -> list[str]:
    """Return the lines of an s2i environment file; only a line feed ends one."""
    return text.split("\n")


def environment_pair(line: str) -> tuple[str, str] | None:
    """Return the name and the value in a line of an s2i environment file; `None`: s2i skips it.

    It is split at its first `=` and both sides are trimmed; quotes stay; `#` counts in the first
    column only; a line without `=` is skipped.
    """
    if "=" not in line or line.startswith("#"):
        return None
    name, _, value = line.partition("=")
    return name.strip(), value.strip()


def _split(model: str) -> tuple[str, str]:
    module, colon, name = model.partition(":")
    if not all(part.isidentifier() for part in [*module.split("."), *([name] if colon else [])]):
        raise StartError(
            f"{model!r} is no folder, no file, no name like DeepMnist or package.module:Class"
        )
    if colon:
        return module, name
    package, dot, last = model.rpartition(".")
    return (package, last) if dot else (model, model)


def create(source: Source, parameters: Mapping[str, Any], contract: str = "") -> object:
    """Import the user's module and return the object to serve.

    It may import the names of `seldon_core`, installed or not; see `charter.compat`.

    Args:
        source: where it lies; its folder joins the end of `sys.path`, so that a user's file never
            hides a library's module of the same name.
        parameters: keyword arguments of the class.
        contract: path of the contract that is kept, which only a script is given; "" for none.

    Raises:
        StartError: the module or the class is not there, or the parameters do not fit.
        Exception: whatever the user's code raises, untouched.
    """
    target = load_target(source)
    if not inspect.isclass(target):
        return target
    return construct(target, {**_of_script(source, contract), **parameters})


def _of_script(source: Source, contract: str) -> dict[str, Any]:
    """Return what the class that runs a script needs to know besides the user's parameters."""
    if source.script is None:
        return {}
    return {
        "command": str(source.script),
        "contract": contract,
        "variables": (*source.environment, *source.variables),
    }


def load_target(source: Source) -> Any:
    """Import the user's module and return the class or object that was named; raise as `create`."""
    compat.install()
    return _attribute(_import(source), source)


def construct(target: type, parameters: Mapping[str, Any]) -> object:
    """Return an object of the user's class; raise as `create`."""
    _check_parameters(target, parameters)
    return target(**parameters)


def _import(source: Source) -> ModuleType:
    folder = str(source.folder)
    if folder not in sys.path:
        sys.path.append(folder)
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(source.module)
    except ModuleNotFoundError as error:
        if error.name and f"{source.module}.".startswith(f"{error.name}."):
            raise StartError(_no_module(source)) from error
        raise
    _check_origin(module, source)
    return module


def _no_module(source: Source) -> str:
    files = ", ".join(sorted(file.name for file in source.folder.glob("*.py"))) or "none"
    made = "; a script that make builds has to be built first"
    hint = made if (source.folder / "Makefile").is_file() else ""
    return f"no module {source.module!r} in {source.folder} (its Python files: {files}){hint}"


def _check_origin(module: ModuleType, source: Source) -> None:
    """Refuse another module of the same name where the folder has the file that was meant."""
    wanted = source.folder.joinpath(*source.module.split("."))
    candidates = (wanted.with_suffix(".py"), wanted / "__init__.py")
    meant = next((file for file in candidates if file.is_file()), None)
    origin = getattr(module, "__file__", None)
    if meant and not (origin and meant.samefile(origin)):
        raise StartError(
            f"module {source.module!r} was found at {origin}, not at {meant}: "
            f"another module has this name; rename the file"
        )


def _attribute(module: ModuleType, source: Source) -> Any:
    if hasattr(module, source.name):
        return getattr(module, source.name)
    classes = [
        name
        for name, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__
    ]
    found = f"it has the classes {', '.join(classes)}" if classes else "it has no class"
    hint = f"; try {module.__name__}:{classes[0]}" if classes else ""
    raise StartError(f"module {module.__name__!r} has no {source.name!r}: {found}{hint}")


def _check_parameters(target: Callable[..., object], parameters: Mapping[str, Any]) -> None:
    try:
        inspect.signature(target).bind(**parameters)
    except ValueError:  # a class written in C has no signature; calling it will tell
        return
    except TypeError as error:
        name = getattr(target, "__name__", "the class")
        signature = inspect.signature(target).replace(return_annotation=inspect.Signature.empty)
        raise StartError(f"{name}{signature}: {error}") from error
