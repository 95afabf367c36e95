"""`charter contract diff`: whether a new contract breaks those who keep to the old one."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(short_help="Say whom a new contract breaks.")
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the changes as JSON.")
@click.option("--allow-breaking", is_flag=True, help="Exit with 0 whatever the verdict.")
@click.pass_context
def diff(
    context: click.Context,
    old: Path,
    new: Path,
    as_json: bool,  # noqa: FBT001 - click passes it by name
    allow_breaking: bool,  # noqa: FBT001
) -> None:
    """Say what changed from OLD to NEW: compatible, widened, or breaking, and for whom.

    Exits with 1 when it is breaking, else 0.
    """
    from charter.contract.diff import Verdict, compare, verdict
    from charter.contract_file import read_contract
    from charter.infer import report

    changes = compare(read_contract(old), read_contract(new))
    click.echo(report.diff_json(changes) if as_json else report.diff_text(changes))
    if verdict(changes) is Verdict.BREAKING and not allow_breaking:
        context.exit(1)
