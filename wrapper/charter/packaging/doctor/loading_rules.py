"""Rules CH41x: what the code does at import, in `__init__` and in `load()`, with which files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from charter.packaging.doctor import component_class, signatures
from charter.packaging.doctor.code import Module, at_import
from charter.packaging.doctor.component_class import MethodCode
from charter.packaging.doctor.folder import Folder
from charter.packaging.doctor.image_size import MB, megabytes
from charter.packaging.doctor.model import Found, Level, Rule
from charter.packaging.doctor.places import Reading, Use

_HEAVY = frozenset(
    {
        *("cloudpickle.load", "joblib.load", "pandas.read_pickle", "pickle.load", "pickle.loads"),
        *("catboost.CatBoostClassifier.load_model", "lightgbm.Booster", "spacy.load"),
        *("keras.models.load_model", "keras.saving.load_model", "onnx.load"),
        *("tensorflow.keras.models.load_model", "tensorflow.saved_model.load"),
        *("tensorflow.function", "tensorflow.Session", "tensorflow.compat.v1.Session"),
        *("onnxruntime.InferenceSession", "torch.load", "torch.jit.load", "torch.hub.load"),
        *(
            "transformers.pipeline",
            "sentence_transformers.SentenceTransformer",
            "whisper.load_model",
        ),
        *("gensim.models.KeyedVectors.load", "tflite_runtime.interpreter.Interpreter"),
        *("threading.Thread", "threading.Timer", "multiprocessing.Process", "multiprocessing.Pool"),
        *("concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor"),
        *("torch.cuda.init", "torch.cuda.set_device", "pycuda.driver.init"),
        *("tensorflow.config.list_physical_devices", "tensorflow.test.is_gpu_available"),
    }
)
_HEAVY_METHODS = ("from_pretrained", "load_model", "load_state_dict", "cuda")
_LARGE = 10 * MB
# Where an image may well have what its folder lacks: volumes, the system, memory.
_MOUNTS = (
    "/mnt",
    "/data",
    "/models",
    "/opt",
    "/etc",
    "/usr",
    "/var",
    "/proc",
    "/sys",
    "/dev",
    "/run",
)
_SCRATCH = ("/tmp", "/dev", "/mnt", "/var/tmp", "/run", "/data")  # noqa: S108 - names, not used
_HOMES = ("/home/", "/Users/", "/root/", "~", "C:", "D:", "/content/", "/kaggle/")
_APP = PurePosixPath("/app")


def _heavy_in_init(folder: Folder) -> Iterator[Found]:
    for method in _reached(folder, "__init__"):
        yield from _heavy(folder, method.module, ast.walk(method.node))


def _heavy_at_import(folder: Folder) -> Iterator[Found]:
    for module in folder.modules.values():
        if module.tree is not None:
            yield from _heavy(folder, module, at_import(module.tree))


def _heavy(folder: Folder, module: Module, nodes: Iterator[ast.AST]) -> Iterator[Found]:
    nodes_ = list(nodes)
    reading = Reading(module, nodes_)
    large = {use.line: use for use in reading.uses(nodes_) if _bytes(use, folder) > _LARGE}
    for node in nodes_:
        if isinstance(node, ast.Call):
            name = _heavy_name(module, node)
            if name:
                yield Found(module.path, name, node.lineno)
            elif node.lineno in large:
                use = large[node.lineno]
                yield Found(module.path, _told_large(use, folder), node.lineno)


def _heavy_name(module: Module, node: ast.Call) -> str:
    name = module.qualified(node.func)
    if name in _HEAVY:
        return name
    is_method = isinstance(node.func, ast.Attribute) and node.func.attr in _HEAVY_METHODS
    if is_method or _moves_to_cuda(node):
        return ast.unparse(node.func)
    return ""


def _moves_to_cuda(node: ast.Call) -> bool:
    is_to = isinstance(node.func, ast.Attribute) and node.func.attr == "to"
    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
    return is_to and any(isinstance(text, str) and text.startswith("cuda") for text in texts)


def _told_large(use: Use, folder: Folder) -> str:
    return f"{use.call} of {use.place.path.name} ({megabytes(_bytes(use, folder))})"


def _bytes(use: Use, folder: Folder) -> int:
    return 0 if use.writes else folder.files.get(_inside(use, folder), 0)


def _inside(use: Use, folder: Folder) -> str:
    """Return the path that a use means, relative to the folder that is checked."""
    path = use.place.path
    if path.is_absolute():
        return str(path).lstrip("/") if use.place.is_beside else ""
    return str(path) if str(path) in folder.files else folder.at_home(str(path))


def _reached(folder: Folder, *starts: str) -> list[MethodCode]:
    if folder.component is None:
        return []
    return component_class.reached(folder.component, starts, folder.modules)


def _calls_load(folder: Folder) -> Iterator[Found]:
    for method in _reached(folder, "__init__"):
        for node in ast.walk(method.node):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "self.load":
                yield Found(method.module.path, "self.load() in __init__", node.lineno)


def _uses(folder: Folder) -> Iterator[tuple[str, Use]]:
    """Yield each file that runs of the service name, with the path of the code.

    What only trains or saves a model is another matter.
    """
    for module in folder.modules.values():
        if module.tree is not None:
            nodes = list(at_import(module.tree))
            yield from ((module.path, use) for use in Reading(module, nodes).uses(nodes))
    served = signatures.served(folder.component) if folder.component else []
    names = [name for _, name in served]
    for code in _reached(folder, "__init__", "load", *signatures.ASKED_WITH_NOTHING, *names):
        nodes = list(ast.walk(code.node))
        yield from ((code.module.path, use) for use in Reading(code.module, nodes).uses(nodes))


def _aside(module: Module) -> set[int]:
    """Return the lines of the part that runs as a script only."""
    lines: set[int] = set()
    for node in module.tree.body if module.tree else ():
        if isinstance(node, ast.If) and "__main__" in ast.unparse(node.test):
            lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def _at_home(folder: Folder) -> Iterator[Found]:
    for path, use in _uses(folder):
        if not use.place.is_beside and str(use.place.path).startswith(_HOMES):
            yield Found(path, f"{use.call} of {use.place.path}", use.line)


def _absolute(folder: Folder) -> Iterator[Found]:
    for path, use in _uses(folder):
        place = use.place.path
        is_known = str(place).startswith((*_MOUNTS, *_SCRATCH, *_HOMES))
        is_ours = use.place.is_beside or place.is_relative_to(_APP)
        if place.is_absolute() and not is_ours and not is_known:
            yield Found(path, f"{use.call} of {place}", use.line)


def _relative(folder: Folder) -> Iterator[Found]:
    for path, use in _uses(folder):
        is_read = not use.writes and not use.place.is_beside and _is_relative(use)
        if is_read and _inside(use, folder) in folder.files:
            name = use.place.path
            fix = f"Write Path(__file__).parent / {str(name)!r}."
            yield Found(path, f"{use.call} of {name}", use.line, fix)


def _is_relative(use: Use) -> bool:
    return not use.place.path.is_absolute() and not str(use.place.path).startswith(_HOMES)


def _not_there(folder: Folder) -> Iterator[Found]:
    """Find files that are read before the model is ready, and that the folder does not have."""
    for module, nodes, guarded in _before_ready(folder):
        for use in Reading(module, nodes).uses(nodes):
            name = _inside(use, folder)
            is_inside = use.place.is_beside or _is_relative(use)
            if use.writes or use.line in guarded or not is_inside or ".." in name.split("/"):
                continue
            looks_like_a_file = "." in PurePosixPath(name).name
            if looks_like_a_file and not folder.is_there(name):
                yield Found(module.path, f"{use.call} of {name}: no such file", use.line)


def _before_ready(folder: Folder) -> Iterator[tuple[Module, list[ast.AST], set[int]]]:
    """Yield what runs before the model is ready: modules and methods, with lines that need not."""
    for module in folder.modules.values():
        if module.tree is not None:
            yield module, list(at_import(module.tree)), _guarded(module.tree)
    for method in _starting(folder):
        yield method.module, list(ast.walk(method.node)), _guarded(method.node)


def _guarded(function: ast.AST) -> set[int]:
    """Return the lines that need not run, since they stand in `if` or `try`."""
    lines: set[int] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.If | ast.Try):
            lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def _writes(folder: Folder) -> Iterator[Found]:
    for path, use in _uses(folder):
        place = use.place.path
        is_scratch = place.is_absolute() and str(place).startswith(_SCRATCH)
        if use.writes and (use.place.is_beside or not is_scratch):
            shown = str(place).lstrip("/") if use.place.is_beside else str(place)
            yield Found(path, f"{use.call} writes {shown}", use.line)


def _signals(folder: Folder) -> Iterator[Found]:
    for module, nodes, _ in _before_ready(folder):
        for node in nodes:
            if isinstance(node, ast.Call) and module.qualified(node.func) == "signal.signal":
                yield Found(module.path, "signal.signal", node.lineno)


def _starting(folder: Folder) -> list[MethodCode]:
    return _reached(folder, "__init__", "load")


def _terminal(folder: Folder) -> Iterator[Found]:
    for module in folder.modules.values():
        aside = _aside(module)
        for node in ast.walk(module.tree) if module.tree else ():
            name = module.qualified(node.func) if isinstance(node, ast.Call) else ""
            if (
                name in _ASKING
                and not component_class.defines(name, module)
                and getattr(node, "lineno", 0) not in aside
            ):
                yield Found(module.path, f"{name}()", getattr(node, "lineno", 0))


_ASKING = frozenset({"input", "breakpoint", "pdb.set_trace", "ipdb.set_trace", "getpass.getpass"})

RULES = (
    Rule(
        "CH410",
        Level.WARNING,
        "heavy loading in __init__",
        "Threads, sessions and CUDA do not survive a fork, and nobody hears that the model loads.",
        "Move it to def load(self), which runs once in each process before it is ready.",
        _heavy_in_init,
    ),
    Rule(
        "CH411",
        Level.WARNING,
        "heavy loading at import",
        "Whoever imports the file loads the model: tests, tools, the parent of workers.",
        "Move it to def load(self), which runs once in each process before it is ready.",
        _heavy_at_import,
    ),
    Rule(
        "CH412",
        Level.WARNING,
        "load() runs twice",
        "Charter calls load() itself, so the model is loaded twice.",
        "Take the call out of __init__.",
        _calls_load,
    ),
    Rule(
        "CH413",
        Level.ERROR,
        "path of one person's machine",
        "The image has no such folder.",
        "Put the file beside the code and name it by Path(__file__).with_name('…').",
        _at_home,
    ),
    Rule(
        "CH414",
        Level.WARNING,
        "absolute path",
        "It must be there wherever the image runs, which only a volume can see to.",
        "Put the file beside the code and name it by Path(__file__), or mount it under /mnt.",
        _absolute,
    ),
    Rule(
        "CH415",
        Level.WARNING,
        "path relative to the current folder",
        "It is found only as long as the process is started in that folder.",
        "Name it by Path(__file__).with_name('…').",
        _relative,
    ),
    Rule(
        "CH416",
        Level.ERROR,
        "file that the model loads is not there",
        "load() fails, and the service never gets ready.",
        "Add the file, or correct its name.",
        _not_there,
    ),
    Rule(
        "CH417",
        Level.WARNING,
        "writing beside the code",
        "Clusters run images with a root file system that is read-only and as another user.",
        "Write below tempfile.gettempdir(), or to a volume.",
        _writes,
    ),
    Rule(
        "CH418",
        Level.ERROR,
        "handler of signals",
        "The model lives in a thread, where Python refuses to set one; Charter drains by itself.",
        "Take it out; what must end with the service belongs into atexit.",
        _signals,
    ),
    Rule(
        "CH419",
        Level.WARNING,
        "waits for a terminal",
        "A service has none, so the call fails or waits for ever.",
        "Take it out.",
        _terminal,
    ),
)
