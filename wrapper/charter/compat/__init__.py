"""Make the import names of Seldon Core's Python package importable without it.

The files in `names/` are no modules of Charter. They run under the `seldon_core` names of `FILES`,
when user code imports these, so that a class of theirs says `seldon_core.user_model` where it comes
from: in pickles, in tracebacks, and to whoever compares. An installed original is found first, and
then everything is its own.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, MappingProxyType, ModuleType
from typing import Any

PACKAGE = "seldon_core"
NAMES = Path(__file__).parent / "names"
FILES: Mapping[str, str] = MappingProxyType(
    {
        "seldon_core": "package.py",
        "seldon_core._conversions": "conversions.py",
        "seldon_core._flask_client": "flask_client.py",
        "seldon_core._held": "held.py",
        "seldon_core.env_utils": "variables.py",
        "seldon_core.flask_utils": "flask_utils.py",
        "seldon_core.metrics": "metrics.py",
        "seldon_core.microservice": "microservice.py",
        "seldon_core.proto": "proto.py",
        "seldon_core.proto.prediction_pb2": "prediction_pb2.py",
        "seldon_core.proto.prediction_pb2_grpc": "prediction_pb2_grpc.py",
        "seldon_core.seldon_client": "seldon_client.py",
        "seldon_core.storage": "storage.py",
        "seldon_core.user_model": "user_model.py",
        "seldon_core.utils": "replies.py",
        "seldon_core.version": "version.py",
        "seldon_core.wrapper": "wrapper.py",
    }
)
"""The modules there are, each with its file in `NAMES`."""

# Python's function that asks finders for an import; `importlib.util.find_spec` asks them as well,
# and wants `None`. Were it called otherwise one day, Python's shorter message would be raised.
_IMPORTING = "_find_and_load_unlocked"
_PACKAGES = frozenset({"seldon_core", "seldon_core.proto"})
_INSTALLING = threading.Lock()


def install() -> None:
    """Make `seldon_core` importable in this process, where the original is not installed.

    Charter does it before it imports a model. Call it in tests and notebooks that import a model,
    or `seldon_core` itself, on their own. It may be called again, from any thread.
    """
    with _INSTALLING:
        if not any(isinstance(finder, Finder) for finder in sys.meta_path):
            sys.meta_path.append(Finder())


class Finder:
    """Find the modules of `FILES`; an entry of `sys.meta_path`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to load a module.

        Returns:
            `None` where the module is not of `seldon_core`, Charter does not have it, or the
            original's package is in use.

        Raises:
            ModuleNotFoundError: an import asks for a module that Charter does not have. It is what
                Python raises too, and says more.
        """
        package, _, _ = fullname.partition(".")
        if package != PACKAGE or (fullname != PACKAGE and not _is_ours(sys.modules.get(package))):
            return None
        if fullname not in FILES:
            if sys._getframe(2).f_code.co_name == _IMPORTING:
                raise ModuleNotFoundError(_no_module(fullname), name=fullname)
            return None
        file = str(NAMES / FILES[fullname])
        spec = ModuleSpec(fullname, _Loader(fullname, file), origin=file)
        spec.has_location = True
        # A package by having a path, and an empty one: only this finder knows what is in it.
        spec.submodule_search_locations = [] if fullname in _PACKAGES else None
        return spec


class _Loader(SourceFileLoader):
    def exec_module(self, module: ModuleType) -> None:
        """Run the file; afterwards an import of what it does not have says so."""
        super().exec_module(module)
        vars(module).setdefault("__getattr__", functools.partial(_missing, module))


def _is_ours(package: ModuleType | None) -> bool:
    """Return whether a package is no original: ours, or any folder that has its name."""
    spec = getattr(package, "__spec__", None)
    return isinstance(spec, ModuleSpec) and (
        isinstance(spec.loader, _Loader) or not spec.has_location
    )


def _missing(module: ModuleType, name: str) -> Any:
    """Refuse an attribute as every module does, but an import of it with a better message."""
    if _is_import(sys._getframe(1).f_code, sys._getframe(1).f_lasti):
        raise ImportError(_no_name(module, name), name=module.__name__, path=module.__file__)
    raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")


def _is_import(code: CodeType, at: int) -> bool:
    # `hasattr` and pickle rely on AttributeError, and `from … import` drops its message.
    import dis  # only where an import fails

    return dis.opname[code.co_code[at]] == "IMPORT_FROM"


def _no_module(fullname: str) -> str:
    return (
        f"no module {fullname!r}: {PACKAGE} is Charter's stand-in here, which has "
        f"{', '.join(sorted(name for name in FILES if '._' not in name))}; {_WAY_OUT}"
    )


def _no_name(module: ModuleType, name: str) -> str:
    names = ", ".join(sorted(_own_names(module))) or "nothing"
    return (
        f"cannot import name {name!r} from {module.__name__!r}: it is Charter's stand-in here, "
        f"which has {names}; {_WAY_OUT}"
    )


def _own_names(module: ModuleType) -> list[str]:
    """Return the public names that a module brings: its submodules, and what is Seldon's in it."""
    prefix = f"{module.__name__}."
    modules = [name.removeprefix(prefix) for name in FILES if name.startswith(prefix)]
    defined = [name for name, value in vars(module).items() if _is_own(name, value)]
    return [name for name in (*modules, *defined) if name[0] != "_" and "." not in name]


def _is_own(name: str, value: object) -> bool:
    """Return whether a value is no import of the file's: a constant, or what Seldon has too."""
    if isinstance(value, str | int | list | dict):
        return name.isupper()
    home = getattr(value, "__module__", "")  # messages have `None`
    return home is None or home.startswith(_HOMES)


_HOMES = (PACKAGE, "charter.client")
_WAY_OUT = "if you need the original's, install seldon-core beside Charter: it comes first then"
