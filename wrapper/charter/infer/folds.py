"""Many numbered columns of one kind, such as pixels, as one feature that repeats."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from charter.contract import distribution
from charter.contract.values import is_number
from charter.infer.draft import Described
from charter.message import Json

# Fewer are read one by one, and each has a range of its own that says something.
_LEAST = 32
_NUMBERED = re.compile(r"(.*\D)([1-9]\d*)")
_NUMBERS = ("INT", "FLOAT")

_Entry: TypeAlias = dict[str, Json]


def folded(described: Described) -> Described:
    """Return features in which columns `x1`, `x2` … that follow each other are one that repeats.

    Its range holds those of all columns. How each is spread is not kept, for they differ.
    """
    entries: list[_Entry] = []
    notes = list(described.notes)
    for run in _runs(described.entries):
        if len(run) < _LEAST:
            entries += run
            continue
        entries.append(_one(run))
        told = "one feature, of which no distribution is kept; check --reference compares it"
        notes.append(f"{run[0]['name']} to {run[-1]['name']}: {told}")
    return Described(tuple(entries), tuple(notes))


def _runs(entries: Sequence[_Entry]) -> Iterator[list[_Entry]]:
    run: list[_Entry] = []
    for entry in entries:
        if run and not _follows(run, entry):
            yield run
            run = []
        run.append(entry)
    if run:
        yield run


def _follows(run: Sequence[_Entry], entry: _Entry) -> bool:
    stem, number = _parts(run[0])
    is_next = number == 1 and _parts(entry) == (stem, len(run) + 1)
    are_numbers = _is_number(run[0]) and _is_number(entry)
    return is_next and are_numbers and _kind(run[0]) == _kind(entry)


def _parts(entry: _Entry) -> tuple[str, int]:
    found = _NUMBERED.fullmatch(entry["name"])
    return (found[1], int(found[2])) if found else (entry["name"], 0)


def _is_number(entry: _Entry) -> bool:
    return entry.get("dtype") in _NUMBERS and all(map(is_number, entry.get("range", [None])))


def _kind(entry: _Entry) -> Json:
    """Return what columns of numbers must have in common to be one feature."""
    return entry.get("physical"), entry.get("unit")


def _one(run: Sequence[_Entry]) -> _Entry:
    ends = list(itertools.chain.from_iterable(entry["range"] for entry in run))
    is_whole = all(entry["dtype"] == "INT" for entry in run)
    is_nullable = any(entry.get("nullable") for entry in run)
    kept = {key: value for key, value in run[0].items() if key != distribution.KEY}
    return {
        **kept,
        "name": _parts(run[0])[0],
        "dtype": "INT" if is_whole else "FLOAT",
        "range": [min(ends), max(ends)],
        **({"nullable": True} if is_nullable else {}),
        "repeat": len(run),
    }
