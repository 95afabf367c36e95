"""The click option of a knob: flag, type and help, from the one line of `settings.py`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import click

from charter.settings import flag


def option(
    knob: dataclasses.Field[Any], default: Any = None, **attributes: Any
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the decorator that adds a knob's option; it is `None` where nobody chose it.

    Args:
        knob: a field of `Settings`.
        default: what the help says where a command's default is its own.
        attributes: of `click.option`, in place of those that the type of the knob gives.
    """
    name, env = flag(knob.name), knob.metadata["env"]
    spelled = f"{name}/--no-{name[2:]}" if knob.default is True else name
    shown = knob.default if default is None else default
    said = [f"default: {'none' if shown == '' else shown}", *([f"env: {env}"] if env else [])]
    help_ = f"{knob.metadata['help']} [{'; '.join(said)}]"
    return click.option(spelled, knob.name, help=help_, **(attributes or _of_type(knob)))


def _of_type(knob: dataclasses.Field[Any]) -> dict[str, Any]:
    if isinstance(knob.default, bool):
        return {"is_flag": True, "default": None}
    choices = knob.metadata["choices"]
    return {"type": click.Choice(choices, case_sensitive=False) if choices else type(knob.default)}
