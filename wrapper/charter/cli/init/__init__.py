"""`charter init`: begin a model's folder by four questions."""

from __future__ import annotations

from pathlib import Path

import click

from charter.packaging.scaffold.kinds import KINDS

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(short_help="Begin a model's folder, by four questions.")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--name", help="What people call the model.  [default: the name of DIR]")
@click.option("--author", help="Who writes it.  [default: who is logged in]")
@click.option(
    "--kind", type=click.Choice(list(KINDS)), help="What it is made of.  [default: function]"
)
@click.option("--data", type=_FILE, help="A table to learn: .csv, .tsv or .parquet.")
@click.option("--target", help="The column of the table that is the answer.  [default: the last]")
@click.option("--model-file", type=_FILE, help="A trained model, which is copied.")
@click.option("--yes", is_flag=True, help="Ask nothing; take the defaults.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@click.option("--no-train", is_flag=True, help="Do not run train.py.")
def init(folder: Path, **flags: object) -> None:
    """Begin a model in DIR: a class, its contract, a test, and what an image of it needs.

    It asks what the flags leave open. What it writes serves at once, and keeps its contract.
    """
    from charter.cli.init.questions import Flags, wanted
    from charter.cli.init.writing import write

    given = Flags(**flags)  # type: ignore[arg-type]  # click has checked their types
    write(wanted(folder, given), folder, given)
