"""Names and labels of a model's own metrics: Seldon Core 1.17's, as Prometheus can take them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from charter.errors import StartError, shown
from charter.settings import Settings

UNSET = "NOT_IMPLEMENTED"
METHOD, WORKER = "method", "worker_id"
# Prometheus's data model: metric names are [a-zA-Z_:][a-zA-Z0-9_:]*, names of labels the same
# without colons; those with two underscores in front are its own, `le` is that of a bucket.
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_:]")
_NOT_IN_LABELS = re.compile(r"[^a-zA-Z0-9_]")
_RESERVED = frozenset({"le", "quantile"})
_IDENTITY = (
    *("deployment_name", "model_name", "model_image", "model_version", "predictor_name"),
    *("predictor_version", "seldon_deployment_name", "image_name", "image_version"),
)
# What a model's tag of the same name never overrides.
FIXED = frozenset({METHOD, WORKER, *_IDENTITY})


def identity(settings: Settings) -> dict[str, str]:
    """Return the labels that say which model of which deployment this is.

    Raises:
        StartError: the labels of the predictor are not a JSON object.
    """
    image, _, version = settings.unit_image.rpartition(":")
    if not image:
        image, version = version, ""
    values = (
        *(settings.deployment_id, settings.unit_id, image, version, settings.predictor_id),
        *(_predictor_version(settings.predictor_labels), settings.deployment_id, image, version),
    )
    return {name: value or UNSET for name, value in zip(_IDENTITY, values, strict=True)}


def metric_name(key: str) -> str:
    """Return the key of a metric with `_` for what Prometheus does not take in a name."""
    name = _NOT_IN_NAMES.sub("_", key)
    return name if name and not name[0].isdigit() else f"_{name}"


def label_name(tag: str) -> str:
    """Return the name of a tag with `_` for what a label cannot have, apart from Prometheus's."""
    name = _NOT_IN_LABELS.sub("_", tag)
    if name in _RESERVED or name.startswith("__"):
        return f"tag_{name}"
    return name if name and not name[0].isdigit() else f"_{name}"


def labels(tags: Mapping[str, object], method: str) -> dict[str, str]:
    """Return the labels of one metric of one call, but for those that all of a process share."""
    given = {label_name(str(tag)): _text(value) for tag, value in tags.items()}
    own = {name: value for name, value in sorted(given.items()) if name not in FIXED}
    return {**own, METHOD: method}


def _text(value: object) -> str:
    """Return a value as text that can be written as UTF-8: lone surrogates cannot."""
    return str(value).encode("utf-8", "replace").decode()


def _predictor_version(text: str) -> str:
    try:
        found = json.loads(text or "{}")
    except ValueError as error:
        raise StartError(f"PREDICTOR_LABELS: not JSON: {error}: {shown(text)}") from error
    if not isinstance(found, dict):
        raise StartError(f"PREDICTOR_LABELS: expected an object, got {shown(text)}")
    return str(found.get("version", ""))
