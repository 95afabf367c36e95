"""The client's requests, as an application of a few lines sees them."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from python_multipart import multipart
from seldon_core._flask_client import Client, Response


async def mirror(scope: Any, receive: Any, send: Any) -> None:
    """Reply with what was asked, as JSON."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    asked = {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
        "body": base64.b64encode(body).decode(),
    }
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"x-own", b"1")]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(asked).encode()})


def plain(status: int, kind: bytes, body: bytes) -> Any:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", kind)] if kind else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def asked(*positional: Any, **how: Any) -> dict[str, Any]:
    """Return what the application saw of a POST."""
    found: dict[str, Any] = Client(mirror).post(*positional, **how).json
    found["body"] = base64.b64decode(found["body"])
    return found


def parts(seen: dict[str, Any]) -> dict[str, tuple[str | None, bytes]]:
    """Return file name and content of each part of a multipart body, by its name."""
    found: dict[str, tuple[str | None, bytes]] = {}
    parser = multipart.FormParser(
        "multipart/form-data",
        lambda field: found.update({_text(field.field_name): (None, field.value or b"")}),
        lambda file: found.update(
            {_text(file.field_name): (_text(file.file_name), _content(file.file_object))}
        ),
        boundary=seen["headers"]["content-type"].partition("boundary=")[2],
    )
    parser.write(seen["body"])
    parser.finalize()
    return found


def _text(name: bytes | None) -> str:
    assert name is not None
    return name.decode()


def _content(file: Any) -> bytes:
    file.seek(0)
    content: bytes = file.read()
    return content


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_each_verb_has_a_method(method: str) -> None:
    client = Client(mirror)

    by_name = getattr(client, method.lower())("/a/b")
    by_word = client.open("/a/b", method=method)

    for response in (by_name, by_word):
        assert (response.json["method"], response.json["path"]) == (method, "/a/b")


def test_head_has_no_body() -> None:
    response = Client(plain(200, b"text/plain", b"")).head("/")

    assert (response.status_code, response.data) == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        '/p?json={"data":{"names":["a","b"],"ndarray":[[1,2]]}}',
        'p?json={"data": {"names": ["a", "b"], "ndarray": [[1, 2]]}}',
        "http://localhost/p?json=%7B%22a%22:1%7D",
    ],
)
def test_a_query_may_stand_in_the_path(path: str) -> None:
    seen = asked(path)

    assert seen["path"] == "/p"
    assert json.loads(parse_qs(seen["query"])["json"][0])


@pytest.mark.parametrize("query", ["a=b%20c", {"a": "b c"}])
def test_a_query_may_stand_beside_the_path(query: Any) -> None:
    assert asked("/p", query_string=query)["query"] in ("a=b%20c", "a=b+c")


def test_json_is_written_with_its_type() -> None:
    seen = asked("/p", json={"a": [1, None, "ü"]})

    assert json.loads(seen["body"]) == {"a": [1, None, "ü"]}
    assert seen["headers"]["content-type"] == "application/json"


@pytest.mark.parametrize("data", ["äöü", "äöü".encode(), io.BytesIO("äöü".encode())])
def test_data_is_sent_as_it_is_without_a_type(data: Any) -> None:
    seen = asked("/p", data=data)

    assert seen["body"] == "äöü".encode()
    assert "content-type" not in seen["headers"]
    assert seen["headers"]["content-length"] == "6"


def test_a_content_type_and_headers_are_sent() -> None:
    seen = asked("/p", data="{}", content_type="text/x", headers={"X-Own": "a"})

    assert (seen["headers"]["content-type"], seen["headers"]["x-own"]) == ("text/x", "a")


def test_a_mimetype_is_a_content_type() -> None:
    seen = asked("/p", data="{}", mimetype="application/json")

    assert seen["headers"]["content-type"] == "application/json"


def test_a_base_url_names_the_host() -> None:
    for path in ("/p", "p", "https://model.example:8443/p"):
        seen = asked(path, base_url="https://model.example:8443/")

        assert (seen["path"], seen["headers"]["host"]) == ("/p", "model.example:8443")


def test_headers_of_an_environment_are_sent() -> None:
    client = Client(mirror)
    client.environ_base["HTTP_AUTHORIZATION"] = "Bearer a"

    environ = {"HTTP_X_OWN": "b", "REMOTE_ADDR": "127.0.0.1"}
    seen = client.get("/p", environ_base=environ, headers={"X-Other": "c"}).json["headers"]

    assert (seen["authorization"], seen["x-own"], seen["x-other"]) == ("Bearer a", "b", "c")
    assert "remote-addr" not in seen


def test_what_has_no_meaning_here_is_taken() -> None:
    seen = asked("/p", data="a", follow_redirects=True, buffered=True, charset="utf-8")

    assert seen["body"] == b"a"


def test_an_argument_that_flask_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^open\(\) got an unexpected keyword argument 'jsom'$"):
        Client(mirror).post("/p", jsom={})


def test_a_dict_is_a_form() -> None:
    seen = asked("/p", data={"json": '{"a": 1}', "b": ["x", "y"]})

    assert seen["body"] == b"json=%7B%22a%22%3A+1%7D&b=x&b=y"
    assert seen["headers"]["content-type"] == "application/x-www-form-urlencoded"


def test_files_make_a_form_of_parts() -> None:
    seen = asked(
        "/p",
        data={
            "meta": '{"puid": "p"}',
            "binData": (io.BytesIO(b"\x00\xff"), "image.png"),
            "other": io.BytesIO(b"o"),
        },
    )

    assert parts(seen) == {
        "meta": (None, b'{"puid": "p"}'),
        "binData": ("image.png", b"\x00\xff"),
        "other": ("file", b"o"),
    }


def test_a_form_of_parts_may_be_asked_for() -> None:
    seen = asked("/p", data={"strData": "text"}, content_type="multipart/form-data")

    assert parts(seen) == {"strData": (None, b"text")}


def test_a_response_has_the_names_of_flask() -> None:
    response = Client(mirror).get("/p")

    assert (response.status_code, response.status) == (201, "201 CREATED")
    assert response.content_type == "application/json; charset=utf-8"
    assert response.mimetype == "application/json"
    assert response.is_json
    assert response.headers["X-Own"] == "1"
    assert response.get_json() == response.json == json.loads(response.data)
    assert response.get_data() == response.data == response.text.encode()
    assert response.get_data(as_text=True) == response.text
    assert b"".join(response.response) == response.data
    response.close()


@pytest.mark.parametrize("length", [None, 3])
def test_a_length_is_told_where_it_is_sent(length: int | None) -> None:
    headers = [] if length is None else [(b"content-length", b"%d" % length)]

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"abc"})

    assert Client(answer).get("/").content_length == length


def test_a_body_is_json_only_if_it_says_so() -> None:
    text = Client(plain(200, b"text/plain", b"[1]")).get("/")
    broken = Client(plain(200, b"application/problem+json", b"[1")).get("/")

    assert (text.json, text.get_json(force=True)) == (None, [1])
    assert broken.get_json(silent=True) is None
    with pytest.raises(ValueError, match="delimiter"):
        broken.get_json()


@pytest.mark.parametrize(("status", "said"), [(418, "418 I'M A TEAPOT"), (520, "520 ")])
def test_any_status_is_told(status: int, said: str) -> None:
    assert Client(plain(status, b"", b"")).get("/").status == said


def test_an_error_of_the_application_reaches_the_test() -> None:
    async def fails(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError("of the application")

    with pytest.raises(ValueError, match="of the application"):
        Client(fails).get("/")


def test_it_may_be_used_in_a_with_block_and_within_an_event_loop() -> None:
    async def ask() -> Response:
        with Client(mirror) as client:
            return client.get("/p")

    assert asyncio.run(ask()).status_code == 201
