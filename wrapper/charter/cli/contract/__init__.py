"""`charter contract`: infer a contract, check data by it, compare two, write a page about one."""

from __future__ import annotations

import click

from charter.cli.contract.check import check
from charter.cli.contract.diff import diff
from charter.cli.contract.docs import docs
from charter.cli.contract.infer import infer


@click.group(short_help="Infer, check, compare and describe contracts.")
def contract() -> None:
    """Infer contracts, compare them, check data by them, and describe them."""


for _command in (infer, check, diff, docs):
    contract.add_command(_command)
