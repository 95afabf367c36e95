"""`charter contract infer`: write a contract by a table, an ONNX file or a model."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(short_help="Infer a contract from data or a model.")
@click.argument("source")
@click.option("-o", "--output", type=_FILE, help="Write to this file.  [default: standard output]")
@click.option("--target", "targets", multiple=True, help="A column that is an answer; repeatable.")
@click.option("--model", help="With a table: the model that answers to it.")
@click.option("--data", type=_FILE, help="With a model: a table of what it is asked.")
@click.option("--rows", type=click.IntRange(min=0), default=3, help="Samples.", show_default=True)
@click.option("--name", default="", help="What the contract calls the model.")
@click.option("--force", is_flag=True, help="Replace the file that --output names.")
def infer(
    source: str,
    output: Path | None,
    targets: tuple[str, ...],
    model: str | None,
    data: Path | None,
    rows: int,
    name: str,
    force: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Infer the contract of SOURCE.

    SOURCE is a table (.csv, .tsv, .parquet), an .onnx file, or a model as `charter serve` takes it.
    What could not be known is printed on standard error.
    """
    from charter.cli.contract.writing import refuse_existing, write
    from charter.infer import Wish, document, infer

    if model is not None and data is not None:
        raise click.UsageError("give either --model with a table or --data with a model")
    refuse_existing(output, force=force)
    draft = infer(Wish(source, data, model, targets, rows, name))
    write(document.text(draft.document), output, force=force)
    for note in draft.notes:
        click.echo(f"note: {note}", err=True)
