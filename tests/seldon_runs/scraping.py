"""Read what the user's own metrics are on a metrics port."""

from __future__ import annotations

from collections import defaultdict

import httpx
from prometheus_client.parser import text_string_to_metric_families
from seldon_runs.commands import Running

WORKER = "worker_id"
STANDING = (
    "deployment_name",
    "image_name",
    "image_version",
    "method",
    "model_image",
    "model_name",
    "model_version",
    "predictor_name",
    "predictor_version",
    "seldon_deployment_name",
    WORKER,
)
"""The labels of every metric of a user."""
# Of Charter and of Python; the original has no metrics but the user's.
_NOT_THE_USERS = ("charter_", "process_", "python_")


def labels_by_sample(running: Running) -> dict[str, list[str]]:
    """Return the sorted names of the labels of each sample name."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, labels, _ in _samples(running):
        found[name].update(labels)
    return {name: sorted(labels) for name, labels in found.items()}


def totals(running: Running) -> dict[str, float]:
    """Return what was counted by sample name and labels, summed over the workers."""
    found: dict[str, float] = defaultdict(float)
    for name, labels, value in _samples(running):
        if name.endswith(("_total", "_count", "_bucket")):
            shown = sorted(f"{label}={text}" for label, text in labels.items() if label != WORKER)
            found[f"{name} {' '.join(shown)}"] += value
    return dict(found)


def _samples(running: Running) -> list[tuple[str, dict[str, str], float]]:
    text = httpx.get(running.metrics_url, trust_env=False).text
    return [
        (sample.name, sample.labels, sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.startswith(_NOT_THE_USERS)
    ]
