"""What is taken out of installed packages, since a service never reads it.

A hello image of 310 MB has 40 MB of it: numpy's tests with their bytecode, and the symbols for
debuggers of uvloop, which is published with them. Packages of the user are left as they are but
for the tests of the best known ones.
"""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

# Packages whose tests lie inside them, where only their own test runner imports them.
_TESTED = ("numpy", "pandas", "scipy", "sklearn", "pyarrow", "skimage", "statsmodels")
# Stubs for type checkers and sources of compiled modules. Others read their stubs when imported.
_STUBBED = ("numpy", "grpc", "google", "charter", "uvloop", "anyio", "click")
_UNREAD = (".pyi", ".pyx", ".a")
# Published with the sources of a parser in C++, 8 MB.
_WITH_SOURCES = ("simdjson",)
_SOURCES = (*_UNREAD, ".cpp", ".h", ".pxd")
# Packages that Charter brings, published with symbols; of uvloop a sixth is code.
_WITH_SYMBOLS = ("uvloop", "httptools", "yaml", "rpds", "numpy", "numpy.libs")
_ELF_64_LITTLE = b"\x7fELF\x02\x01"
_PROGRAM_HEADER = struct.Struct("<IIQQQQQQ")


def slim(site: Path) -> int:
    """Take tests, stubs and symbols out of site-packages; return the bytes that this saves."""
    saved = 0
    for file in _tests(site):
        saved += file.lstat().st_size
        file.unlink()
    for file in _unread(site):
        saved += file.stat().st_size
        file.unlink()
    for name in _WITH_SYMBOLS:
        for file in (site / name).rglob("*.so*"):
            saved += _without_symbols(file)
    for file in site.glob("csimdjson.*.so"):  # of 7.5 MB a twelfth is code
        saved += _without_symbols(file)
    return saved


def _tests(site: Path) -> Iterator[Path]:
    """Give the files of tests, but for modules of a private name.

    numpy.testing, which scipy and scikit-learn import, imports numpy._core.tests._natype in
    numpy 2.2 and 2.3.
    """
    for name in _TESTED:
        found = sorted((site / name).rglob("*"))
        yield from (each for each in found if _is_test(each, site / name) and not each.is_dir())


def _is_test(file: Path, package: Path) -> bool:
    is_private = file.name.startswith("_") and file.suffix == ".py"
    return "tests" in file.relative_to(package).parts[:-1] and not is_private


def _unread(site: Path) -> Iterator[Path]:
    kinds = dict.fromkeys(_STUBBED, _UNREAD) | dict.fromkeys(_WITH_SOURCES, _SOURCES)
    for name, suffixes in kinds.items():
        found = sorted((site / name).rglob("*"))
        yield from (each for each in found if each.suffix in suffixes and each.is_file())


def _without_symbols(file: Path) -> int:
    """Cut what no program header names off the end of a shared library; return how much.

    ELF, “Object Files”: "Section header table … Files used during linking must have a section
    header table; other object files may or may not have one." Loading needs segments alone.
    """
    content = file.read_bytes()
    if not content.startswith(_ELF_64_LITTLE):
        return 0
    at: int = struct.unpack_from("<Q", content, 32)[0]
    size, count = struct.unpack_from("<HH", content, 54)
    headers = [_PROGRAM_HEADER.unpack_from(content, at + size * i) for i in range(count)]
    end: int = max([at + size * count, *(header[2] + header[5] for header in headers)])
    kept = bytearray(content[:end])
    struct.pack_into("<Q", kept, 40, 0)
    struct.pack_into("<HH", kept, 60, 0, 0)
    # Another file of that name: this process may have loaded the library and still run it.
    part = file.with_name(f"{file.name}.part")
    part.write_bytes(kept)
    shutil.copymode(file, part)
    part.replace(file)
    return len(content) - end
