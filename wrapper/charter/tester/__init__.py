"""The contract tester: sends generated data, checks the replies, reports."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from charter.contract_file import read_contract
from charter.tester import report
from charter.tester.run import Endpoint as Endpoint
from charter.tester.run import Outcome, run
from charter.tester.run import Plan as Plan
from charter.tester.run import fresh_seed as fresh_seed
from charter.tester.targets import Target


def examine(
    file: Path,
    connect: Callable[[], Target],
    plan: Plan,
    *,
    shows_messages: bool = False,
    console: Console | None = None,
) -> str | None:
    """Test a target by the contract in a file, and print what comes of it.

    Args:
        file: a `contract.json`.
        connect: returns the target, which is closed at the end; called once the contract is read.
        plan: what to send.
        shows_messages: print each request and reply as well.
        console: where to print; `None` means standard output.

    Returns:
        The reason in one sentence when a check failed, else `None`.

    Raises:
        Unanswered: nothing answers to the first request.
        StartError: the contract cannot be read, or its data cannot be sent as the plan says.
    """
    console = console or Console()
    contract = read_contract(file)
    outcome = Outcome()
    with contextlib.closing(connect()) as target:
        for exchange in run(contract, target, plan):
            outcome.add(exchange)
            if shows_messages:
                report.show_exchange(console, exchange, plan.endpoint.value)
        title = f"{file}: {plan.endpoint.value} at {target.address}, --seed {plan.seed}"
    report.show_outcome(console, outcome, title)
    return report.reason(outcome) if outcome.failed else None
