"""The ways a SeldonMessage comes over HTTP: multipart, form field, query, body. No sockets here.

Source: the Seldon Core v1 wrapper, which looks for them in this order.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from charter.codecs import json_text, seldon_json
from charter.errors import BadMedia, BadPayload, shown
from charter.message import Form, Json, Message

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

JSON_TYPE = b"application/json"
_FORM_TYPE = b"application/x-www-form-urlencoded"
_MULTIPART = b"multipart/"
_MULTIPART_FORM = b"multipart/form-data"
_NEVER_JSON = (b"image/", b"audio/", b"video/", b"font/", _MULTIPART)
_FIELD = "json"
_MAX_FIELDS = 1000


def decode(content_type: bytes, query: bytes, body: bytes, *, allow_nan: bool) -> Message:
    """Return the message of a request.

    Args:
        content_type: the value of the header; empty where there is none.
        query: the query string, without `?`.
        body: the whole body.
        allow_nan: take the tokens NaN, Infinity and -Infinity in JSON.

    Raises:
        BadMedia: the content type is none that a message comes in.
        BadPayload: there is no message, or it cannot be read.
    """
    found = _locate(content_type, query, body)
    if isinstance(found, bytes):
        return seldon_json.decode(found, allow_nan=allow_nan)
    return seldon_json.read(found)


def decode_raw(content_type: bytes, query: bytes, body: bytes, *, allow_nan: bool) -> Message:
    """Return the message as the JSON document it came as, for `predict_raw`; raises as `decode`."""
    found = _locate(content_type, query, body)
    if isinstance(found, bytes):
        found = json_text.loads(found, allow_nan=allow_nan)
    if type(found) is not dict:
        raise BadPayload(f"body: expected an object, got {shown(found)}")
    document = {key: _base64(value) for key, value in found.items()}
    return Message(Form.RAW, document, [], document.get("meta"))


def _base64(value: Json) -> Json:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def _locate(content_type: bytes, query: bytes, body: bytes) -> bytes | dict[str, Json]:
    """Return the JSON text, or the document that multipart parts make."""
    kind = content_type.partition(b";")[0].strip().lower()
    if kind == _MULTIPART_FORM:
        return _document(content_type, body)
    if kind == _FORM_TYPE:
        text = _field(body)
        if text is not None:
            return text
    text = _field(query) if query else None
    if text is not None:
        return text
    if kind.startswith(_NEVER_JSON) and body:
        raise BadMedia(
            f"content-type: expected application/json, multipart/form-data or "
            f"application/x-www-form-urlencoded, got {shown(kind.decode('latin-1'))}"
        )
    return body


def _field(encoded: bytes) -> bytes | None:
    """Return the first `json` of a form or query, or `None`."""
    if not encoded.startswith(b"json=") and b"&json=" not in encoded:
        return None
    try:
        pairs = parse_qsl(
            encoded.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_FIELDS
        )
    except ValueError as error:
        raise BadPayload(f"form: {error}") from error
    return next((value.encode() for name, value in pairs if name == _FIELD), None)


@dataclass(slots=True)
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    data: bytearray = field(default_factory=bytearray)
    header_name: bytes = b""
    header_value: bytes = b""


def _document(content_type: bytes, body: bytes) -> dict[str, Json]:
    document: dict[str, Json] = {}
    for part in _parts(content_type, body):
        name, is_file = _disposition(part)
        document[name] = _value(name, bytes(part.data), is_file=is_file)
    return document


def _disposition(part: _Part) -> tuple[str, bool]:
    from python_multipart.multipart import parse_options_header  # see _parts

    _, options = parse_options_header(part.headers.get(b"content-disposition", b""))
    if b"name" not in options:
        raise BadPayload("multipart: expected a name in each part's content-disposition")
    return options[b"name"].decode("utf-8", "replace"), b"filename" in options


def _value(name: str, data: bytes, *, is_file: bool) -> Json:
    """Return the value of one part: bytes for binData files, text, or parsed JSON."""
    if name == "binData" and is_file:
        return data
    if name in ("strData", "binData") or (is_file and name not in ("data", "meta")):
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadPayload(f"multipart.{name}: not UTF-8: {error}; send it as binData") from error
    try:
        return json_text.loads(data)
    except BadPayload as error:
        raise BadPayload(f"multipart.{name}: {error.message.removeprefix('body: ')}") from error


def _parts(content_type: bytes, body: bytes) -> list[_Part]:
    # Imported where used: most services never see multipart, and it costs 10 ms at start.
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise BadPayload("content-type: expected a boundary in multipart/form-data")
    collector = _Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise BadPayload(f"multipart: {error}") from error
    if not collector.is_complete:
        raise BadPayload("multipart: the body ends before its closing boundary")
    return collector.parts


class _Collector:
    """Gather what the parser calls back with."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.is_complete = False

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_part_data": self._data,
            "on_header_begin": self._header_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) >= _MAX_FIELDS:
            raise BadPayload(f"multipart: more than {_MAX_FIELDS} parts")
        self.parts.append(_Part())

    def _data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].data += data[start:end]

    def _header_begin(self) -> None:
        self.parts[-1].header_name = self.parts[-1].header_value = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].header_name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].header_value += data[start:end]

    def _header_end(self) -> None:
        part = self.parts[-1]
        part.headers[part.header_name.lower()] = part.header_value

    def _end(self) -> None:
        self.is_complete = True
