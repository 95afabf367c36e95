from __future__ import annotations

import re

import pytest
from charter.errors import StartError
from charter.metrics.labels import FIXED, UNSET, identity, label_name, labels, metric_name
from charter.settings import Settings
from hypothesis import given
from hypothesis import strategies as st


@given(st.text())
def test_any_key_becomes_a_name_that_prometheus_takes(key: str) -> None:
    assert re.fullmatch("[a-zA-Z_:][a-zA-Z0-9_:]*", metric_name(key))


@given(st.text())
def test_any_tag_becomes_a_label_that_prometheus_takes(tag: str) -> None:
    name = label_name(tag)

    assert re.fullmatch("(?!__)[a-zA-Z_][a-zA-Z0-9_]*", name)
    assert name not in ("le", "quantile")


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("my_metric", "my_metric"),
        ("app:requests", "app:requests"),
        ("my-metric.of model", "my_metric_of_model"),
        ("2nd", "_2nd"),
        ("", "_"),
    ],
)
def test_a_key_that_prometheus_takes_stays_as_it_is(key: str, name: str) -> None:
    assert metric_name(key) == name


@pytest.mark.parametrize(
    ("tag", "name"),
    [("tag", "tag"), ("a.b", "a_b"), ("a:b", "a_b"), ("le", "tag_le"), ("__x", "tag___x")],
)
def test_a_tag_that_prometheus_takes_stays_as_it_is(tag: str, name: str) -> None:
    assert label_name(tag) == name


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_labels_can_be_written(tags: dict[str, object]) -> None:
    for text in labels(tags, "predict").values():
        text.encode("utf-8")


def test_what_identifies_the_model_is_not_overridden_by_tags() -> None:
    tags: dict[str, object] = dict.fromkeys([*FIXED, "own"], "mine")

    assert labels(tags, "predict") == {"own": "mine", "method": "predict"}


def test_the_identity_has_the_labels_of_seldon() -> None:
    settings = Settings(
        unit_id="classifier",
        unit_image="registry:5000/team/model:0.1",
        predictor_id="main",
        predictor_labels='{"version": "v1", "app": "x"}',
        deployment_id="iris",
    )

    assert identity(settings) == {
        "deployment_name": "iris",
        "model_name": "classifier",
        "model_image": "registry:5000/team/model",
        "model_version": "0.1",
        "predictor_name": "main",
        "predictor_version": "v1",
        "seldon_deployment_name": "iris",
        "image_name": "registry:5000/team/model",
        "image_version": "0.1",
    }


def test_what_is_not_set_reads_as_with_seldon() -> None:
    assert set(identity(Settings()).values()) == {UNSET}


def test_an_image_without_a_version_has_none() -> None:
    found = identity(Settings(unit_image="model"))

    assert (found["model_image"], found["model_version"]) == ("model", UNSET)


@pytest.mark.parametrize("text", ["{bad", "[]", "3"])
def test_labels_of_the_predictor_that_cannot_be_read_are_refused(text: str) -> None:
    with pytest.raises(StartError, match=r"^PREDICTOR_LABELS: "):
        identity(Settings(predictor_labels=text))
