"""`charter contract docs`: a page about a contract, in Markdown."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(short_help="Write a page about a contract.")
@click.argument("contract", type=_FILE)
@click.option("-o", "--output", type=_FILE, help="Write to this file.  [default: standard output]")
@click.option("--title", default="", help="The heading.  [default: the contract's name]")
@click.option("--force", is_flag=True, help="Replace the file that --output names.")
def docs(
    contract: Path,
    output: Path | None,
    title: str,
    force: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Write a page about CONTRACT in Markdown: features, targets, limits and an example."""
    from charter.cli.contract.writing import refuse_existing, write
    from charter.contract.document import markdown
    from charter.contract_file import read_contract

    refuse_existing(output, force=force)
    write(markdown(read_contract(contract), title), output, force=force)
