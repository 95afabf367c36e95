"""Fields and images over REST; that their values are right is for the tests of what reads them."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from charter.assembly import make
from charter.settings import Settings
from charter.transport.rest import rest_app

NUMBER = {"ftype": "continuous", "range": ["-inf", "inf"]}
PAIR = {"features": [{"name": "a", **NUMBER}, {"name": "b", **NUMBER, "default": 9}], "targets": []}
PICTURE = {"name": "picture", "dtype": "IMAGE", "shape": [1, 2, 1]}
WHOLE = {
    "features": [{"name": "x", **NUMBER, "repeat": 2}],
    "targets": [],
    "image": {"mode": "L", "size": [2, 1]},
}


class Echo:
    def predict(self, X: Any, names: Any) -> Any:
        return {"X": np.asarray(X).tolist(), "names": list(names)}

    transform_input = predict
    transform_output = predict


class TakesRaw:
    def predict_raw(self, message: Any) -> Any:
        return message


@pytest.fixture
def contract(tmp_path: Path) -> Any:
    def write(document: Any) -> str:
        path = tmp_path / "contract.json"
        path.write_text(json.dumps(document))
        return str(path)

    return write


def ask(contract: str, path: str, component: Any = Echo, **request: Any) -> httpx.Response:
    chosen = {key: request.pop(key) for key in ("compat", "contract_mode") if key in request}

    async def run() -> httpx.Response:
        settings = Settings(contract=contract, **chosen)
        service = make(component, settings)
        await service.load()
        transport = httpx.ASGITransport(rest_app(service, settings))
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://charter") as client:
                return await client.request(request.pop("verb", "POST"), path, **request)
        finally:
            service.close()

    return asyncio.run(run())


def answer(*given: Any, **request: Any) -> Any:
    response = ask(*given, **request)
    assert response.status_code == 200, response.text
    return response.json()["jsonData"]


def info(*given: Any, **request: Any) -> str:
    response = ask(*given, **request)
    assert response.status_code == 400
    told: str = response.json()["status"]["info"]
    return told


def png(*values: int) -> bytes:
    images = pytest.importorskip("PIL.Image", reason="images need Pillow")
    buffer = io.BytesIO()
    images.fromarray(np.array([values], np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "request_",
    [
        {"verb": "GET", "params": [("a", "1"), ("b", "2"), ("a", "3"), ("b", "4")]},
        {"params": [("a", "1"), ("b", "2"), ("a", "3"), ("b", "4")]},
        {"data": {"a": ["1", "3"], "b": ["2", "4"]}},
        {"files": [("a", (None, "1")), ("a", (None, "3")), ("b", (None, "2")), ("b", (None, "4"))]},
    ],
    ids=["query", "query of a POST", "form", "multipart"],
)
@pytest.mark.parametrize("path", ["/predict", "/transform-input"])
def test_fields_are_rows_with_the_names_of_the_columns(
    contract: Any, path: str, request_: dict[str, Any]
) -> None:
    found = answer(contract(PAIR), path, **dict(request_))

    assert found == {"X": [[1, 2], [3, 4]], "names": ["a", "b"]}


def test_what_is_wrong_is_told_with_where_it_stood(contract: Any) -> None:
    told = [
        info(contract(PAIR), "/predict", verb="GET", params={"a": "x", "c": "1"}),
        info(contract(PAIR), "/predict", data={"b": "1"}),
        info(contract(PAIR), "/predict", files={"a": b"\xff"}),
        info(contract(PAIR), "/predict", files={"zz": b"\xff"}),
    ]

    assert told == [
        "query.c: no such column; query.a: expected a number, got 'x'",
        "form.a: missing",
        "multipart.a: not UTF-8: 'utf-8' codec can't decode byte 0xff in position 0: invalid "
        "start byte",
        "multipart.zz: no such column; multipart.a: missing",
    ]


@pytest.mark.parametrize(
    "request_",
    [
        {"verb": "GET", "params": {"json": '{"data": {"ndarray": [[5]]}}', "a": "1"}},
        {"json": {"data": {"ndarray": [[5]]}}, "params": {"a": "1"}},
        {"data": {"json": '{"data": {"ndarray": [[5]]}}', "a": "1"}},
        {"files": {"data": (None, '{"ndarray": [[5]]}')}},
    ],
)
def test_a_message_is_read_as_ever(contract: Any, request_: dict[str, Any]) -> None:
    assert answer(contract(PAIR), "/predict", **dict(request_))["X"] == [[5]]


@pytest.mark.parametrize(
    ("path", "component", "chosen"),
    [
        ("/transform-output", Echo, {}),
        ("/predict", TakesRaw, {}),
        ("/predict", Echo, {"contract_mode": "off"}),
        ("/predict", Echo, {"compat": "strict"}),
    ],
)
def test_elsewhere_fields_are_no_message(
    contract: Any, path: str, component: Any, chosen: dict[str, Any]
) -> None:
    response = ask(contract(PAIR), path, component, verb="GET", params={"a": "1"}, **chosen)

    assert response.status_code in (400, 500)
    assert "JSON" in response.json()["status"]["info"]


@pytest.mark.parametrize(
    "request_",
    [
        {"files": {"image": ("a.png", png(7, 8))}},
        {"content": png(7, 8), "headers": {"content-type": "image/png"}},
        {"content": png(7, 8), "headers": {"content-type": "image/jpeg; q=1"}},
    ],
)
def test_an_image_makes_a_row(contract: Any, request_: dict[str, Any]) -> None:
    found = answer(contract(WHOLE), "/predict", **dict(request_))

    assert found == {"X": [[7, 8]], "names": ["x1", "x2"]}


def test_several_files_are_several_rows_in_their_order(contract: Any) -> None:
    files = [("image", (f"{value}.png", png(value, 0))) for value in range(5)]

    assert answer(contract(WHOLE), "/predict", files=files)["X"] == [[each, 0] for each in range(5)]


@pytest.mark.parametrize("name", ["picture", "image"])
def test_an_image_is_the_value_of_the_feature_of_its_name(contract: Any, name: str) -> None:
    document = {"features": [PICTURE], "targets": []}

    assert answer(contract(document), "/predict", files={name: png(7, 8)})["X"] == [[[[7], [8]]]]


def test_images_stand_beside_other_fields(contract: Any) -> None:
    other = {"name": "other", **NUMBER, "shape": [1, 2, 1]}
    document = {"features": [PICTURE, other], "targets": []}
    files = [("image", ("a.png", png(7, 8))), ("other", (None, "[[[1],[2]]]"))]

    found = answer(contract(document), "/predict", files=files)["X"]

    assert found == [[[[7], [8]], [[1], [2]]]]


def test_the_pixels_of_an_image_may_come_as_numbers(contract: Any) -> None:
    document = {"features": [PICTURE], "targets": []}

    found = answer(contract(document), "/predict", verb="GET", params={"picture": "[[[1],[2]]]"})

    assert found["X"] == [[[[1], [2]]]]


def test_a_file_is_the_value_of_a_feature_of_bytes_in_base64(contract: Any) -> None:
    document = {"features": [{"name": "a", "dtype": "BYTES"}], "targets": []}

    assert answer(contract(document), "/predict", files={"a": b"\xff"})["X"] == [["/w=="]]


def test_an_image_that_is_none_is_refused_with_where_it_stood(contract: Any) -> None:
    whole = contract(WHOLE)
    files = [("image", png(1, 2)), ("image", png(1, 2)[:-30])]

    assert info(whole, "/predict", files=files).startswith("multipart.image[1]: the image is cut")
    assert info(whole, "/predict", files={"image": b"GIF89a"}) == (
        "multipart.image: expected a PNG or JPEG, got b'GIF89a'"
    )
    assert info(whole, "/predict", files={"image": png(1, 2), "x1": (None, "3")}) == (
        "multipart.x1: expected images as 'image', of which each makes a whole row, and no other "
        "field"
    )
    broken = {"content": b"\xff", "headers": {"content-type": "image/png"}}
    assert info(whole, "/predict", **broken).startswith("body: expected a PNG or JPEG")


def test_without_images_in_the_contract_one_is_no_body(contract: Any) -> None:
    body = {"content": png(1, 2), "headers": {"content-type": "image/png"}}

    assert ask(contract(PAIR), "/predict", **body).status_code == 415
