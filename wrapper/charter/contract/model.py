"""The contract as data: features that go in, targets that come out. Pure; no files here.

`parse.py` makes it of a `contract.json`; `contracts/contract.schema.json` says what stands there.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from charter.message import Form, Json


class Kind(enum.Enum):
    """Say how the values of a feature are limited."""

    CONTINUOUS = "continuous"
    """Numbers in a range."""
    CATEGORICAL = "categorical"
    """One of a few given values."""
    OPEN = "open"
    """Any value of its type that fits its pattern, length or range: text, bytes, points in time."""


class Dtype(enum.Enum):
    """Say of which type the values of a feature are, as callers write them."""

    FLOAT = "FLOAT"
    INT = "INT"
    """Whole numbers; they may travel as floats."""
    BOOL = "BOOL"
    STRING = "STRING"
    BYTES = "BYTES"
    """Travel as base64 in JSON, but for `binData`."""
    DATETIME = "DATETIME"
    """Text by RFC 3339, such as `2026-11-25T14:30:00Z`; `low` and `high` are seconds since 1970."""
    IMAGE = "IMAGE"
    """Pixels, whole numbers from 0 to 255, in its shape; callers may send a PNG or JPEG."""


class Input(enum.Enum):
    """Say what the model gets of a table."""

    ARRAY = "array"
    DATAFRAME = "dataframe"


@dataclass(frozen=True, slots=True)
class ImageRule:
    """Say how an image becomes the numbers of one row.

    Args:
        mode: Pillow's name of the colours: `L` (grey), `RGB` or `RGBA`.
        size: width and height in pixels, which an image is scaled to.
        scale: what each pixel, 0 to 255, is divided by.
        invert: whether white is 0 and black is 255.
    """

    mode: str
    size: tuple[int, int]
    scale: float = 1.0
    invert: bool = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return height, width and channels."""
        width, height = self.size
        return height, width, CHANNELS[self.mode]


CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}

WORDS = {
    Form.NDARRAY: "ndarray",
    Form.TENSOR: "tensor",
    Form.TFTENSOR: "tftensor",
    Form.TEXT: "strData",
    Form.BINARY: "binData",
    Form.JSON: "jsonData",
    Form.CUSTOM: "customData",
}
"""What the Seldon protocol, and so the key `payload`, calls each form."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Describe one feature or target, which may stand for several columns.

    Args:
        name: its name; with `repeat`, the stem of the names of its columns.
        kind: whether `low` and `high`, or `values`, or neither describe its values.
        dtype: of which type its values are; categories are as written, whatever it is.
        low: the least value; `None` means no limit.
        high: the greatest value; `None` means no limit.
        values: the categories, strings, numbers or booleans; empty unless categorical.
        repeat: how many columns like this one there are; `None` means one, called `name` itself.
        shape: the shape of one value; `()` means a single column.
        physical: the numpy dtype that the model computes with, such as `float32`; `None`: not said.
        nullable: whether a value may be missing: null in JSON, NaN for the model.
        default: what stands in where a form leaves the feature out; `None` means that it may not.
        pattern: the regular expression that a whole text must match; `None`: any.
        max_length: the most characters of a text, or bytes of bytes; `None`: no limit.
        unit: what numbers are measured in, for people.
        description: what it is, for people.
        example: a value, for people; `None`: not given.
        is_pii: whether it is personal data, which is never logged.
        tolerance: by how much two equal answers may differ, relative to the larger of them and 1;
            `None` means the tester's own.
        image: how a PNG or JPEG becomes its value; only of the dtype IMAGE.
        extra: the keys of its JSON object that are not read here.
    """

    name: str
    kind: Kind = Kind.CONTINUOUS
    dtype: Dtype = Dtype.FLOAT
    low: float | None = None
    high: float | None = None
    values: tuple[Json, ...] = ()
    repeat: int | None = None
    shape: tuple[int, ...] = ()
    physical: str | None = None
    nullable: bool = False
    default: Json = None
    pattern: str | None = None
    max_length: int | None = None
    unit: str = ""
    description: str = ""
    example: Json = None
    is_pii: bool = False
    tolerance: float | None = None
    image: ImageRule | None = None
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def block(self) -> tuple[int, ...]:
        """Return the shape it takes in one row; its copies lie side by side on the first axis."""
        first, *rest = self.shape or (1,)
        return (first * (self.repeat or 1), *rest)

    @property
    def is_numeric(self) -> bool:
        """Return whether its values are numbers (or pixels) in a range."""
        return self.kind is Kind.CONTINUOUS


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold what a caller may ask for, and how long it takes; `None` means no limit.

    Args:
        rows: the most rows of a request.
        bytes: the largest body of a request, in bytes.
        latency_ms: within how many milliseconds a request of one row is answered.
    """

    rows: int | None = None
    bytes: int | None = None
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """Hold one row that the model takes, and its answer where that is known.

    Args:
        input: the values by column; of a text, bytes or JSON payload, that payload as JSON has it.
        output: the values by column; `None` where the answer is not known.
    """

    input: Json
    output: Json = None


@dataclass(frozen=True, slots=True)
class Contract:
    """Hold what goes into a model and what comes out of it.

    Args:
        features: what a request holds, in the order of its columns.
        targets: what a reply holds, in the order of its columns; none promises nothing of it.
        version: the contract's own version; "" where it has none.
        payload: how requests travel: NDARRAY, TENSOR, JSON, TEXT or BINARY; `None`: as an array,
            in either form.
        json_schema: the JSON Schema of a request with a JSON payload; `None`: any JSON.
        limits: of a request.
        samples: rows that the model takes.
        input: what the model gets of a table.
        image: how an image becomes all the features of a row; `None`: images are not taken, unless
            a feature is one.
        extra: the keys of the document that are not read here.
    """

    features: tuple[Feature, ...]
    targets: tuple[Feature, ...]
    version: str = ""
    payload: Form | None = None
    json_schema: Json = None
    limits: Limits = field(default_factory=Limits)
    samples: tuple[Sample, ...] = ()
    input: Input = Input.ARRAY
    image: ImageRule | None = None
    extra: Mapping[str, Json] = field(default_factory=dict)

    @property
    def has_rows(self) -> bool:
        """Return whether a request is an array with a row for each thing that is asked about."""
        return self.payload in (None, Form.NDARRAY, Form.TENSOR)


def feature_names(features: Sequence[Feature]) -> list[str]:
    """Return the names of the columns of a request: `name`, or `name1` to `namen` by `repeat`."""
    return [name for feature in features for name in _unfolded(feature, "", first=1)]


def target_names(targets: Sequence[Feature]) -> list[str]:
    """Return the names of the columns of a reply: `name`, or `name:0`, `name:1` … by `repeat`."""
    return [name for target in targets for name in _unfolded(target, ":", first=0)]


def row_shape(features: Sequence[Feature]) -> tuple[int, ...]:
    """Return the shape of one row, in which the features lie side by side on the first axis."""
    blocks = [feature.block for feature in features]
    return (sum(block[0] for block in blocks), *(blocks[0][1:] if blocks else ()))


def _unfolded(feature: Feature, separator: str, *, first: int) -> list[str]:
    if feature.repeat is None:
        return [feature.name]
    numbers = range(first, first + feature.repeat)
    return [f"{feature.name}{separator}{number}" for number in numbers]
