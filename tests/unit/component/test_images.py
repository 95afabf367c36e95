from __future__ import annotations

import asyncio
import base64
import builtins
import functools
import io
import struct
import threading
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from charter.component import images as module
from charter.component.images import Budget, Images, Picture, images, pixels
from charter.contract.model import Contract, ImageRule
from charter.contract.parse import parse
from charter.deadline import Caller, within
from charter.errors import BadPayload, MissingMethod, TooLarge, TooLate
from charter.message import Form, Message
from charter.methods import PREDICT, ROUTE, TRANSFORM_INPUT
from charter.service import Service
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

pillow = pytest.importorskip("PIL.Image", reason="images need Pillow")

GREY = ImageRule("L", (2, 2))
TARGETS: list[Any] = []


def encoded(values: Any, kind: str = "PNG", mode: str | None = None, **saved: Any) -> bytes:
    """Return an array of bytes as a file."""
    buffer = io.BytesIO()
    image = pillow.fromarray(np.array(values, np.uint8))
    (image.convert(mode) if mode else image).save(buffer, kind, **saved)
    return buffer.getvalue()


def read(content: bytes, rule: ImageRule = GREY) -> NDArray[Any]:
    return pixels(content, rule, "place", Budget())


def refusal(content: bytes, rule: ImageRule = GREY) -> str:
    with pytest.raises(BadPayload) as raised:
        read(content, rule)
    return raised.value.message


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def claiming(width: int, height: int) -> bytes:
    """Return a PNG that says it is so large, and has no pixels at all."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


SQUARE = [[0, 85], [170, 255]]
DIGIT = encoded(SQUARE)


def whole(**more: Any) -> Contract:
    image = {"mode": "L", "size": [2, 2], **more.pop("image", {})}
    feature = {"name": "x", "ftype": "continuous", "range": [0, 255], "repeat": 4}
    return parse({"features": [feature], "targets": TARGETS, "image": image, **more})


def made(contract: Contract) -> Images:
    found = images(contract)
    assert found is not None
    return found


def test_pixels_are_whole_numbers_as_the_file_has_them() -> None:
    found = read(DIGIT)

    assert found.shape == (2, 2, 1)
    assert found.dtype == np.int64
    assert found[..., 0].tolist() == SQUARE


def test_pixels_are_scaled_and_inverted_as_the_contract_says() -> None:
    scaled = read(DIGIT, ImageRule("L", (2, 2), scale=255))
    inverted = read(DIGIT, ImageRule("L", (2, 2), scale=85, invert=True))

    assert scaled.dtype == np.float64
    np.testing.assert_array_equal(scaled[..., 0], np.array(SQUARE) / 255)
    assert inverted[..., 0].tolist() == [[3, 2], [1, 0]]


def test_alpha_is_not_inverted() -> None:
    found = read(encoded([[[1, 2, 3, 200]]]), ImageRule("RGBA", (1, 1), invert=True))

    assert found.tolist() == [[[254, 253, 252, 200]]]


@pytest.mark.parametrize("mode", ["1", "P", "LA", "RGB", "RGBA"])
def test_grey_of_every_kind_of_png_is_the_same_grey(mode: str) -> None:
    found = read(encoded([[0, 255], [255, 0]], mode=mode))

    assert found[..., 0].tolist() == [[0, 255], [255, 0]]


def test_grey_of_sixteen_bits_keeps_its_upper_eight() -> None:
    buffer = io.BytesIO()
    pillow.fromarray(np.array([[0, 255], [0x80FF, 0xFFFF]], np.uint16)).save(buffer, "PNG")

    assert read(buffer.getvalue())[..., 0].tolist() == [[0, 0], [0x80, 255]]


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_of_every_kind_is_read(mode: str) -> None:
    found = read(encoded(np.full((2, 2), 200), "JPEG", mode=mode))

    np.testing.assert_allclose(found, 200, atol=2)


def test_what_is_transparent_is_white_and_what_is_half_so_half() -> None:
    found = read(encoded([[[0, 0, 0, 0], [0, 0, 0, 255]], [[0, 0, 0, 128], [9, 9, 9, 255]]]))

    assert found[..., 0].tolist() == [[255, 0], [127, 9]]


def test_a_transparent_colour_of_a_palette_is_white() -> None:
    file = encoded([[0, 9], [9, 9]], mode="P", transparency=0)

    assert read(file)[..., 0].tolist() == [[255, 9], [9, 9]]


def test_a_photograph_is_turned_as_its_camera_was() -> None:
    turned = pillow.Exif()
    turned[0x0112] = 6  # EXIF 2.32, “Orientation”: row 0 is the right side, column 0 the top
    file = encoded([[10, 20], [30, 40]], exif=turned)
    wide = encoded(np.zeros((10, 40)), "JPEG", exif=turned)

    assert read(file)[..., 0].tolist() == [[30, 10], [40, 20]]
    assert read(wide, ImageRule("L", (10, 40))).shape == (40, 10, 1)


def test_a_larger_image_is_scaled_down_without_steps() -> None:
    stripes = np.zeros((64, 64))
    stripes[:, ::2] = 255

    for kind in ("PNG", "JPEG"):
        found = read(encoded(stripes, kind, mode="RGB"), ImageRule("L", (8, 4)))

        assert found.shape == (4, 8, 1)
        np.testing.assert_allclose(found, 127.5, atol=10)


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP"])
def test_other_formats_are_refused(kind: str) -> None:
    assert refusal(encoded(SQUARE, kind)).startswith("place: expected a PNG or JPEG, got b'")


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", DIGIT[:-20]])
def test_what_is_cut_off_is_refused_with_its_place(content: bytes) -> None:
    assert refusal(content).startswith("place: ")


FILES = [DIGIT, encoded(np.arange(64).reshape(8, 8) * 4, "JPEG")]


@pytest.mark.filterwarnings("ignore")  # Pillow's own, of EXIF and the like
@given(st.sampled_from(FILES), st.data())
def test_a_file_with_any_bytes_changed_is_read_or_refused(file: bytes, data: st.DataObject) -> None:
    content = bytearray(file)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(0, len(file)))])

    for each in (bytes(content), cut):
        try:
            found = read(each)
        except (BadPayload, TooLarge) as error:
            found = None
            place = error.message[:7]
        assert place == "place: " if found is None else found.shape == (2, 2, 1)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    bomb = claiming(50_000, 50_000)

    with pytest.raises(TooLarge) as raised:
        read(bomb)

    assert raised.value.message == "place: expected at most 50000000 pixels, got 50000 x 50000"


def test_the_pixels_of_all_images_of_a_request_are_bounded() -> None:
    budget = Budget()
    for _ in range(4):
        budget.take((10_000, 5_000), "place")

    with pytest.raises(TooLarge, match=r"^place: the images have more than 200000000 pixels"):
        budget.take((1, 1), "place")


def request(value: Any) -> Message:
    return Message(Form.NDARRAY, np.array(value))


def in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.mark.parametrize(
    "message",
    [
        Message(Form.BINARY, DIGIT),
        request([in_base64(DIGIT)]),
        request([[in_base64(DIGIT)]]),
        Message(Form.NDARRAY, np.array([[Picture(DIGIT, "body")]], dtype=object)),
    ],
)
def test_an_image_makes_a_whole_row_however_it_comes(message: Message) -> None:
    reader = made(whole())

    assert reader.are_in(message, PREDICT)
    assert reader.are_in(message, TRANSFORM_INPUT)
    found = reader.read(message)
    assert found.form is Form.NDARRAY
    assert found.value.tolist() == [[0, 85, 170, 255]]
    assert found.names == ["x1", "x2", "x3", "x4"]


def test_several_images_are_several_rows_and_the_meta_stays() -> None:
    message = Message(Form.NDARRAY, np.array([in_base64(DIGIT)] * 3), ["image"], {"puid": "p"})

    found = made(whole()).read(message)

    assert found.value.shape == (3, 4)
    assert found.meta == {"puid": "p"}


@pytest.mark.parametrize(
    "message",
    [
        request([[1, 2, 3, 4]]),
        request([["1", "2", "3", "4"]]),
        Message(Form.NDARRAY, np.array([["a", 1]], dtype=object)),
        Message(Form.NDARRAY, np.array([], dtype="U1")),
        Message(Form.TENSOR, np.array([[1.0]])),
        Message(Form.TEXT, "s"),
        Message(Form.RAW, {}),
    ],
)
def test_what_holds_no_images_is_left_alone(message: Message) -> None:
    assert not made(whole()).are_in(message, PREDICT)


def test_other_methods_get_what_came() -> None:
    assert not made(whole()).are_in(Message(Form.BINARY, DIGIT), ROUTE)


def test_images_are_features_of_their_shape_side_by_side() -> None:
    shaped = {"dtype": "IMAGE", "shape": [2, 2, 1]}
    contract = parse(
        {
            "features": [{"name": "left", **shaped}, {"name": "right", **shaped, "repeat": 2}],
            "targets": [],
        }
    )
    reader = made(contract)
    message = request([[in_base64(encoded(np.full((2, 2), value))) for value in (1, 2, 3)]])

    assert reader.are_in(message, PREDICT)
    assert not reader.are_in(Message(Form.BINARY, DIGIT), PREDICT)
    found = reader.read(message).value
    assert found.shape == (1, 6, 2, 1)
    assert found[0, ::2, 0, 0].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([["?"]], "data.ndarray[0][0]: expected a PNG or JPEG in base64, got '?'"),
        ([[in_base64(DIGIT)], [None]], "data.ndarray[1][0]: expected a PNG or JPEG in base64"),
        (["AAAA"], r"data.ndarray[0]: expected a PNG or JPEG, got b'\x00\x00\x00'"),
        ([[Picture(DIGIT[:40], "multipart.image[1]")]], "multipart.image[1]: the image is cut off"),
    ],
)
def test_a_cell_that_is_no_image_is_refused_with_its_place(cells: Any, message: str) -> None:
    with pytest.raises(BadPayload) as raised:
        made(whole()).read(Message(Form.NDARRAY, np.array(cells, dtype=object)))

    assert raised.value.message.startswith(message)


def test_there_are_as_many_images_as_rows_allowed() -> None:
    two = made(whole(limits={"rows": 2}))

    assert two.read(request([in_base64(DIGIT)] * 2)).value.shape == (2, 4)
    with pytest.raises(TooLarge, match=r"^data.ndarray: expected at most 2 images, got 3"):
        two.read(request([in_base64(DIGIT)] * 3))
    with pytest.raises(TooLarge, match=r"^data.ndarray: expected at most 1000 images, got 1001"):
        made(whole()).read(request(["AAAA"] * 1001))


@pytest.mark.parametrize(
    "contract",
    [
        None,
        parse({"features": [{"name": "a", "dtype": "STRING"}], "targets": []}),
        parse(
            {
                "features": [{"name": "a", "dtype": "BYTES"}],
                "targets": [],
                "payload": "binData",
            }
        ),
    ],
)
def test_a_contract_without_images_reads_none(contract: Contract | None) -> None:
    assert images(contract) is None


def test_without_pillow_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def missing(name: str, *more: Any) -> Any:
        if name.startswith("PIL"):
            raise ImportError(name)
        return imported(name, *more)

    monkeypatch.setattr(builtins, "__import__", missing)

    with pytest.raises(MissingMethod, match=r"^place: reading images needs Pillow: pip install"):
        read(DIGIT)


def test_images_are_decoded_in_threads_of_their_own() -> None:
    reader = made(whole())
    seen: list[str] = []
    original = module.pixels

    def noting(*given: Any) -> Any:
        seen.append(threading.current_thread().name)
        return original(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "pixels", noting)
        reader.read_here(Message(Form.BINARY, DIGIT))
        asyncio.run(reader.read_on_loop(Message(Form.BINARY, DIGIT)))
    reader.close()

    assert [name.rpartition("_")[0] for name in seen] == ["charter-images"] * 2


@pytest.mark.parametrize("is_blocking", [False, True])
def test_who_waits_for_images_is_told_when_the_time_is_over(is_blocking: bool) -> None:
    asked, leave = list[Any](), threading.Event()
    original = module.pixels

    class Model:
        def predict(self, X: Any) -> Any:
            asked.append(X)
            return X

    def waiting(*given: Any) -> Any:
        assert leave.wait(10)
        return original(*given)

    async def run() -> None:
        service = Service(Model, contract=whole())
        await service.load()
        request, caller = Message(Form.BINARY, DIGIT), Caller(within(0.05, "--timeout"))
        blocking: Callable[..., Any] = service.handle_blocking
        ask = functools.partial(asyncio.to_thread, blocking) if is_blocking else service.handle
        with pytest.raises(TooLate, match=r"no answer within 0\.05 s"):
            await ask(PREDICT, request, str, caller=caller)
        leave.set()
        service.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "pixels", waiting)
        asyncio.run(run())

    assert asked == []
