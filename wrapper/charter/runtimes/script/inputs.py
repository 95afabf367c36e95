"""From what `predict` is given to the files that a script is given."""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from charter.codecs import json_text
from charter.contract.model import Contract, Dtype, Feature, feature_names, row_shape
from charter.contract.png import png
from charter.contract.values import decoded
from charter.errors import BadPayload, TooLarge, shown
from charter.message import Form, Json
from charter.runtimes.script.options import AUTO

_WHITE = 255
MOST_FILES = 1000
"""So many files a call is given: what the system takes as arguments has an end."""
_MAGIC: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", ".png", "image"),
    (0, b"\xff\xd8\xff", ".jpg", "image"),
    (4, b"ftyp", ".mp4", "video"),
    (0, b"\x1aE\xdf\xa3", ".webm", "video"),
    (8, b"AVI ", ".avi", "video"),
    (0, b"OggS", ".ogv", "video"),
    (0, b"\x00\x00\x01\xba", ".mpg", "video"),
    (0, b"FLV\x01", ".flv", "video"),
)
"""Where files of a format have which bytes, how they are called, and what they are."""
_NAMES = {"image": "a PNG or JPEG", "video": "a video (MP4, MOV, WebM, MKV, AVI, OGG, MPEG, FLV)"}
File: TypeAlias = "tuple[str, bytes]"
"""Its suffix and its content."""


def kind_of(wanted: str, contract: Contract | None) -> str:
    """Return what the files are: as wanted, or by the contract; `auto`: by each request."""
    if wanted != AUTO or contract is None:
        return wanted
    features = contract.features
    if contract.payload is Form.BINARY:
        return "image" if features[0].dtype is Dtype.IMAGE else "binary"
    if not contract.has_rows:
        return {Form.TEXT: "text", Form.JSON: "json"}[contract.payload or Form.JSON]
    if contract.image is not None or all(each.dtype is Dtype.IMAGE for each in features):
        return "image"
    return "csv" if len(row_shape(features)) == 1 else "json"


def files(kind: str, X: Any, names: Any, contract: Contract | None) -> Iterator[File]:
    """Yield the files that a script is given of a request, each with its suffix.

    Args:
        kind: what they are, one of `options.INPUTS`.
        X: the payload.
        names: of its columns; may be `None` or empty.
        contract: by which pixels are images; `None`: they are none.

    Raises:
        BadPayload: the payload is nothing that can be made such files.
        TooLarge: there would be too many.
    """
    kind = _kind_of_payload(X) if kind == AUTO else kind
    for count, file in enumerate(
        _MAKERS[kind](kind, _plain(X), _header(X, names, contract), contract)
    ):
        if count == MOST_FILES:
            raise TooLarge(f"data: expected at most {MOST_FILES} files for a script, got more")
        yield file


def write(found: Iterator[File], folder: Path) -> list[str]:
    """Write files into a folder; return their paths."""
    paths = []
    for number, (suffix, content) in enumerate(found, start=1):
        path = folder / f"input{number}{suffix}"
        path.write_bytes(content)
        paths.append(str(path))
    return paths


def row_count(X: Any) -> int | None:
    """Return how many rows a request has; `None` where it is no table."""
    is_table = isinstance(X, np.ndarray) or hasattr(X, "to_numpy")
    return len(X) if is_table and np.ndim(X) else None


def _kind_of_payload(X: Any) -> str:
    if isinstance(X, str):
        return "text"
    if isinstance(X, bytes | bytearray):
        return "binary"
    return "csv" if row_count(X) is not None and np.ndim(X) <= 2 else "json"


def _plain(X: Any) -> Any:
    """Return a DataFrame as an array, known by its methods, so pandas is never imported."""
    return X.to_numpy(dtype=object, na_value=None) if hasattr(X, "to_numpy") else X


def _header(X: Any, names: Any, contract: Contract | None) -> list[str]:
    """Return what the columns are called; nothing where nobody says it."""
    if hasattr(X, "columns"):
        return [str(name) for name in X.columns]
    if names is not None and len(names):
        return [str(name) for name in names]
    return feature_names(contract.features) if contract is not None and contract.has_rows else []


def _csv(kind: str, X: Any, header: list[str], contract: Contract | None) -> Iterator[File]:
    if not isinstance(X, np.ndarray) or X.ndim not in (1, 2):
        raise BadPayload(f"data: expected rows of columns for a CSV file, got {_told(X)}")
    rows = X.reshape(len(X), -1) if X.size else X.reshape(len(X), 0)
    names = header if len(header) == rows.shape[1] else _numbered(rows.shape[1])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(value) for value in row] for row in rows.tolist())
    yield ".csv", text.getvalue().encode("utf-8", "replace")


def _numbered(columns: int) -> list[str]:
    return [f"x{number}" for number in range(1, columns + 1)]


def _cell(value: Any) -> Any:
    """Return what stands in a cell: nothing for null, lower case for true and false."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return json_text.dumps(value).decode()
    return value.isoformat() if hasattr(value, "isoformat") else value


def _json(kind: str, X: Any, header: list[str], contract: Contract | None) -> Iterator[File]:
    if isinstance(X, bytes | bytearray):
        raise BadPayload("binData: expected jsonData or rows for a JSON file, got bytes")
    yield ".json", json_text.dumps(X)


def _text(kind: str, X: Any, header: list[str], contract: Contract | None) -> Iterator[File]:
    for place, value in _items(X):
        if not isinstance(value, str):
            raise BadPayload(f"{place}: expected text for a script, got {_told(value)}")
        yield ".txt", value.encode("utf-8", "replace")


def _binary(kind: str, X: Any, header: list[str], contract: Contract | None) -> Iterator[File]:
    for place, value in _items(X):
        content = bytes(value) if isinstance(value, bytes | bytearray) else decoded(value)
        if content is None:
            raise BadPayload(f"{place}: expected base64 for a script, got {_told(value)}")
        suffix, found = _format(content)
        if kind in _NAMES and found != kind:
            got = shown(content[:12])
            raise BadPayload(f"{place}: expected {_NAMES[kind]} for a script, got {got}")
        yield suffix, content


def _format(content: bytes) -> tuple[str, str]:
    for at, magic, suffix, kind in _MAGIC:
        if content.startswith(magic, at):
            return suffix, kind
    return ".bin", "binary"


def _items(X: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a request holds one of or a column of, with the place of each."""
    if not isinstance(X, np.ndarray):
        yield "strData" if isinstance(X, str) else "binData", X
        return
    if X.ndim not in (1, 2) or (X.ndim == 2 and X.shape[1] != 1):
        raise BadPayload(f"data: expected one column for a script, got shape {list(X.shape)}")
    for row, value in enumerate(X.reshape(-1).tolist()):
        yield f"data.ndarray[{row}]", value


def _image(kind: str, X: Any, header: list[str], contract: Contract | None) -> Iterator[File]:
    is_pixels = isinstance(X, np.ndarray) and X.dtype.kind in "iuf"
    if not is_pixels and kind == "image":
        return _binary(kind, X, header, contract)
    if not is_pixels or contract is None:
        raise BadPayload(f"data: expected pixels by a contract for a script, got {_told(X)}")
    write_one = _pnm if kind == "pnm" else _png
    return map(write_one, _pictures(X, contract))


def _png(pixels: NDArray[Any]) -> File:
    return ".png", png(pixels)


def _pnm(pixels: NDArray[Any]) -> File:
    """Return an image as Netpbm has it, which can be read without a library: pgm(5), ppm(5)."""
    height, width, channels = pixels.shape
    magic, suffix = (b"P5", ".pgm") if channels == 1 else (b"P6", ".ppm")
    colours = pixels[..., :3].astype(np.uint8)  # it has no alpha
    return suffix, b"%s\n%d %d\n255\n%s" % (magic, width, height, colours.tobytes())


def _pictures(X: NDArray[Any], contract: Contract) -> Iterator[NDArray[Any]]:
    """Yield the images of all rows, row by row, each `(height, width, channels)`, 0 to 255."""
    shape = row_shape(contract.features)
    if X.shape[1:] != shape:
        expected = f"expected shape [rows, {', '.join(map(str, shape))}]"
        raise BadPayload(f"data: {expected}, got {list(X.shape)}")
    rule = contract.image
    if rule is not None:
        blocks = [np.rint(X * rule.scale).reshape(len(X), *rule.shape)]
    else:
        blocks = np.split(X, _starts(contract.features), axis=1)
    for block in blocks:
        if block.size and not (np.min(block) >= 0 and np.max(block) <= _WHITE):
            raise BadPayload("data: expected pixels from 0 to 255 for a script, got others")
    return itertools.chain.from_iterable(zip(*blocks, strict=True))


def _starts(features: Sequence[Feature]) -> NDArray[Any]:
    heights = [each.shape[0] for each in features for _ in range(each.repeat or 1)]
    return np.cumsum(heights)[:-1]


def _told(value: Json) -> str:
    if isinstance(value, np.ndarray):
        return f"shape {list(value.shape)} of {value.dtype}"
    return shown(value)


_MAKERS: dict[str, Callable[[str, Any, list[str], Contract | None], Iterator[File]]] = {
    "csv": _csv,
    "json": _json,
    "text": _text,
    "image": _image,
    "pnm": _image,
    "video": _binary,
    "binary": _binary,
}
