"""What a new contract changes for those who call a model, and for those who read its answers.

A feature breaks callers where it takes less than before, a target breaks readers where it may give
more; both are one comparison of two sets of values, in `contract/loss.py`. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from charter.contract import loss, terms
from charter.contract.change import Change as Change
from charter.contract.change import Verdict as Verdict
from charter.contract.change import broken
from charter.contract.model import Contract, Feature, feature_names, target_names


def compare(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Return what changed from one contract to the next, in the order of the document."""
    features = _alike(old.features, new.features, feature_names)
    targets = _alike(old.targets, new.targets, target_names)
    return (
        *_features(*features, new),
        *_targets(*targets),
        *terms.changes(old, new),
    )


def verdict(changes: Sequence[Change]) -> Verdict:
    """Return the worst of all verdicts; COMPATIBLE where nothing changed."""
    return max((change.verdict for change in changes), default=Verdict.COMPATIBLE)


@dataclass(frozen=True, slots=True)
class _Placed:
    """Hold features as they are compared, each with its place in the document."""

    places: tuple[int, ...]
    features: tuple[Feature, ...]

    def __iter__(self) -> Iterator[tuple[int, Feature]]:
        return zip(self.places, self.features, strict=True)


_Names: TypeAlias = Callable[[Sequence[Feature]], list[str]]


def _alike(
    old: Sequence[Feature], new: Sequence[Feature], names: _Names
) -> tuple[_Placed, _Placed]:
    """Return both with a feature that repeats as single columns, where the other has those."""
    return _unfolded(old, new, names), _unfolded(new, old, names)


def _unfolded(features: Sequence[Feature], other: Sequence[Feature], names: _Names) -> _Placed:
    known = {each.name for each in other}
    placed: list[tuple[int, Feature]] = []
    for index, feature in enumerate(features):
        columns = names([feature])
        if feature.repeat is None or not known.issuperset(columns):
            placed.append((index, feature))
            continue
        placed += [(index, replace(feature, name=name, repeat=None)) for name in columns]
    return _Placed(tuple(index for index, _ in placed), tuple(each for _, each in placed))


def _features(old: _Placed, new: _Placed, contract: Contract) -> Iterator[Change]:
    pairs, renamed = _paired(old.features, new.features)
    for index, feature in new:
        place = f"features[{index}]"
        before = pairs.get(feature.name)
        if before is None:
            yield _added_feature(place, feature, contract)
            continue
        if feature.name in renamed:
            whom = f"callers that name their columns and send {before.name}"
            yield broken(place, f"{before.name} is called {feature.name} now", whom)
        yield from _feature(place, before, feature)
    kept = {before.name for before in pairs.values()}
    for index, feature in old:
        if feature.name not in kept:
            what = f"{feature.name} is gone"
            yield broken(f"features[{index}]", what, f"callers that send {feature.name}")
    if _is_reordered(old.features, pairs, new.features):
        order = "the order of the features changed"
        yield broken("features", order, "callers that send rows without names")


def _added_feature(place: str, feature: Feature, new: Contract) -> Change:
    what = f"{feature.name} is new"
    if feature.default is None:
        return broken(place, what, f"callers that do not send {feature.name}")
    if new.has_rows:
        # A default stands in where a form leaves a feature out; a row is too short without it.
        whom = f"callers that send arrays without {feature.name}"
        return broken(place, f"{what}, with a default for forms", whom)
    return Change(place, f"{what}, with a default", Verdict.WIDENED)


def _feature(place: str, old: Feature, new: Feature) -> Iterator[Change]:
    name = new.name
    yield from _block(place, old, new, f"callers that send {name} in {_columns(old)}")
    for lost in loss.losses(old, new):
        yield broken(f"{place}{lost.key}", lost.what, f"callers that send {name} {lost.values}")
    for gained in loss.losses(new, old):
        what = f"{name} may be sent {gained.values} now"
        yield Change(f"{place}{gained.key}", what, Verdict.WIDENED)
    yield from _unit(place, old, new, "callers that send")
    if old.default != new.default:
        yield _default(f"{place}.default", old, new)
    yield from terms.image(f"{place}.image", old.image, new.image)


def _default(place: str, old: Feature, new: Feature) -> Change:
    if old.default is None:
        return Change(place, f"{new.name} may be left out of forms now", Verdict.WIDENED)
    what = f"was {old.default!r}, is {'gone' if new.default is None else repr(new.default)}"
    return broken(place, what, f"callers that leave {new.name} out of forms")


def _targets(old: _Placed, new: _Placed) -> Iterator[Change]:
    if not old.features and new.features:
        yield Change("targets", "answers are promised now", Verdict.WIDENED)
        return
    pairs, renamed = _paired(old.features, new.features)
    for index, target in new:
        place = f"targets[{index}]"
        before = pairs.get(target.name)
        if before is None:
            yield Change(place, f"{target.name} is new", Verdict.WIDENED)
            continue
        if target.name in renamed:
            whom = f"callers that read {before.name} by its name"
            yield broken(place, f"{before.name} is called {target.name} now", whom)
        yield from _target(place, before, target)
    kept = {before.name for before in pairs.values()}
    for index, target in old:
        if target.name not in kept:
            whom = f"callers that read {target.name}"
            yield broken(f"targets[{index}]", f"{target.name} is gone", whom)
    if _is_reordered(old.features, pairs, new.features):
        order = "the order of the targets changed"
        yield broken("targets", order, "callers that read columns by their place")


def _target(place: str, old: Feature, new: Feature) -> Iterator[Change]:
    name = new.name
    yield from _block(place, old, new, f"callers that read {name} from {_columns(old)}")
    for gained in loss.losses(new, old):
        whom = f"callers that read {name} and do not expect {gained.values}"
        yield broken(f"{place}{gained.key}", gained.reversed, whom)
    for lost in loss.losses(old, new):
        what = f"{name} is never {lost.values} any more"
        yield Change(f"{place}{lost.key}", what, Verdict.COMPATIBLE)
    yield from _unit(place, old, new, "callers that read")


def _block(place: str, old: Feature, new: Feature, whom: str) -> Iterator[Change]:
    """Compare how many columns a feature takes, and in which shape."""
    is_same = (old.repeat, old.shape) == (new.repeat, new.shape)
    if is_same or (old.block == new.block and old.repeat == new.repeat):
        return
    yield broken(place, f"was {_columns(old)}, is {_columns(new)}", whom)


def _columns(feature: Feature) -> str:
    if feature.shape:
        each = f"the shape {list(feature.shape)}"
        return each if feature.repeat is None else f"{feature.repeat} times {each}"
    return "one column" if feature.repeat is None else f"{feature.repeat} numbered columns"


def _unit(place: str, old: Feature, new: Feature, who: str) -> Iterator[Change]:
    if old.unit and new.unit and old.unit != new.unit:
        whom = f"{who} {new.name} in {old.unit}"
        yield broken(f"{place}.unit", f"was {old.unit}, is {new.unit}", whom)


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
