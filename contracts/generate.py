"""Generate `wrapper/charter/_proto/` from the .proto files here. Needs grpcio-tools.

    python contracts/generate.py            # writes
    python contracts/generate.py --check    # writes nothing; exits 1 when that is stale

Messages are described, not coded: the output is the compiled description as bytes, and stubs for
type checkers. The types of google.protobuf are left out; the installed protobuf brings its own.
"""

from __future__ import annotations

import re
import sys
import tempfile
from importlib import resources
from pathlib import Path

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorSet
from grpc_tools import protoc  # type: ignore[import-untyped]  # grpcio-tools ships no types

HERE = Path(__file__).parent
OUTPUT = HERE.parent / "wrapper" / "charter" / "_proto"
SOURCES = ("tensor.proto", "prediction.proto")
DESCRIPTOR = "prediction_descriptor.py"
STUBS = "messages.pyi"

_DESCRIPTOR_HEAD = '''\
"""The compiled .proto files. Written by contracts/generate.py; do not edit."""

# Serialized google.protobuf.FileDescriptorProto; what is imported comes first.
'''
_STUBS_HEAD = """# Written by contracts/generate.py; do not edit.
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union
from google.protobuf import any_pb2 as _any_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.any_pb2 import Any as Any
from google.protobuf.descriptor_pool import DescriptorPool as _DescriptorPool
from google.protobuf.empty_pb2 import Empty as Empty
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf.struct_pb2 import ListValue as ListValue, Struct as Struct, Value as Value

POOL: _DescriptorPool
SERVICES: tuple[_descriptor.ServiceDescriptor, ...]
"""
_STUB_CLASS = re.compile(r"^class \w.*?(?=^\S|\Z)", re.MULTILINE | re.DOTALL)


def main(arguments: list[str]) -> int:
    """Write the output, or with `--check` say whether it is stale, and return the exit code."""
    described, stubs = compiled()
    if arguments != ["--check"]:
        (OUTPUT / DESCRIPTOR).write_text(rendered(described), encoding="utf-8")
        (OUTPUT / STUBS).write_text(stubs, encoding="utf-8")
        return 0
    if is_fresh(described):
        return 0
    print("wrapper/charter/_proto is stale: run python contracts/generate.py", file=sys.stderr)
    return 1


def compiled() -> tuple[FileDescriptorSet, str]:
    """Run protoc over the sources; return what they describe and the stubs of their messages."""
    with tempfile.TemporaryDirectory() as folder:
        _run_protoc(Path(folder))
        described = FileDescriptorSet.FromString((Path(folder) / "set").read_bytes())
        texts = [
            (Path(folder) / source.replace(".proto", "_pb2.pyi")).read_text(encoding="utf-8")
            for source in SOURCES
        ]
    return _normal(described), _STUBS_HEAD + "".join(_classes(text) for text in texts)


def committed() -> FileDescriptorSet:
    """Return what the committed file describes, without building any message class."""
    names: dict[str, tuple[bytes, ...]] = {}
    exec(compile((OUTPUT / DESCRIPTOR).read_text(encoding="utf-8"), DESCRIPTOR, "exec"), names)  # noqa: S102  # our own file
    described = FileDescriptorSet()
    for file in names["FILES"]:
        described.file.add().ParseFromString(file)
    return described


def is_fresh(described: FileDescriptorSet) -> bool:
    """Say whether the committed file describes the same; its spelling does not matter."""
    return committed() == described


def rendered(described: FileDescriptorSet) -> str:
    """Return the text of the Python module that holds the description."""
    files = "".join(_literal(file.SerializeToString()) for file in described.file)
    return f"{_DESCRIPTOR_HEAD}FILES = (\n{files})\n"


def _run_protoc(folder: Path) -> None:
    google = resources.files("grpc_tools") / "_proto"
    arguments = [f"-I{HERE}", f"-I{google}", f"--pyi_out={folder}"]
    code = protoc.main(["protoc", *arguments, f"--descriptor_set_out={folder / 'set'}", *SOURCES])
    if code:
        raise SystemExit(code)


def _normal(described: FileDescriptorSet) -> FileDescriptorSet:
    # Some versions of protoc write the JSON names, some do not; they follow from the names.
    for file in described.file:
        for message in file.message_type:
            _drop_json_names(message)
    return described


def _drop_json_names(message: DescriptorProto) -> None:
    for field in message.field:
        field.ClearField("json_name")
    for nested in message.nested_type:
        _drop_json_names(nested)


def _literal(data: bytes, width: int = 60) -> str:
    lines = (data[at : at + width] for at in range(0, len(data), width))
    return "    (\n" + "".join(f"        {line!r}\n" for line in lines) + "    ),\n"


def _classes(text: str) -> str:
    found = (match.group().rstrip() for match in _STUB_CLASS.finditer(text))
    code = "".join(f"\n{code}\n" for code in found)
    return code.replace("_tensor_pb2.", "").replace("_Mapping]", "_Mapping[str, object]]")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
