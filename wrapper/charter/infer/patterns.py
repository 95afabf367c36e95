"""Regular expressions that codes such as `AB-1234` share. No tables here."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

# With fewer texts, or of longer make, what they share is chance.
_LEAST_TEXTS = 10
_MOST_RUNS = 8
_CLASSES = tuple((name, re.compile(name)) for name in ("[0-9]", "[A-Z]", "[a-z]"))


def shared(texts: Sequence[str]) -> str | None:
    """Return the pattern of texts that are all made alike, with a digit in each; else `None`.

    Words are no codes: that they have been of small letters so far promises nothing.
    """
    different = set(texts)
    if len(different) < _LEAST_TEXTS:
        return None
    first, *rest = [list(_runs(text)) for text in sorted(different)]
    kinds = [kind for kind, _ in first]
    if not 0 < len(kinds) <= _MOST_RUNS or "[0-9]" not in kinds:
        return None
    if any([kind for kind, _ in runs] != kinds for runs in rest):
        return None
    lengths = zip(*([count for _, count in runs] for runs in [first, *rest]), strict=True)
    return "".join(itertools.starmap(_written, zip(kinds, map(sorted, lengths), strict=True)))


def _runs(text: str) -> Iterator[tuple[str, int]]:
    for kind, group in itertools.groupby(text, _kind):
        yield kind, sum(1 for _ in group)


def _kind(letter: str) -> str:
    found = next((name for name, each in _CLASSES if each.fullmatch(letter)), None)
    return found or re.escape(letter)


def _written(kind: str, lengths: Sequence[int]) -> str:
    low, high = lengths[0], lengths[-1]
    if low == high == 1:
        return kind
    return f"{kind}{{{low}}}" if low == high else f"{kind}{{{low},{high}}}"
