"""`charter check`: say what is wrong with a model's folder before it becomes an image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from charter.packaging.doctor.folder import Folder
    from charter.packaging.doctor.image_size import Estimate
    from charter.packaging.doctor.model import Finding


def _ids(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> list[str]:
    """Return the ids of a repeated option, or of a list with commas; each begins one of ours."""
    from charter.packaging.doctor.table import RULES

    words = [word.strip().upper() for text in given for word in text.split(",")]
    for word in words:
        if len(word) < _SHORTEST or not any(rule.id.startswith(word) for rule in RULES):
            raise click.BadParameter(
                f"{word!r} is no rule; docs/check.md lists them", context, option
            )
    return words


_SHORTEST = len("CH1")


@click.command(short_help="Say what is wrong with a folder before a build.")
@click.argument("src", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--select", multiple=True, callback=_ids, metavar="ID", help="These rules only.")
@click.option("--ignore", multiple=True, callback=_ids, metavar="ID", help="All but these rules.")
@click.option("--strict", is_flag=True, help="Make warnings errors.")
@click.option("--load", is_flag=True, help="Load the model too, in a process of its own.")
@click.option(
    "--load-timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    help="Seconds that loading may take.",
    show_default=True,
)
@click.option(
    "--json",
    "output",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="Write the report to this file as JSON; - is standard output.",
)
@click.pass_context
def check(context: click.Context, /, src: Path, output: Path | None, **options: Any) -> None:
    """Say what is wrong with the model in SRC before it becomes an image.

    SRC is the folder that s2i or `charter build` gets; without it, the current folder. None of its
    code runs without --load. docs/check.md lists the rules.

    Exits with 0 when there is no error, 1 when there is one, 2 when the command line is wrong.
    """
    from charter.packaging.doctor import image_size, report, table
    from charter.packaging.doctor.model import Level

    folder = _described(src, options)
    rules = table.chosen(options["select"], options["ignore"])
    findings = table.examine(folder, rules, is_strict=options["strict"])
    size = image_size.estimate(folder)
    if output is None:
        _show(findings, size)
    elif str(output) == "-":
        click.echo(report.document(findings, size))
    else:
        output.write_text(report.document(findings, size) + "\n", "utf-8")
    if any(each.level is Level.ERROR for each in findings):
        context.exit(1)


def _described(src: Path, options: dict[str, Any]) -> Folder:
    import dataclasses

    from charter.packaging.doctor import dry_run
    from charter.packaging.doctor import folder as folders

    folder = folders.read(src)
    if not options["load"] or not folder.model.path:
        return folder
    return dataclasses.replace(folder, dry_run=dry_run.run(folder.root, options["load_timeout"]))


def _show(findings: Sequence[Finding], size: Estimate) -> None:
    from rich.console import Console

    from charter.packaging.doctor import report

    console = Console()
    if console.is_terminal:
        report.show(findings, size, console)
    else:
        click.echo("\n".join(report.lines(findings, size)))
