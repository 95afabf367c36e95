"""What changed in the terms of a contract: payload, schema of JSON, limits, images. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from charter.contract.change import Change, Verdict, broken
from charter.contract.model import Contract, ImageRule
from charter.message import Form


def changes(old: Contract, new: Contract) -> Iterator[Change]:
    """Yield what changed from one contract to the next, but for its features and targets."""
    yield from _payload(old.payload, new.payload)
    yield from _json_schema(old, new)
    yield from _limits(old, new)
    yield from image("image", old.image, new.image)


_WORDS = {
    Form.NDARRAY: "an ndarray",
    Form.TENSOR: "a tensor",
    Form.JSON: "jsonData",
    Form.TEXT: "strData",
    Form.BINARY: "binData",
    None: "an array in either form",
}


def _payload(old: Form | None, new: Form | None) -> Iterator[Change]:
    if old == new:
        return
    what = f"was {_WORDS[old]}, is {_WORDS[new]}"
    if new is None and old in (Form.NDARRAY, Form.TENSOR):
        yield Change("payload", what, Verdict.WIDENED)
        return
    other = {Form.NDARRAY: Form.TENSOR, Form.TENSOR: Form.NDARRAY}
    sent = _WORDS[other[new] if old is None and new in other else old]
    yield broken("payload", what, f"callers that send {sent}")


def _json_schema(old: Contract, new: Contract) -> Iterator[Change]:
    if old.json_schema == new.json_schema:
        return
    if new.json_schema is None:
        yield Change("jsonSchema", "is gone: any JSON is taken now", Verdict.WIDENED)
        return
    what = "changed" if old.json_schema is not None else "is new"
    yield broken("jsonSchema", what, "callers that send JSON which the new schema refuses")


def _limits(old: Contract, new: Contract) -> Iterator[Change]:
    rows = [("rows", old.limits.rows, new.limits.rows)]
    rows.append(("bytes", old.limits.bytes, new.limits.bytes))
    for key, before, after in rows:
        if before == after:
            continue
        place, what = f"limits.{key}", f"was {_count(before)}, is {_count(after)}"
        if after is not None and (before is None or after < before):
            yield broken(place, what, f"callers that send more than {after} {key}")
        else:
            yield Change(place, what, Verdict.WIDENED)
    before_ms, after_ms = old.limits.latency_ms, new.limits.latency_ms
    if before_ms == after_ms:
        return
    what = f"was {_count(before_ms)}, is {_count(after_ms)}"
    if before_ms is not None and (after_ms is None or after_ms > before_ms):
        whom = f"callers that wait no longer than {before_ms:g} ms"
        yield broken("limits.latency_ms", what, whom)
    else:
        yield Change("limits.latency_ms", what, Verdict.COMPATIBLE)


def _count(limit: float | None) -> str:
    return "no limit" if limit is None else f"{limit:.15g}"


def image(place: str, old: ImageRule | None, new: ImageRule | None) -> Iterator[Change]:
    """Yield what changed in how images are taken, if anything."""
    if old == new:
        return
    if old is None:
        yield Change(place, "images are taken now", Verdict.WIDENED)
    elif new is None:
        yield broken(place, "images are taken no more", "callers that send images")
    else:
        what = "an image is made into other numbers"
        yield Change(place, what, Verdict.COMPATIBLE)
