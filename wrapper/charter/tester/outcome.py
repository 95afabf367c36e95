"""What came of each check: how often it passed, and the smallest request that it failed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from charter.contract.check import Breach
from charter.message import Message

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """Hold a request as it was sent.

    Args:
        wire: REST or gRPC.
        what: the method, or the path that was asked.
        message: what was sent; `None` where bytes were made by hand, or there is no body.
        body: those bytes.
    """

    wire: str
    what: str
    message: Message | None = None
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Failure:
    """Hold what a check found, and the request that showed it."""

    breach: Breach
    sent: Sent


@dataclass(slots=True)
class Tally:
    """Count what came of one check.

    Args:
        passed: how often it passed.
        failed: how often it failed.
        unenforced: what was not refused, and did not have to be, by the status of the answer.
        skipped: why it was not made; "" where it was.
        first: the smallest failure that was found.
    """

    passed: int = 0
    failed: int = 0
    unenforced: dict[int, list[str]] = field(default_factory=dict)
    skipped: str = ""
    first: Failure | None = None

    @property
    def note(self) -> str:
        """Return why a check says nothing, or says less than it could."""
        if self.unenforced:
            answers = [_answered(*found) for found in self.unenforced.items()]
            return f"not enforced: {'; '.join(answers)}"
        return f"skipped: {self.skipped}" if self.skipped and not self.made else ""

    @property
    def made(self) -> int:
        """Return how often it was made."""
        return self.passed + self.failed


@dataclass(slots=True)
class Outcome:
    """Sum up a whole test.

    Args:
        checks: the tally of each chosen check, in the order of the table.
        requests: how many were sent.
        latencies_s: of the random requests, in seconds.
        remarks: what a reader should know of how it was tested.
    """

    checks: dict[str, Tally]
    requests: int = 0
    latencies_s: list[float] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, names: Sequence[str]) -> Outcome:
        """Return an outcome in which nothing has been checked yet."""
        return cls({name: Tally() for name in names})

    @property
    def failed(self) -> Mapping[str, Failure]:
        """Return the smallest failure of each check that failed."""
        return {name: tally.first for name, tally in self.checks.items() if tally.first}

    def add(self, check: str, breaches: Sequence[Breach], sent: Sent) -> None:
        """Count a check, if it was chosen; the first failure is kept."""
        tally = self.checks.get(check)
        if tally is None:
            return
        if not breaches:
            tally.passed += 1
            return
        tally.failed += 1
        if tally.first is None:
            tally.first = Failure(breaches[0], sent)

    def shrink(self, check: str, failure: Failure) -> None:
        """Put a smaller failure in place of the first one."""
        if check in self.checks:
            self.checks[check].first = failure

    def skip(self, check: str, reason: str) -> None:
        """Say why a check was not made."""
        if check in self.checks:
            self.checks[check].skipped = reason

    def tolerate(self, check: str, what: str, status: int) -> None:
        """Note what was not refused though it breaks the contract, where that is allowed."""
        if check in self.checks:
            found = self.checks[check].unenforced.setdefault(status, [])
            found += [] if what in found else [what]


def _answered(status: int, found: Sequence[str]) -> str:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return f"status {status} for {', '.join(found[:_SHOWN])}{more}"
