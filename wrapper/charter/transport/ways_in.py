"""Requests that are no message but values: fields of forms and queries, and images. No sockets.

What each column takes is the contract's matter; this joins where fields stand with what they are:
`codecs/form.py` finds them, `contract/fields.py` reads texts, `component/images.py` images.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from itertools import count

import numpy as np

from charter.codecs import form
from charter.codecs.form import Field
from charter.component.images import Picture, rules
from charter.contract import fields
from charter.contract.fields import Given
from charter.contract.model import Contract, Dtype, Feature, feature_names
from charter.errors import BadPayload
from charter.message import Form, Message

_IMAGE_TYPES = (b"image/png", b"image/jpeg", b"image/jpg")
_IMAGE = "image"
"""The field of an image that makes a whole row; another name of the only column that is one."""


class WaysIn:
    """Read requests that are values by a contract, and all others as ever.

    Args:
        contract: of rows; any other says nothing of fields.
    """

    def __init__(self, contract: Contract) -> None:
        self._features = contract.features
        self._is_whole = contract.image is not None
        owners = [each for each in contract.features for _ in range(each.repeat or 1)]
        self._owners = dict(zip(feature_names(contract.features), owners, strict=True))
        images = [name for name, owner in self._owners.items() if owner.dtype is Dtype.IMAGE]
        # The column that a picture without a name is for.
        self._image = images[0] if len(images) == 1 else _IMAGE
        self._takes_body = len(rules(contract)) == 1 and any(rules(contract))

    def decode(self, content_type: bytes, query: bytes, body: bytes) -> Message:
        """Return the message of a request; raises as `form.decode`.

        Images in it are not decoded yet: it holds each as a `Picture`.
        """
        kind = content_type.partition(b";")[0].strip().lower()
        if kind in _IMAGE_TYPES and body and self._takes_body:
            return _pictures([Picture(body, "body")])
        return form.decode(content_type, query, body, is_lenient=False, take=self._take)

    def _take(self, found: Sequence[Field]) -> Message:
        counts = Counter(each.name for each in found)
        rows = {name: count() for name in counts}
        places = [
            f"{each.place}.{each.name}"
            + (f"[{next(rows[each.name])}]" if counts[each.name] > 1 else "")
            for each in found
        ]
        if self._is_whole and any(self._is_picture(each) for each in found):
            return self._whole(found, places)
        given = [self._given(each, at) for each, at in zip(found, places, strict=True)]
        return fields.message(self._features, given, found[0].place)

    def _is_picture(self, field: Field) -> bool:
        return field.name == _IMAGE or isinstance(field.content, bytes)

    def _whole(self, found: Sequence[Field], places: Sequence[str]) -> Message:
        for field, place in zip(found, places, strict=True):
            if field.name != _IMAGE:
                expected = f"expected images as {_IMAGE!r}, of which each makes a whole row"
                raise BadPayload(f"{place}: {expected}, and no other field")
        return _pictures(
            [Picture(*each) for each in zip((f.content for f in found), places, strict=True)]
        )

    def _given(self, field: Field, place: str) -> Given:
        name = field.name
        if name == _IMAGE and name not in self._owners:
            name = self._image
        owner = self._owners.get(name)
        content = field.content
        if owner is not None and owner.dtype is Dtype.IMAGE and not _is_list(content):
            return Given(name, Picture(content, place))
        return Given(name, content if isinstance(content, str) else _text(content, owner, place))


def _pictures(found: Sequence[Picture]) -> Message:
    array = np.empty((len(found), 1), dtype=object)
    array[:, 0] = found
    return Message(Form.NDARRAY, array)


def _is_list(content: str | bytes) -> bool:
    """Return whether the field of an image is the JSON list of its pixels; no base64 looks so."""
    return isinstance(content, str) and content.lstrip().startswith("[")


def _text(content: bytes, owner: Feature | None, place: str) -> str:
    """Return a file as the text that a field would be."""
    if owner is not None and owner.dtype is Dtype.BYTES:
        return base64.b64encode(content).decode("ascii")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if owner is None:  # that there is no such column says more
            return ""
        raise BadPayload(f"{place}: not UTF-8: {error}") from error
