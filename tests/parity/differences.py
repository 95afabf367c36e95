"""The table of deliberate differences: contracts/seldon_differences.json."""

from __future__ import annotations

import fnmatch
import json
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).parents[2] / "contracts" / "seldon_differences.json"
AS_SELDON = "as Seldon"
AS_CHARTER = "as Charter"
MODES = ("rest", "rest_strict", "grpc")


@dataclass(frozen=True, kw_only=True)
class Row:
    """Hold one difference.

    Args:
        id: what the row is called.
        group: the heading it stands under on the page.
        what: what a client or a model does.
        seldon: what Seldon Core 1.17 does then.
        charter: what Charter does.
        strict: whose way `--compat strict` takes.
        why: the reason for the difference.
        rest: patterns of the REST records that are unequal for it.
        rest_strict: the same with `--compat strict`.
        grpc: patterns of the gRPC records, in either mode.
    """

    id: str
    group: str
    what: str
    seldon: str
    charter: str
    strict: str
    why: str
    rest: tuple[str, ...] = ()
    rest_strict: tuple[str, ...] = ()
    grpc: tuple[str, ...] = ()

    def names(self, record: str, mode: str) -> bool:
        """Return whether a pattern of a mode, `rest`, `rest_strict` or `grpc`, names a record."""
        return any(fnmatch.fnmatchcase(record, pattern) for pattern in self.patterns(mode))

    def patterns(self, mode: str) -> tuple[str, ...]:
        """Return the patterns of a mode."""
        found: tuple[str, ...] = getattr(self, mode)
        return found


def rows() -> list[Row]:
    """Return the rows in their order."""
    return [
        Row(**row | {mode: tuple(row[mode]) for mode in MODES})
        for row in json.loads(TABLE.read_text("utf-8"))
    ]
