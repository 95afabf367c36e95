"""From what a user named and chose to a service: the model, its settings, its contract."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from charter import settings as knobs
from charter.component import loader
from charter.component.replies import Node
from charter.contract.model import Contract
from charter.errors import StartError
from charter.metrics.requests import Metrics
from charter.placement import Plan
from charter.service import Create, Service
from charter.settings import Settings, export, parse_metadata, parse_parameters
from charter.tracing.tracer import tracer_for

logger = logging.getLogger(__name__)


def make(
    create: Create,
    settings: Settings,
    metrics: Metrics | None = None,
    contract: Contract | None = None,
) -> Service:
    """Return the service of a component with the settings that concern it.

    Args:
        create: returns the user's object.
        settings: what was chosen.
        metrics: what counts; `None` makes one for this process alone.
        contract: what is kept in place of the contract in the settings; `None` means that one.

    Raises:
        StartError: the metadata in the settings are no YAML mapping, the contract cannot be read,
            or is not there for a self-test, or what traces is missing.
    """
    if contract is None and (file := _kept(settings)):
        from charter.contract_file import read_contract

        contract = read_contract(Path(file))
    node = Node(
        name=settings.unit_id,
        image=settings.unit_image,
        shows_metrics=settings.metrics_in_reply,
        is_strict=settings.compat == "strict",
        metadata=parse_metadata(settings.model_metadata),
        contract=contract,
        contract_mode=settings.contract_mode if contract else "",
    )
    counts = metrics or Metrics(counts_rewards=settings.feedback_metrics)
    tracer = tracer_for(settings.unit_id, is_wanted=settings.tracing)
    service = Service(create, _plan(settings), node, counts, tracer, contract)
    _set_up(service, settings)
    return service


def _set_up(service: Service, settings: Settings) -> None:
    service.enforce(
        is_strict=settings.contract_mode == "strict", is_terse=settings.errors == "terse"
    )
    service.test_before_ready(settings.self_test)
    service.limit_rows(settings.max_rows)
    service.give_up_after(settings.hang_timeout)
    service.batch(settings.batch_max_rows, settings.batch_max_wait_ms / 1000)


def prepare(component: object, chosen: Mapping[str, Any]) -> tuple[Create, Settings]:
    """Return how the user's object is made, and the settings, from what the caller named.

    Args:
        component: a class, an object, or the name of one as `charter serve` takes it.
        chosen: settings by knob; the environment, the model's folder and the defaults fill in.

    Raises:
        StartError: there is no such model or setting, or a value is wrong.
    """
    if isinstance(component, str):
        source = loader.find(component)
        settings = _with_contract(knobs.make(chosen, source.environment), source.contract)
        parameters = parse_parameters(settings.parameters)
        return (lambda: _create(source, parameters, _kept(settings))), settings
    settings = knobs.make(chosen)
    parameters = parse_parameters(settings.parameters)
    if isinstance(component, type):
        return (lambda: loader.construct(component, parameters)), settings
    return (lambda: component), settings


def _plan(settings: Settings) -> Plan:
    return Plan(settings.concurrency, settings.execution, settings.max_queue)


def _with_contract(settings: Settings, beside: Path | None) -> Settings:
    """Return settings with the contract beside the model, where none is chosen.

    A model that was served before it had to keep a contract is served without one that is wrong.

    Raises:
        StartError: it is wrong, and must be kept strictly.
    """
    if settings.contract or beside is None or settings.contract_mode == "off":
        return settings
    from charter.contract_file import read_contract

    try:
        read_contract(beside)
    except StartError as error:
        if settings.contract_mode == "strict":
            raise
        logger.warning("served without its contract: %s", error.message)
        return settings
    return dataclasses.replace(settings, contract=str(beside))


def _kept(settings: Settings) -> str:
    """Return the file of the contract that is kept; "" for none."""
    return settings.contract if settings.contract_mode != "off" else ""


def _create(source: loader.Source, parameters: Mapping[str, Any], contract: str) -> object:
    # In an image made by s2i these variables are set before the process starts.
    export(source.environment)
    return loader.create(source, parameters, contract)
