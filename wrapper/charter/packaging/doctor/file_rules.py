"""Rules CH6xx: model files, secret files, large files, scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from charter.packaging.doctor import pickles
from charter.packaging.doctor.folder import Folder
from charter.packaging.doctor.image_size import MB, megabytes
from charter.packaging.doctor.model import Found, Level, Rule
from charter.packaging.doctor.source_rules import strings
from charter.packaging.image.credentials import SECRET_VALUE

_MODELS = frozenset(
    {
        *pickles.KINDS,
        *(".bin", ".bst", ".cbm", ".gguf", ".h5", ".hdf5", ".keras", ".model", ".npy", ".npz"),
        *(".onnx", ".pb", ".pmml", ".safetensors", ".tflite", ".ubj"),
    }
)
_SECRET_NAMES = re.compile(
    r"\.env(\.(?!example$|sample$|template$).*)?|id_(rsa|dsa|ecdsa|ed25519)|\.netrc|\.pypirc|\.htpasswd|\.git-credentials"
    r"|\.pgpass|kubeconfig|.*\.(p12|pfx|jks|keystore|ovpn|kdbx)|pip\.conf|credentials(\.json)?"
)
_PRIVATE = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\"private_key\"\s*:")
_ARMS = frozenset(
    {"nt", "os", "posix", "pty", "runpy", "shutil", "socket", "subprocess", "webbrowser"}
)
"""Modules that no data needs, and that run programs or reach the network."""
_POINTER = "version https://git-lfs.github.com/spec/"
_DATA = ("data", "dataset", "datasets", "notebooks", "checkpoints", "runs", "logs")
_BIG = 20 * MB
_SCRIPTS = ("assemble", "run", "save-artifacts", "usage")


def _kept(folder: Folder) -> Iterator[tuple[str, int]]:
    """Yield the files that come into the image, with their sizes."""
    for name, size in folder.files.items():
        if not folder.is_left_out(name) and not name.startswith(".git/"):
            yield name, size


def _texts(folder: Folder) -> set[str]:
    return {text for module in folder.modules.values() for text in strings(module)}


def _pickles(folder: Folder) -> Iterator[Found]:
    for name, size in _kept(folder):
        kind = pickles.kind(name)
        if kind and not folder.texts.get(name, "").startswith(_POINTER):
            needs = ", ".join(sorted(folder.pickled.get(name, ())))
            of = f", and made of {needs}" if needs else ""
            made = f"written by {kind} ({megabytes(size)}){of}"
            yield Found(name, f"loading it may run any code; {made}")


def _armed(folder: Folder) -> Iterator[Found]:
    for name, needed in folder.pickled.items():
        arms = sorted(needed & _ARMS)
        if arms and not folder.is_left_out(name):
            yield Found(name, f"calls {' and '.join(arms)} when it is loaded")


def _unused(folder: Folder) -> Iterator[Found]:
    if not folder.modules or any(module.tree is None for module in folder.modules.values()):
        return
    texts = _texts(folder)
    places = " ".join([*texts, *folder.variables.values()])
    for name, size in _kept(folder):
        path = PurePosixPath(name)
        is_model = path.suffix.lower() in _MODELS
        is_named = path.name in texts or path.stem in texts or path.name in places
        is_named = is_named or any(part in texts for part in path.parts[:-1])
        if is_model and not is_named and not _is_globbed(path, texts):
            yield Found(name, megabytes(size))


def _is_globbed(path: PurePosixPath, texts: set[str]) -> bool:
    return any("*" in text and path.match(text) for text in texts)


def _pointers(folder: Folder) -> Iterator[Found]:
    for name, size in _kept(folder):
        if folder.texts.get(name, "").startswith(_POINTER):
            yield Found(name, f"{size} bytes in place of the file")


def _secrets(folder: Folder) -> Iterator[Found]:
    for name, _ in _kept(folder):
        path, text = PurePosixPath(name), folder.texts.get(name, "")
        if _PRIVATE.search(text) and path.suffix not in (".py", ".md"):
            yield Found(name, "has a private key")
        elif _SECRET_NAMES.fullmatch(path.name) and (text.strip() or not _is_text(path)):
            yield Found(name, "is where credentials are kept")


def _is_text(path: PurePosixPath) -> bool:
    return path.name.startswith(".env")


def _heaps(folder: Folder) -> Iterator[Found]:
    for name, size in folder.heaps.items():
        last = PurePosixPath(name).name
        is_harmless = last == "__pycache__" or (last == ".git" and _is_cloned(folder, name))
        if not is_harmless and not folder.is_left_out(name) and _is_in_git(folder, name):
            yield Found(name, megabytes(size))
    for name, size in _data_folders(folder):
        yield Found(name, f"{megabytes(size)} of data")


def _is_cloned(folder: Folder, name: str) -> bool:
    return name == ".git" and folder.work_tree is not None


def _is_in_git(folder: Folder, name: str) -> bool:
    """Return whether s2i, which clones what git has, would take a folder along."""
    tree = folder.work_tree
    return tree is None or any(each.startswith(f"{name}/") for each in tree.tracked)


def _data_folders(folder: Folder) -> Iterator[tuple[str, int]]:
    sizes: dict[str, int] = {}
    texts = _texts(folder)
    for name, size in _kept(folder):
        top = name.partition("/")[0]
        if top in _DATA and "/" in name and top not in texts:
            sizes[top] = sizes.get(top, 0) + size
    yield from ((name, size) for name, size in sizes.items() if size >= _BIG)


def _line_ends(folder: Folder) -> Iterator[Found]:
    for name in _scripts(folder):
        if "\r\n" in folder.texts.get(name, ""):
            yield Found(name, "its first line ends in CR LF", 1)


def _not_executable(folder: Folder) -> Iterator[Found]:
    for name in _scripts(folder):
        text = folder.texts.get(name, "")
        if name == "before-run" and name not in folder.executables:
            yield Found(name, "may not be executed")
        elif text and not text.startswith("#!") and "\0" not in text:
            yield Found(name, "does not say what runs it", 1)


def _scripts(folder: Folder) -> list[str]:
    own = [f".s2i/bin/{name}" for name in _SCRIPTS]
    own += [folder.model.path] if folder.model.is_script else []
    return [name for name in ("before-run", *own) if name in folder.files]


def _hard_coded(folder: Folder) -> Iterator[Found]:
    for module in folder.modules.values():
        for number, line in enumerate(module.text.splitlines(), 1):
            if SECRET_VALUE.search(line):
                yield Found(module.path, "the line has what looks like one", number)


RULES = (
    Rule(
        "CH601",
        Level.WARNING,
        "pickle",
        "Loading it runs what it says, and it fits only the Python and libraries it was made by.",
        "Pin these libraries, load only what you wrote; ONNX, safetensors or skops carry no code.",
        _pickles,
    ),
    Rule(
        "CH602",
        Level.NOTE,
        "model file that nothing names",
        "It makes the image larger, or the code loads another file than was meant.",
        "Delete it, leave it out by .s2iignore and .dockerignore, or load it.",
        _unused,
    ),
    Rule(
        "CH603",
        Level.ERROR,
        "pointer of Git LFS",
        "The file itself was not fetched, so the model cannot be loaded.",
        "Run `git lfs pull`, and build with `s2i build --copy`.",
        _pointers,
    ),
    Rule(
        "CH604",
        Level.ERROR,
        "secret file",
        "It comes into the image, where everybody who has the image can read it.",
        "Move it elsewhere, or leave it out by .s2iignore and .dockerignore.",
        _secrets,
    ),
    Rule(
        "CH605",
        Level.WARNING,
        "large folder that no image needs",
        "It is sent to the builder at each build and makes the image larger.",
        "Write its name into .s2iignore and .dockerignore.",
        _heaps,
    ),
    Rule(
        "CH606",
        Level.ERROR,
        "script with line ends of Windows",
        "Linux looks for an interpreter whose name ends in a carriage return, and finds none.",
        "Save it with LF: `sed -i 's/\\r$//' FILE`, and `* text=auto eol=lf` in .gitattributes.",
        _line_ends,
    ),
    Rule(
        "CH607",
        Level.ERROR,
        "script that cannot be run",
        "It must be executable and its first line name an interpreter.",
        "Run `chmod +x FILE` and start it with #!/bin/sh.",
        _not_executable,
    ),
    Rule(
        "CH608",
        Level.WARNING,
        "key or password in the code",
        "Everybody who has the image or the repository has it.",
        "Read it from a variable that is given when the image runs, and make this one invalid.",
        _hard_coded,
    ),
    Rule(
        "CH609",
        Level.ERROR,
        "pickle that runs programs",
        "A model is data; a pickle that calls the system was made to do harm, or carries code.",
        "Do not load it; ask whoever gave it to you for ONNX or safetensors.",
        _armed,
    ),
)
