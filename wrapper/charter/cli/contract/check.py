"""`charter contract check`: whether new data still are what a contract says."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(short_help="Report how far new data drift.")
@click.argument("contract", type=_FILE)
@click.option("--data", type=_FILE, required=True, help="The new table: .csv, .tsv or .parquet.")
@click.option("--reference", type=_FILE, help="An old table to compare with, for the PSI.")
@click.option(
    "--psi",
    type=click.FloatRange(min=0, min_open=True),
    default=0.25,
    help="The PSI from which on a feature has drifted.",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.pass_context
def check(
    context: click.Context,
    contract: Path,
    data: Path,
    reference: Path | None,
    psi: float,
    as_json: bool,  # noqa: FBT001 - click passes it by name
) -> None:
    """Report how far new data are from what CONTRACT says of its features.

    Exits with 0 when they fit, 1 when they do not.
    """
    from charter.infer import drifted, report

    found = drifted.drifted(contract, data, reference, most_psi=psi)
    if as_json:
        click.echo(report.drift_json(found))
    else:
        report.show_drift(found, f"{data} by {contract}")
    if found.breaches:
        context.exit(1)
