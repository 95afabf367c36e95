"""Which modules a pickle asks for, by its opcodes. Nothing is unpickled, so nothing of it runs."""

from __future__ import annotations

import io
import pickletools
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

KINDS = {
    ".cloudpickle": "cloudpickle",
    ".dill": "dill",
    ".joblib": "joblib",
    ".p": "pickle",
    ".pickle": "pickle",
    ".pkl": "pickle",
    ".pt": "torch.save, which is a pickle",
    ".pth": "torch.save, which is a pickle",
    ".ckpt": "torch.save, which is a pickle",
}
"""What writes a file, by its suffix."""
# The classes of a model stand at its beginning; arrays of any size follow.
_READ_BYTES = 2_000_000
_TEXTS = ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE")
_GETS = ("BINGET", "LONG_BINGET", "GET")
_PUTS = ("BINPUT", "LONG_BINPUT", "PUT")


def kind(path: str) -> str:
    """Return what writes such a file; "" where it is no pickle."""
    return KINDS.get(PurePosixPath(path).suffix.lower(), "")


def modules(file: Path) -> frozenset[str]:
    """Return the top-level modules that a pickle asks for; none where it cannot be read."""
    try:
        content = _content(file)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return frozenset()
    return frozenset(name.partition(".")[0] for name in _globals(content) if name)


def _content(file: Path) -> bytes:
    with file.open("rb") as opened:
        if not zipfile.is_zipfile(opened):  # torch.save writes a zip with a pickle in it
            opened.seek(0)
            return opened.read(_READ_BYTES)
        with zipfile.ZipFile(opened) as archive:
            inner = next((n for n in archive.namelist() if n.endswith("/data.pkl")), None)
            if inner is None:
                return b""
            with archive.open(inner) as part:
                return part.read(_READ_BYTES)


def _globals(content: bytes) -> Iterator[str]:
    """Yield the modules of the classes and functions that a pickle names, as far as it reads."""
    memo: dict[int, str] = {}
    recent = ["", ""]
    stream = io.BytesIO(content)
    try:
        for code, argument, _ in pickletools.genops(stream):
            if code.name in ("GLOBAL", "INST"):
                yield str(argument).partition(" ")[0]
            elif code.name == "STACK_GLOBAL":
                yield recent[0]
            elif code.name in _TEXTS:
                recent = [recent[1], str(argument)]
            elif code.name in _GETS:
                recent = [recent[1], memo.get(_number(argument), "")]
            elif code.name in _PUTS:
                memo[_number(argument)] = recent[1]
            elif code.name == "MEMOIZE":
                memo[len(memo)] = recent[1]
            elif code.name == "PROTO":
                memo.clear()  # joblib puts a pickle of its own in for an array of objects
    except (ValueError, IndexError, OverflowError):
        return  # joblib puts the bytes of arrays in between; what stands before is enough


def _number(argument: object) -> int:
    return int(str(argument))
