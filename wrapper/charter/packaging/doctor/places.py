"""Which files code opens and writes, as far as its text says. Pure; no files here."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from charter.packaging.doctor.code import Module

_READERS: Mapping[str, int] = {
    "open": 0,
    "io.open": 0,
    "cloudpickle.load": 0,
    "cv2.imread": 0,
    "joblib.load": 0,
    "keras.models.load_model": 0,
    "keras.saving.load_model": 0,
    "numpy.fromfile": 0,
    "numpy.genfromtxt": 0,
    "numpy.load": 0,
    "numpy.loadtxt": 0,
    "onnx.load": 0,
    "onnxruntime.InferenceSession": 0,
    "pandas.read_csv": 0,
    "pandas.read_feather": 0,
    "pandas.read_json": 0,
    "pandas.read_parquet": 0,
    "pandas.read_pickle": 0,
    "safetensors.torch.load_file": 0,
    "tensorflow.keras.models.load_model": 0,
    "tensorflow.saved_model.load": 0,
    "torch.jit.load": 0,
    "torch.load": 0,
}
_WRITERS: Mapping[str, int] = {
    "joblib.dump": 1,
    "logging.FileHandler": 0,
    "logging.handlers.RotatingFileHandler": 0,
    "logging.handlers.TimedRotatingFileHandler": 0,
    "numpy.save": 0,
    "numpy.savetxt": 0,
    "numpy.savez": 0,
    "os.makedirs": 0,
    "os.mkdir": 0,
    "shutil.copy": 1,
    "shutil.copyfile": 1,
    "sqlite3.connect": 0,
    "torch.save": 1,
}
_WRITING_METHODS = ("to_csv", "to_json", "to_parquet", "to_pickle", "save", "save_model")
_PATH_READERS = ("read_text", "read_bytes")
_PATH_WRITERS = ("write_text", "write_bytes", "mkdir", "touch")
_LOADING_METHODS = ("load_model", "load_weights", "load_state_dict", "from_pretrained")
_PATHS = ("pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "Path")
_SAME = ("os.path.abspath", "os.path.realpath", "os.path.normpath", "os.fspath", "str")
_SAME_METHODS = ("resolve", "absolute", "as_posix", "expanduser")


@dataclass(frozen=True, slots=True)
class Place:
    """Hold a path that code names.

    Args:
        path: absolute, or relative to the folder where the process runs.
        is_beside: whether it is made of `__file__`, so that it is right wherever the process runs;
            it then starts with the folder of the model, as `/`.
    """

    path: PurePosixPath
    is_beside: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """Hold one use of a file.

    Args:
        place: which one.
        line: where in the code.
        writes: whether it is written, or only read.
        call: what does it, such as `torch.load`.
    """

    place: Place
    line: int
    writes: bool
    call: str


class Reading:
    """Follow the paths in one module.

    Args:
        module: the code.
        beside: the path of its file as seen from the folder that is checked.
    """

    def __init__(self, module: Module, nodes: Iterable[ast.AST] = ()) -> None:
        self._module = module
        self._constants: dict[str, ast.expr] = {}
        for node in (*_statements(module), *nodes):
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                self._constants[ast.unparse(node.targets[0])] = node.value

    def place(self, node: ast.expr, depth: int = 0) -> Place | None:
        """Return the path that an expression stands for; `None` where its text does not say."""
        if depth > _DEEPEST:
            return None
        if isinstance(node, ast.Constant):
            return Place(PurePosixPath(node.value)) if isinstance(node.value, str) else None
        if isinstance(node, ast.Name) and node.id == "__file__":
            return Place(PurePosixPath("/", self._module.path), is_beside=True)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Add):
            return self._joined([node.left, node.right], depth, isinstance(node.op, ast.Add))
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        if isinstance(node, ast.Attribute) and node.attr == "parent":
            found = self.place(node.value, depth + 1)
            return Place(found.path.parent, found.is_beside) if found else None
        name = ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        known = self._constants.get(name)
        return self.place(known, depth + 1) if known is not None else None

    def _call(self, node: ast.Call, depth: int) -> Place | None:
        name = self._module.qualified(node.func)
        if name in _PATHS or name == "os.path.join":
            return self._joined(node.args, depth)
        if name in _SAME and node.args:
            return self.place(node.args[0], depth + 1)
        if name == "os.path.dirname" and node.args:
            found = self.place(node.args[0], depth + 1)
            return Place(found.path.parent, found.is_beside) if found else None
        if isinstance(node.func, ast.Attribute):
            return self._method(node.func, node.args, depth)
        return None

    def _method(self, func: ast.Attribute, args: list[ast.expr], depth: int) -> Place | None:
        owner = self.place(func.value, depth + 1)
        if owner is None:
            return None
        if func.attr in _SAME_METHODS:
            return owner
        if func.attr == "joinpath":
            return self._joined([func.value, *args], depth)
        if func.attr == "with_name" and args and isinstance(args[0], ast.Constant):
            return Place(owner.path.parent / str(args[0].value), owner.is_beside)
        return None

    def _joined(self, parts: list[ast.expr], depth: int, is_text: bool = False) -> Place | None:  # noqa: FBT001, FBT002
        found = [self.place(part, depth + 1) for part in parts]
        places = [place for place in found if place is not None]
        if not places or len(places) != len(found):
            return None
        first, *rest = places
        if is_text:
            text = "".join(str(place.path) for place in places)
            return Place(PurePosixPath(text), first.is_beside)
        return Place(first.path.joinpath(*(each.path for each in rest)), first.is_beside)

    def uses(self, nodes: Iterable[ast.AST]) -> Iterator[Use]:
        """Yield the files that the calls among some nodes read or write."""
        for node in nodes:
            if not isinstance(node, ast.Call):
                continue
            for name, argument, writes in self._file_arguments(node):
                place = self.place(argument)
                if place is not None and _is_path(place):
                    yield Use(place, node.lineno, writes, name)

    def _file_arguments(self, node: ast.Call) -> Iterator[tuple[str, ast.expr, bool]]:
        name = self._module.qualified(node.func)
        for table, writes in ((_READERS, False), (_WRITERS, True)):
            if name in table and len(node.args) > table[name]:
                yield name, node.args[table[name]], writes or _mode_writes(node, 1)
        filename = next((key.value for key in node.keywords if key.arg == "filename"), None)
        if name == "logging.basicConfig" and filename is not None:
            yield name, filename, True
        if not isinstance(node.func, ast.Attribute) or name in (*_READERS, *_WRITERS):
            return
        attribute = node.func.attr
        if attribute in (*_PATH_READERS, *_PATH_WRITERS, "open"):
            writes = attribute in _PATH_WRITERS or _mode_writes(node, 0)
            yield f"Path.{attribute}", node.func.value, writes
        elif attribute in (*_WRITING_METHODS, *_LOADING_METHODS) and node.args:
            yield attribute, node.args[0], attribute in _WRITING_METHODS


def _mode_writes(node: ast.Call, position: int) -> bool:
    modes = node.args[position : position + 1]
    modes += [key.value for key in node.keywords if key.arg == "mode"]
    texts = [mode.value for mode in modes if isinstance(mode, ast.Constant)]
    return any(isinstance(text, str) and set(text) & set("wax+") for text in texts)


def _is_path(place: Place) -> bool:
    """Return whether it is a file, rather than an address such as `s3://…`."""
    text = str(place.path)
    return bool(text) and ":/" not in text and "\n" not in text and text != ":memory:"


def _statements(module: Module) -> Iterator[ast.AST]:
    """Yield the statements at the top of a module."""
    yield from module.tree.body if module.tree else ()


_DEEPEST = 20
