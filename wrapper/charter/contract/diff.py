"""What a new contract changes for those who call a model, and for those who read its answers.

A feature breaks callers where it takes less than before, a target breaks readers where it may give
more; both are one comparison of two sets of values, in `contract/loss.py`. Pure.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from charter.contract import loss
from charter.contract.model import Contract, Feature, ImageRule
from charter.message import Form


class Verdict(enum.IntEnum):
    """Say what a change means, the worst last."""

    COMPATIBLE = 0
    """Whoever kept to the old contract sees nothing new."""
    WIDENED = 1
    """More is taken, or more is told."""
    BREAKING = 2
    """Some who kept to the old contract are refused, or get what they do not expect."""


@dataclass(frozen=True, slots=True)
class Change:
    """Hold one change.

    Args:
        where: the place in the new contract, or in the old one where it is gone.
        what: what changed, as a clause.
        verdict: what it means.
        whom: whom it breaks, such as `callers that send null`; "" unless it is breaking.
    """

    where: str
    what: str
    verdict: Verdict
    whom: str = ""

    def __str__(self) -> str:
        if self.verdict is Verdict.BREAKING:
            return f"{self.where}: {self.what}: breaking for {self.whom}"
        return f"{self.where}: {self.what}"


def compare(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Return what changed from one contract to the next, in the order of the document."""
    return (
        *_features(old, new),
        *_targets(old.targets, new.targets),
        *_payload(old.payload, new.payload),
        *_json_schema(old, new),
        *_limits(old, new),
        *_image("image", old.image, new.image),
    )


def verdict(changes: Sequence[Change]) -> Verdict:
    """Return the worst of all verdicts; COMPATIBLE where nothing changed."""
    return max((change.verdict for change in changes), default=Verdict.COMPATIBLE)


def _features(old: Contract, new: Contract) -> Iterator[Change]:
    pairs, renamed = _paired(old.features, new.features)
    for index, feature in enumerate(new.features):
        place = f"features[{index}]"
        before = pairs.get(feature.name)
        if before is None:
            yield _added_feature(place, feature, new)
            continue
        if feature.name in renamed:
            whom = f"callers that name their columns and send {before.name}"
            yield _broken(place, f"{before.name} is called {feature.name} now", whom)
        yield from _feature(place, before, feature)
    kept = {before.name for before in pairs.values()}
    for index, feature in enumerate(old.features):
        if feature.name not in kept:
            what = f"{feature.name} is gone"
            yield _broken(f"features[{index}]", what, f"callers that send {feature.name}")
    if _is_reordered(old.features, pairs, new.features):
        order = "the order of the features changed"
        yield _broken("features", order, "callers that send rows without names")


def _added_feature(place: str, feature: Feature, new: Contract) -> Change:
    what = f"{feature.name} is new"
    if feature.default is None:
        return _broken(place, what, f"callers that do not send {feature.name}")
    if new.has_rows:
        # A default stands in where a form leaves a feature out; a row is too short without it.
        whom = f"callers that send arrays without {feature.name}"
        return _broken(place, f"{what}, with a default for forms", whom)
    return Change(place, f"{what}, with a default", Verdict.WIDENED)


def _feature(place: str, old: Feature, new: Feature) -> Iterator[Change]:
    name = new.name
    yield from _block(place, old, new, f"callers that send {name} in {_columns(old)}")
    for lost in loss.losses(old, new):
        yield _broken(f"{place}{lost.key}", lost.what, f"callers that send {name} {lost.values}")
    for gained in loss.losses(new, old):
        what = f"{name} may be sent {gained.values} now"
        yield Change(f"{place}{gained.key}", what, Verdict.WIDENED)
    yield from _unit(place, old, new, "callers that send")
    if old.default != new.default:
        yield _default(f"{place}.default", old, new)
    yield from _image(f"{place}.image", old.image, new.image)


def _default(place: str, old: Feature, new: Feature) -> Change:
    if old.default is None:
        return Change(place, f"{new.name} may be left out of forms now", Verdict.WIDENED)
    what = f"was {old.default!r}, is {new.default!r}"
    return _broken(place, what, f"callers that leave {new.name} out of forms")


def _targets(old: Sequence[Feature], new: Sequence[Feature]) -> Iterator[Change]:
    if not old and new:
        yield Change("targets", "answers are promised now", Verdict.WIDENED)
        return
    pairs, renamed = _paired(old, new)
    for index, target in enumerate(new):
        place = f"targets[{index}]"
        before = pairs.get(target.name)
        if before is None:
            yield Change(place, f"{target.name} is new", Verdict.WIDENED)
            continue
        if target.name in renamed:
            whom = f"callers that read {before.name} by its name"
            yield _broken(place, f"{before.name} is called {target.name} now", whom)
        yield from _target(place, before, target)
    kept = {before.name for before in pairs.values()}
    for index, target in enumerate(old):
        if target.name not in kept:
            whom = f"callers that read {target.name}"
            yield _broken(f"targets[{index}]", f"{target.name} is gone", whom)
    if _is_reordered(old, pairs, new):
        order = "the order of the targets changed"
        yield _broken("targets", order, "callers that read columns by their place")


def _target(place: str, old: Feature, new: Feature) -> Iterator[Change]:
    name = new.name
    yield from _block(place, old, new, f"callers that read {name} from {_columns(old)}")
    for gained in loss.losses(new, old):
        whom = f"callers that read {name} and do not expect {gained.values}"
        yield _broken(f"{place}{gained.key}", gained.reversed, whom)
    for lost in loss.losses(old, new):
        what = f"{name} is never {lost.values} any more"
        yield Change(f"{place}{lost.key}", what, Verdict.COMPATIBLE)
    yield from _unit(place, old, new, "callers that read")


def _block(place: str, old: Feature, new: Feature, whom: str) -> Iterator[Change]:
    """Compare how many columns a feature takes, and in which shape."""
    is_same = (old.repeat, old.shape) == (new.repeat, new.shape)
    if is_same or (old.block == new.block and old.repeat == new.repeat):
        return
    yield _broken(place, f"was {_columns(old)}, is {_columns(new)}", whom)


def _columns(feature: Feature) -> str:
    if feature.shape:
        each = f"the shape {list(feature.shape)}"
        return each if feature.repeat is None else f"{feature.repeat} times {each}"
    return "one column" if feature.repeat is None else f"{feature.repeat} numbered columns"


def _unit(place: str, old: Feature, new: Feature, who: str) -> Iterator[Change]:
    if old.unit and new.unit and old.unit != new.unit:
        whom = f"{who} {new.name} in {old.unit}"
        yield _broken(f"{place}.unit", f"was {old.unit}, is {new.unit}", whom)


def _paired(
    old: Sequence[Feature], new: Sequence[Feature]
) -> tuple[dict[str, Feature], frozenset[str]]:
    """Return the old feature of each new one by its name, and which of them were renamed.

    One that is gone and one that is new, in the same place and alike but for what people read, are
    one that was renamed.
    """
    before = {feature.name: feature for feature in old}
    names = {feature.name for feature in new}
    pairs = {each.name: before[each.name] for each in new if each.name in before}
    renamed = {
        after.name: was
        for was, after in zip(old, new, strict=False)
        if was.name not in names and after.name not in before and _is_alike(was, after)
    }
    return {**pairs, **renamed}, frozenset(renamed)


def _is_alike(old: Feature, new: Feature) -> bool:
    return _told_nothing(old) == _told_nothing(new)


def _told_nothing(feature: Feature) -> Feature:
    """Return a feature without what is for people only."""
    return replace(feature, name="", description="", example=None, unit="", extra={})


def _is_reordered(
    old: Sequence[Feature], pairs: Mapping[str, Feature], new: Sequence[Feature]
) -> bool:
    """Return whether what stayed stands in another order, or what is new stands before it."""
    stayed = [pairs[each.name].name for each in new if each.name in pairs]
    kept = set(stayed)
    was = [each.name for each in old if each.name in kept]
    first_new = next((i for i, each in enumerate(new) if each.name not in pairs), len(new))
    return stayed != was or first_new < len(stayed)


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
    yield _broken("payload", what, f"callers that send {sent}")


def _json_schema(old: Contract, new: Contract) -> Iterator[Change]:
    if old.json_schema == new.json_schema:
        return
    if new.json_schema is None:
        yield Change("jsonSchema", "is gone: any JSON is taken now", Verdict.WIDENED)
        return
    what = "changed" if old.json_schema is not None else "is new"
    yield _broken("jsonSchema", what, "callers that send JSON which the new schema refuses")


def _limits(old: Contract, new: Contract) -> Iterator[Change]:
    rows = [("rows", old.limits.rows, new.limits.rows)]
    rows.append(("bytes", old.limits.bytes, new.limits.bytes))
    for key, before, after in rows:
        if before == after:
            continue
        place, what = f"limits.{key}", f"was {_count(before)}, is {_count(after)}"
        if after is not None and (before is None or after < before):
            yield _broken(place, what, f"callers that send more than {after} {key}")
        else:
            yield Change(place, what, Verdict.WIDENED)
    before_ms, after_ms = old.limits.latency_ms, new.limits.latency_ms
    if before_ms == after_ms:
        return
    what = f"was {_count(before_ms)}, is {_count(after_ms)}"
    if before_ms is not None and (after_ms is None or after_ms > before_ms):
        whom = f"callers that wait no longer than {before_ms:g} ms"
        yield _broken("limits.latency_ms", what, whom)
    else:
        yield Change("limits.latency_ms", what, Verdict.COMPATIBLE)


def _count(limit: float | None) -> str:
    return "no limit" if limit is None else f"{limit:.15g}"


def _image(place: str, old: ImageRule | None, new: ImageRule | None) -> Iterator[Change]:
    if old == new:
        return
    if old is None:
        yield Change(place, "images are taken now", Verdict.WIDENED)
    elif new is None:
        yield _broken(place, "images are taken no more", "callers that send images")
    else:
        what = "an image is made into other numbers"
        yield Change(place, what, Verdict.COMPATIBLE)


def _broken(where: str, what: str, whom: str) -> Change:
    return Change(where, what, Verdict.BREAKING, whom)
