"""The ways a SeldonMessage comes over HTTP: multipart, form field, query, body. No sockets here.

Source: the Seldon Core v1 wrapper, which looks for them in this order.
"""

from __future__ import annotations

import base64
import contextlib
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from charter.codecs import json_text, seldon_json
from charter.errors import BadMedia, BadPayload, NotAMessage, shown
from charter.message import Form, Json, Message

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

JSON_TYPE = b"application/json"
_FORM_TYPE = b"application/x-www-form-urlencoded"
_MULTIPART = b"multipart/"
_MULTIPART_FORM = b"multipart/form-data"
_NEVER_JSON = (b"image/", b"audio/", b"video/", b"font/", _MULTIPART)
# A page of any origin may post these without asking first, and the original does not read them.
_NOT_READ = (b"text/plain", b"application/octet-stream")
_FIELD = "json"
_MESSAGE_PARTS = frozenset(
    {_FIELD, "data", "meta", "status", "strData", "binData", "jsonData", "customData"}
)
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BYTES = {b"%02x" % number: bytes([number]) for number in range(256)}
# In one go the pieces between a great many escapes would take 30 times their size.
_CHUNK_BYTES = 1 << 14
_MAX_FIELDS = 1000
# Of fields that are values there are as many as rows times columns.
_MAX_VALUES = 100_000
_BODY = "body"
_SILENT = logging.Logger("charter.multipart", level=logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Field:
    """Hold a field of a form or query that holds no message.

    Args:
        name: its name.
        content: its text; of a file, the bytes.
        place: where it stood: `query`, `form` or `multipart`.
    """

    name: str
    content: str | bytes
    place: str


Take: TypeAlias = Callable[[Sequence[Field]], Message]
"""Makes a message of fields that are values themselves; there is at least one."""


def decode(
    content_type: bytes, query: bytes, body: bytes, *, is_lenient: bool, take: Take | None = None
) -> Message:
    """Return the message of a request.

    Args:
        content_type: the value of the header; empty where there is none.
        query: the query string, without `?`.
        body: the whole body.
        is_lenient: as `seldon_json.decode`; takes NaN and infinities too.
        take: makes the message of a form or query in which no field is one; `None`: there must be.

    Raises:
        BadMedia: the content type is none that a message comes in.
        BadPayload: there is no message, or it cannot be read.
    """
    parts = _parts(content_type, body) if _kind(content_type) == _MULTIPART_FORM else None
    if take:
        fields = _values(content_type, query, body) if parts is None else _of_parts(parts)
        if fields:
            return take(fields)
    found, place = _locate(content_type, query, body, parts, is_lenient=is_lenient)
    if not isinstance(found, bytes):
        return seldon_json.read(found, is_lenient=is_lenient)
    with _placed(place):
        return seldon_json.decode(found, allow_nan=is_lenient, is_lenient=is_lenient)


def document(content_type: bytes, query: bytes, body: bytes, *, is_lenient: bool) -> Json:
    """Return the JSON document that a request is; raises as `decode`."""
    parts = _parts(content_type, body) if _kind(content_type) == _MULTIPART_FORM else None
    found, place = _locate(content_type, query, body, parts, is_lenient=is_lenient)
    if isinstance(found, bytes):
        with _placed(place):
            found = json_text.loads_exact(found, allow_nan=is_lenient)
    if type(found) is not dict:
        return found
    return {key: _base64(value) for key, value in found.items()}


def raw(found: Json, *, takes_list: bool) -> Message:
    """Return a document as the message for `predict_raw` and its kin.

    Args:
        found: the document.
        takes_list: take a list as well, as `aggregate_raw` does.

    Raises:
        NotAMessage: it is no such document.
    """
    if type(found) is not dict and not (takes_list and type(found) is list):
        raise seldon_json.not_a_message(found, "an object", json_text.kind(found))
    return Message(Form.RAW, found)


@contextlib.contextmanager
def _placed(place: str) -> Iterator[None]:
    """Let messages that start with `body:` name the part of the request that it was."""
    try:
        yield
    except BadPayload as error:
        if place == _BODY or not error.message.startswith(_BODY):
            raise
        raise BadPayload(place + error.message.removeprefix(_BODY)) from error


def _base64(value: Json) -> Json:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value


def _kind(content_type: bytes) -> bytes:
    return content_type.partition(b";")[0].strip().lower()


def _locate(
    content_type: bytes,
    query: bytes,
    body: bytes,
    parts: Sequence[_Part] | None,
    *,
    is_lenient: bool,
) -> tuple[bytes | dict[str, Json], str]:
    """Return the JSON text, or the document that multipart parts make; and where it stood."""
    if parts is not None:
        return _document(parts, allow_nan=is_lenient), "multipart"
    kind = _kind(content_type)
    # curl sends this type unless it is told otherwise; a form never starts with a brace.
    if kind == _FORM_TYPE and not body.lstrip().startswith(b"{"):
        text = _field(body, "form")
        if text is not None:
            return text, "form.json"
    text = _field(query, "query") if query else None
    if text is not None:
        return text, "query.json"
    if kind == _FORM_TYPE and body and not body.lstrip().startswith(b"{"):
        raise BadPayload(
            f"form: expected a field named json, got {shown(body[:80].decode('latin-1'))}"
        )
    if kind in _NOT_READ or (is_lenient and kind != JSON_TYPE and not kind.endswith(b"+json")):
        expected = "content-type: expected application/json"
        raise NotAMessage(
            f"{expected}, got {shown(kind.decode('latin-1'))}", seldon=json_text.NO_JSON
        )
    if kind.startswith(_NEVER_JSON) and body:
        raise BadMedia(
            f"content-type: expected application/json, multipart/form-data or "
            f"application/x-www-form-urlencoded, got {shown(kind.decode('latin-1'))}"
        )
    return body, _BODY


def _values(content_type: bytes, query: bytes, body: bytes) -> list[Field]:
    """Return the fields of a form or query in which none is a message; none where one is."""
    is_form = _kind(content_type) == _FORM_TYPE and body and not body.lstrip().startswith(b"{")
    if (body and not is_form) or _has_message(body) or _has_message(query):
        return []
    encoded, place = (body, "form") if is_form else (query, "query")
    pairs = _pairs(encoded, place, most=_MAX_VALUES, errors="strict")
    return [Field(name, value, place) for name, value in pairs]


def _of_parts(parts: Sequence[_Part]) -> list[Field]:
    """Return the parts of a form in which none belongs to a message; none where one does."""
    named = [(*_disposition(part), bytes(part.data)) for part in parts]
    if any(name in _MESSAGE_PARTS for name, _, _ in named):
        return []
    return [
        Field(name, data if is_file else _text(name, data), "multipart")
        for name, is_file, data in named
    ]


def _has_message(encoded: bytes) -> bool:
    return encoded.startswith(b"json=") or b"&json=" in encoded


def _field(encoded: bytes, place: str) -> bytes | None:
    """Return the first `json` of a form or query, or `None`."""
    if not _has_message(encoded):
        return None
    pairs = _pairs(encoded, place, most=_MAX_FIELDS, errors="replace")
    return next((value.encode() for name, value in pairs if name == _FIELD), None)


def _pairs(encoded: bytes, place: str, *, most: int, errors: str) -> list[tuple[str, str]]:
    if not encoded.isascii():
        raise BadPayload(f"{place}: expected percent-encoded text, got bytes beyond ASCII")
    if encoded.count(b"&") >= most:
        raise BadPayload(f"{place}: expected at most {most} fields, got more")
    fields = (field.partition(b"=") for field in encoded.split(b"&") if field)
    try:
        return [(_unquoted(name, errors), _unquoted(value, errors)) for name, _, value in fields]
    except ValueError as error:
        raise BadPayload(f"{place}: {error}") from error


def _unquoted(quoted: bytes, errors: str) -> str:
    """Return a name or value as it was, at little cost in memory, which urllib's has not.

    URL, “application/x-www-form-urlencoded parsing”: “Replace any 0x2B (+) in name and value with
    0x20 (SP)”, then percent-decode.
    """
    spaced = quoted.replace(b"+", b" ")
    parts, start = [], 0
    while start < len(spaced):
        stop = start + _CHUNK_BYTES
        # Not inside an escape.
        stop -= next((back for back in (1, 2) if spaced[stop - back : stop - back + 1] == b"%"), 0)
        parts.append(_ESCAPE.sub(_unescaped, spaced[start:stop]))
        start = stop
    return b"".join(parts).decode("utf-8", errors)


def _unescaped(found: re.Match[bytes]) -> bytes:
    return _BYTES[found[1].lower()]


@dataclass(slots=True)
class _Part:
    headers: dict[bytes, bytes] = field(default_factory=dict)
    data: bytearray = field(default_factory=bytearray)
    header_name: bytes = b""
    header_value: bytes = b""


def _document(parts: Sequence[_Part], *, allow_nan: bool) -> dict[str, Json]:
    document: dict[str, Json] = {}
    for part in parts:
        name, is_file = _disposition(part)
        data = bytes(part.data)
        if _is_json(name, is_file=is_file):
            with _placed(f"multipart.{name}"):
                document[name] = json_text.loads_exact(data, allow_nan=allow_nan)
        else:
            document[name] = data if name == "binData" and is_file else _text(name, data)
    return document


def _disposition(part: _Part) -> tuple[str, bool]:
    from python_multipart.multipart import parse_options_header  # see _parts

    _, options = parse_options_header(part.headers.get(b"content-disposition", b""))
    if b"name" not in options:
        raise BadPayload("multipart: expected a name in each part's content-disposition")
    return options[b"name"].decode("utf-8", "replace"), b"filename" in options


def _is_json(name: str, *, is_file: bool) -> bool:
    """Return whether a part is JSON: any field but those of text, and no file but these two."""
    return name in ("data", "meta") if is_file else name not in ("strData", "binData")


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadPayload(f"multipart.{name}: not UTF-8: {error}; send it as binData") from error


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
        parser.logger = _SILENT  # what it would log at each bad request is in our message
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
