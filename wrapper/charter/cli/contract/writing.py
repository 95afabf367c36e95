"""Where a command writes what it made: a file, which it never replaces unasked, or the terminal."""

from __future__ import annotations

from pathlib import Path

import click


def refuse_existing(output: Path | None, *, force: bool) -> None:
    """Raise a `ClickException` where a file would be replaced, before any work is done."""
    if output is not None and output.exists() and not force:
        raise click.ClickException(f"{output} exists; --force replaces it")


def write(text: str, output: Path | None, *, force: bool) -> None:
    """Write text that ends with a line break to a file, or to standard output."""
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise click.ClickException(f"{output}: {(error.strerror or str(error)).lower()}") from error
    click.echo(f"wrote {output}", err=True)
