"""PNG and JPEG as rows of a contract's features, decoded with Pillow. No HTTP and no files here.

An image is never decoded on the event loop: a small one takes 0.1 ms, as much as the hop to a
thread, but how long one takes is the caller's choice, and Pillow lets others run meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError  # another one before Python 3.11
from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from charter.contract import fields
from charter.contract.model import Contract, ImageRule, feature_names, row_shape
from charter.contract.values import decoded
from charter.deadline import Deadline
from charter.errors import BadPayload, MissingMethod, TooLarge, shown
from charter.message import Form, Json, Message, Request
from charter.methods import CONTRACTED, Method

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

# As many as the sensors of cameras have. Decoded they are 200 MB, and a file of 50 KB may claim it.
MOST_PIXELS = 50_000_000
# … and what one request may make us decode, which takes four seconds of a processor.
MOST_PIXELS_OF_ALL = 4 * MOST_PIXELS
MOST_IMAGES = 1000
# How many images are decoded at the same time bounds the memory that takes.
_THREADS = 2
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
_PNG_END = b"IEND"
_MAGIC_BYTES = 8
# What Pillow raises for files that are cut off or broken.
_BROKEN = (
    *(OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, ArithmeticError),
    *(AssertionError, struct.error),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """Hold an image that is not decoded yet: a cell of a request's array.

    Args:
        content: the bytes of a PNG or JPEG, or their base64 text; anything else is refused.
        place: where it stood, for messages.
    """

    content: Json
    place: str


class Images:
    """Make the images of requests rows, by a contract that says how.

    Args:
        contract: whose features are images, or whose rows are made of one; see `images`.
    """

    def __init__(self, contract: Contract) -> None:
        self._features = contract.features
        self._is_whole = contract.image is not None
        self._rules = rules(contract)
        self._width = sum(rule is not None for rule in self._rules)
        self._most = contract.limits.rows or MOST_IMAGES
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="charter-images")

    def are_in(self, request: Request, method: Method) -> TypeGuard[Message]:
        """Return whether a request has images to be decoded."""
        if method not in CONTRACTED or not isinstance(request, Message):
            return False
        are_all = self._width == len(self._rules)
        if request.form is Form.BINARY:
            return are_all and self._width == 1
        if request.form is not Form.NDARRAY or request.value.dtype.kind not in "OU":
            return False
        shape = request.value.shape
        if are_all and (shape[1:] == (self._width,) or (self._width == 1 and len(shape) == 1)):
            return bool(request.value.size)
        return any(isinstance(cell, Picture) for cell in request.value.flat)

    async def read_on_loop(self, request: Message) -> Message:
        """Return a request with its images as rows, decoded in a thread; raises as `read`."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.read, request)

    def read_here(self, request: Message, deadline: Deadline | None = None) -> Message:
        """Do the same while this thread waits, which must not be the event loop's.

        Raises:
            TooLate: the deadline has passed.
        """
        reading = self._pool.submit(self.read, request)
        if deadline is None:
            return reading.result()
        try:
            return reading.result(deadline.left_s)
        except FutureTimeoutError as error:
            reading.cancel()
            raise deadline.error() from error

    def read(self, request: Message) -> Message:
        """Return a request with its images as rows.

        Args:
            request: bytes, or an array `(n,)` or `(n, columns)` of images; see `are_in`.

        Returns:
            Rows `(n, …)` as `row_shape` of the features has them, with the features' names; whole
            numbers, or floats where the contract scales them.

        Raises:
            BadPayload: a cell is no PNG or JPEG, or is cut off or broken.
            TooLarge: there are too many images, or pixels.
            MissingMethod: Pillow is not installed.
        """
        rows = _cells(request)
        if len(rows) > self._most:
            found = rows[0][0]
            place = found.place if isinstance(found, Picture) else "data"
            least = place.partition("[")[0]
            raise TooLarge(f"{least}: expected at most {self._most} images, got {len(rows)}")
        budget = Budget()
        values = [
            [
                cell if rule is None else _decoded(cell, rule, budget)
                for cell, rule in zip(row, self._rules, strict=True)
            ]
            for row in rows
        ]
        made = fields.table(self._features, values) if not self._is_whole else self._whole(values)
        return replace(request, form=made.form, value=made.value, names=made.names)

    def close(self) -> None:
        """Decode no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _whole(self, values: Sequence[Sequence[NDArray[Any]]]) -> Message:
        """Return rows of which each is one image."""
        shape, names = row_shape(self._features), feature_names(self._features)
        rows = np.stack([image for (image,) in values]).reshape(len(values), *shape)
        return Message(Form.NDARRAY, rows, names if shape == (len(names),) else ())


def images(contract: Contract | None) -> Images | None:
    """Return what reads the images of requests; `None` where the contract has none."""
    if contract is None or not contract.has_rows or not any(rules(contract)):
        return None
    return Images(contract)


def rules(contract: Contract) -> tuple[ImageRule | None, ...]:
    """Return how images are read, by column; `None` for columns that are no images.

    Where an image makes a whole row there is one column, of that rule.
    """
    if contract.image is not None:
        return (contract.image,)
    return tuple(feature.image for feature in contract.features for _ in range(feature.repeat or 1))


class Budget:
    """Count down the pixels that one request may still have decoded."""

    def __init__(self) -> None:
        self._left = MOST_PIXELS_OF_ALL

    def take(self, size: tuple[int, int], place: str) -> None:
        width, height = size
        if width * height > MOST_PIXELS:
            raise TooLarge(
                f"{place}: expected at most {MOST_PIXELS} pixels, got {width} x {height}"
            )
        self._left -= width * height
        if self._left < 0:
            raise TooLarge(f"{place}: the images have more than {MOST_PIXELS_OF_ALL} pixels in all")


def _decoded(cell: Any, rule: ImageRule, budget: Budget) -> NDArray[Any]:
    """Return the numbers of a cell that is an image, or is those numbers already."""
    if isinstance(cell, np.ndarray):
        return cell
    content = decoded(cell.content)
    if content is None:
        got = shown(cell.content)
        raise BadPayload(f"{cell.place}: expected a PNG or JPEG in base64, got {got}")
    return pixels(content, rule, cell.place, budget)


def pixels(content: bytes, rule: ImageRule, place: str, budget: Budget) -> NDArray[Any]:
    """Return the numbers that an image is, shape `rule.shape`.

    Args:
        content: a PNG or JPEG.
        rule: how it becomes numbers.
        place: where it stood, for messages.
        budget: what the request may still have decoded.

    Returns:
        Float64 where the rule scales, else int64, as JSON has whole numbers: a model that computes
        with bytes would get others than from the same pixels as JSON.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        needed = "reading images needs Pillow: pip install 'charter[image]'"
        raise MissingMethod(f"{place}: {needed}") from error
    with _refusing(place):
        image = _opened(content, place)
        budget.take(image.size, place)
        # Scaled in the decoder already, to twice what is wanted at least.
        image.draft(None, (max(rule.size) * 2,) * 2)
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        scaled = _eight_bits(image, rule.mode).resize(
            rule.size, Image.Resampling.LANCZOS, reducing_gap=3.0
        )
        return _numbers(_over_white(scaled, rule.mode), rule)


def _opened(content: bytes, place: str) -> ImageFile:
    """Return the image with its head read, by the class of its format: no other is tried.

    `PIL.Image.open` would warn of many pixels by itself, and read further images of a JPEG.
    """
    from PIL.JpegImagePlugin import JpegImageFile
    from PIL.PngImagePlugin import PngImageFile

    if content.startswith(_PNG):
        if _PNG_END not in content:  # Pillow is content with all pixels, whose checksums come last
            raise BadPayload(f"{place}: the image is cut off or broken: it has no end")
        return PngImageFile(BytesIO(content))
    if content.startswith(_JPEG):
        return JpegImageFile(BytesIO(content))
    raise BadPayload(f"{place}: expected a PNG or JPEG, got {shown(content[:_MAGIC_BYTES])}")


@contextlib.contextmanager
def _refusing(place: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise BadPayload(f"{place}: the image is cut off or broken: {reason}") from error


def _eight_bits(image: Image, mode: str) -> Image:
    """Return the image in the mode, eight bits a colour; with alpha while it has that."""
    if image.mode.startswith("I"):  # grey of 16 bits; Pillow itself would cut the values off
        from PIL import Image as pillow  # noqa: N813 - `Image` is the class above

        image = pillow.fromarray((np.asarray(image).astype(np.int64) >> 8).astype(np.uint8))
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode == "P":  # the palette has the colours
        image = image.convert("RGB")
    return image.convert(mode)


def _over_white(image: Image, mode: str) -> Image:
    if image.mode == mode:
        return image
    from PIL import Image as pillow  # noqa: N813 - `Image` is the class above

    white = pillow.new("RGBA", image.size, "white")
    return pillow.alpha_composite(white, image).convert(mode)


def _numbers(image: Image, rule: ImageRule) -> NDArray[Any]:
    values = np.asarray(image).astype(np.int64).reshape(rule.shape)
    if rule.invert:
        values[..., :3] = 255 - values[..., :3]  # not of alpha
    return values if rule.scale == 1 else values / rule.scale


def _cells(request: Message) -> list[list[Any]]:
    """Return the cells of a request; what is no array among them is a picture, or is to be one."""
    if request.form is Form.BINARY:
        return [[Picture(request.value, "binData")]]
    is_flat = request.value.ndim == 1
    rows: Sequence[Any] = request.value.tolist()
    return [
        [
            _picture(cell, f"data.ndarray[{row}]" + ("" if is_flat else f"[{column}]"))
            for column, cell in enumerate([cells] if is_flat else cells)
        ]
        for row, cells in enumerate(rows)
    ]


def _picture(cell: Any, place: str) -> Any:
    return cell if isinstance(cell, Picture | np.ndarray) else Picture(cell, place)
