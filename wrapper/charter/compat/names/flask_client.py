"""What tests of Flask applications use, over an ASGI application: `app.test_client()`."""

from __future__ import annotations

import functools
import io
import json as json_text
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlencode

import httpx
from seldon_core._held import run

Asgi: TypeAlias = Callable[..., Awaitable[None]]
Fields: TypeAlias = list[tuple[str, Any]]

_HOST = "http://localhost"
_JSON = "application/json"
_MULTIPART = "multipart/form-data"
# Of Flask's client and of werkzeug's EnvironBuilder.
_WITHOUT_EFFECT = frozenset(
    [
        *("buffered", "follow_redirects", "charset", "content_length", "environ_overrides"),
        *("errors_stream", "multithread", "multiprocess", "run_once"),
    ]
)


class Response:
    """Hold the reply to a request, under the names of Flask."""

    def __init__(self, response: httpx.Response) -> None:
        self.status_code = response.status_code
        self.headers = response.headers
        self.data = response.content
        self._phrase = response.reason_phrase.upper()

    @property
    def status(self) -> str:
        """Return the status as HTTP writes it, such as `200 OK`."""
        return f"{self.status_code} {self._phrase}"

    @property
    def content_type(self) -> str | None:
        """Return the header."""
        kind: str | None = self.headers.get("content-type")
        return kind

    @property
    def mimetype(self) -> str:
        """Return the content type without its parameters."""
        return (self.content_type or "").partition(";")[0].strip().lower()

    @property
    def content_length(self) -> int | None:
        """Return the header."""
        length = self.headers.get("content-length")
        return None if length is None else int(length)

    @property
    def response(self) -> list[bytes]:
        """Return the body in its parts, of which there is one."""
        return [self.data]

    @property
    def is_json(self) -> bool:
        """Return whether the content type says JSON."""
        return self.mimetype == _JSON or self.mimetype.endswith("+json")

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.data.decode("utf-8")

    @property
    def json(self) -> Any:
        """Return the parsed body; `None` where the content type does not say JSON."""
        return self.get_json()

    def get_json(self, force: bool = False, silent: bool = False) -> Any:
        """Return the parsed body; with `force` whatever the type, with `silent` without errors."""
        if not (force or self.is_json):
            return None
        try:
            return json_text.loads(self.data)
        except ValueError:
            if silent:
                return None
            raise

    def get_data(self, as_text: bool = False) -> bytes | str:
        """Return the body."""
        return self.text if as_text else self.data

    def close(self) -> None:
        """Do nothing: the body has been read."""


class Client:
    """Send requests to an application in this process."""

    def __init__(self, app: Asgi) -> None:
        self._app = app
        self.environ_base: dict[str, Any] = {}

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        """Leave nothing behind."""

    def open(
        self,
        path: str = "/",
        *,
        method: str = "GET",
        data: Any = None,
        json: Any = None,
        query_string: str | Mapping[str, Any] | None = None,
        headers: Any = None,
        content_type: str | None = None,
        mimetype: str | None = None,
        base_url: str = _HOST,
        environ_base: Mapping[str, Any] | None = None,
        **without_effect: Any,
    ) -> Response:
        """Return the reply to one request.

        Args:
            path: the path, with its query if need be.
            method: the verb.
            data: the body: str, bytes, a file; or a form, with files or `(file, name)` a multipart.
            json: the body, to be written as JSON.
            query_string: the query, as text or as fields.
            headers: a mapping, or pairs.
            content_type: the type of the body.
            mimetype: the same, without its parameters.
            base_url: scheme and host.
            environ_base: the headers among it, `HTTP_…`, are sent.
            without_effect: what has no meaning here: `follow_redirects`, `buffered`, `charset`, …
        """
        _check(without_effect)
        url = base_url.rstrip("/") + "/" + path.removeprefix(base_url).lstrip("/")
        sent = httpx.Headers(_environ_headers({**self.environ_base, **(environ_base or {})}))
        sent.update(headers)
        if content_type or mimetype:
            sent["content-type"] = content_type or str(mimetype)
        body = _typed_body(data, json, sent)
        request = httpx.Request(method, url + _query(query_string), headers=sent, **body)
        return Response(run(_answered(self._app, request)))

    get = functools.partialmethod(open, method="GET")
    post = functools.partialmethod(open, method="POST")
    put = functools.partialmethod(open, method="PUT")
    patch = functools.partialmethod(open, method="PATCH")
    delete = functools.partialmethod(open, method="DELETE")
    options = functools.partialmethod(open, method="OPTIONS")
    head = functools.partialmethod(open, method="HEAD")


def _check(given: Iterable[str]) -> None:
    for name in given:
        if name not in _WITHOUT_EFFECT:
            raise TypeError(f"open() got an unexpected keyword argument {name!r}")


def _environ_headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of a WSGI environment."""
    return {
        name.removeprefix("HTTP_").replace("_", "-"): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }


async def _answered(app: Asgi, request: httpx.Request) -> httpx.Response:
    response = await httpx.ASGITransport(app).handle_async_request(request)
    await response.aread()
    return response


def _query(query: str | Mapping[str, Any] | None) -> str:
    if not query:
        return ""
    return "?" + (query if isinstance(query, str) else urlencode(query, doseq=True))


def _typed_body(data: Any, json: Any, headers: httpx.Headers) -> dict[str, Any]:
    """Return the body as arguments of `httpx.Request`; make the content type of headers fit it."""
    if json is not None:
        headers.setdefault("content-type", _JSON)
        return {"content": json_text.dumps(json).encode()}
    body = _body(data, headers.get("content-type", ""))
    if "files" in body:
        headers.pop("content-type", None)  # it lacks the boundary
    return body


def _body(data: Any, content_type: str) -> dict[str, Any]:
    """Return the body as arguments of `httpx.Request`."""
    if data is None:
        return {}
    if isinstance(data, Mapping):
        fields = list(_fields(data.items()))
        if content_type.startswith(_MULTIPART) or any(_is_file(value) for _, value in fields):
            return {"files": [(name, _part(value)) for name, value in fields]}
        return {"data": {name: [v for n, v in fields if n == name] for name in dict(fields)}}
    content = data.read() if hasattr(data, "read") else data
    return {"content": content.encode() if isinstance(content, str) else bytes(content)}


def _fields(items: Iterable[tuple[str, Any]]) -> Iterable[tuple[str, Any]]:
    for name, value in items:
        yield from ((name, item) for item in (value if isinstance(value, list) else [value]))


def _is_file(value: Any) -> bool:
    return isinstance(value, tuple) or hasattr(value, "read")


def _part(value: Any) -> tuple[Any, ...]:
    """Return name, content and perhaps type of a part, as httpx takes them."""
    if not _is_file(value):
        return (None, value if isinstance(value, bytes) else str(value).encode())
    file, *rest = value if isinstance(value, tuple) else (value,)
    name = rest[0] if rest else getattr(file, "name", None) or "file"
    content = file.read() if hasattr(file, "read") else file
    return (name, io.BytesIO(content), *rest[1:2])
