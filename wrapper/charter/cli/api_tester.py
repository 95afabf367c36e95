"""`seldon-core-api-tester`: test a deployment behind a gateway by its contract."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from charter.cli import start_errors_as_sentences
from charter.cli.test import LEVELS, PORT, common_options, run

if TYPE_CHECKING:
    from charter.tester.targets import Target

_ENDPOINTS = ("predict", "send-feedback")
_OAUTH = "of a gateway that Seldon Core has no longer; taken, and ignored."


@click.command("seldon-core-api-tester")
@click.argument("contract", type=click.Path(path_type=Path))
@click.argument("host")
@click.argument("port", type=PORT)
@click.argument("deployment", default="mymodel")
@click.option("--endpoint", type=click.Choice(_ENDPOINTS), default="predict")
@click.option("--namespace", help="Namespace of the deployment.")
@click.option("--log-level", type=click.Choice(LEVELS), default="ERROR")
@click.option("--oauth-port", type=PORT, help=f"Port {_OAUTH}")
@click.option("--oauth-key", help=f"Key {_OAUTH}")
@click.option("--oauth-secret", help=f"Secret {_OAUTH}")
@common_options
def seldon_core_api_tester(contract: Path, log_level: str, **options: Any) -> None:
    """Test DEPLOYMENT behind the gateway at HOST PORT by CONTRACT, as Seldon Core's tester did.

    Exits with 0 when all checks pass, 1 when one fails or nothing answers.
    """
    logging.basicConfig(level=log_level)
    if any(options[name] for name in ("oauth_port", "oauth_key", "oauth_secret")):
        click.echo("--oauth-port, --oauth-key, --oauth-secret: no longer used, ignored", err=True)
    with start_errors_as_sentences():
        run(contract, lambda: _deployment(options), options)


def _deployment(options: dict[str, Any]) -> Target:
    from charter.client.server import at
    from charter.tester.targets import server_target

    words = ["/seldon", options["namespace"], options["deployment"]]
    server = at(
        "grpc" if options["grpc"] else "http",
        options["host"],
        options["port"],
        timeout_s=options["timeout"],
        prefix="/".join(word for word in words if word),
    )
    return server_target(server)
