"""Ask Charter what the original was asked over REST, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlencode

import httpx
from charter import asgi_app
from parity.records import Answer, Record

_HOST = "http://charter"
_BOUNDARY = "a-boundary"
# A record holds of an uploaded file its name only.
_FILES = {
    "multipart/jsonData_file": b'{"a":1}',
    "multipart/strData_file": b"file text",
    "multipart/binData_file": b"\x00\x01",
    "multipart/unknown_file_nonutf8": b"\xff\xfe",
}


def answers(
    records: Iterable[Record], make: Callable[[str], object], compat: str
) -> dict[str, Answer]:
    """Return what Charter answers to each record's request.

    Args:
        records: what to ask.
        make: returns the model behind a record.
        compat: the setting of that name.
    """

    async def ask_all() -> dict[str, Answer]:
        return {record.id: await ask(record, make(record.id), compat) for record in records}

    return asyncio.run(ask_all())


async def ask(record: Record, model: object, compat: str) -> Answer:
    """Return what Charter answers to one record's request."""
    app = asgi_app(model, compat=compat)
    transport = httpx.ASGITransport(app)
    try:
        response = await transport.handle_async_request(request(record))
        text = (await response.aread()).decode()
        failed = response.status_code == 503 and await _has_failed(transport)
    finally:
        await app({"type": "lifespan"}, _shutdown, _ignore)
    return Answer(None) if failed else Answer(response.status_code, text)


def request(record: Record) -> httpx.Request:
    """Return the request that a record was made with."""
    asked = record.request
    headers = dict(asked.get("headers", {}))
    body = asked.get("data", b"")
    if "content_type" in asked:
        headers["content-type"] = asked["content_type"]
    if headers.get("content-type") == "multipart/form-data":
        headers["content-type"] += f"; boundary={_BOUNDARY}"
        body = _multipart(record)
    elif isinstance(body, dict):
        headers["content-type"] = "application/x-www-form-urlencoded"
        body = urlencode(body)
    query = urlencode(asked.get("query_string", {}))
    url = f"{_HOST}{record.path}?{query}" if query else f"{_HOST}{record.path}"
    return httpx.Request(record.verb, url, headers=headers, content=body)


def _multipart(record: Record) -> bytes:
    lines: list[bytes] = []
    for name, value in record.request["data"].items():
        is_file = isinstance(value, list)
        data = _FILES[record.id] if is_file else value.encode()
        file = f'; filename="{value[1]}"' if is_file else ""
        kind = f'Content-Disposition: form-data; name="{name}"{file}'
        lines += [f"--{_BOUNDARY}".encode(), kind.encode(), b"", data]
    return b"\r\n".join([*lines, f"--{_BOUNDARY}--".encode(), b""])


async def _has_failed(transport: httpx.ASGITransport) -> bool:
    response = await transport.handle_async_request(httpx.Request("GET", f"{_HOST}/ready"))
    return b'"failed"' in await response.aread()


async def _shutdown() -> MutableMapping[str, Any]:
    return {"type": "lifespan.shutdown"}


async def _ignore(message: MutableMapping[str, Any]) -> None:
    del message
