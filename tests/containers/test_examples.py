"""Each example's image, started and tested as its README says, and stopped."""

from __future__ import annotations

from containers.conftest import EXAMPLES
from containers.docker import Docker
from containers.outside import passes_the_tester
from containers.running import SOON_S, serving
from prometheus_client.parser import text_string_to_metric_families

DURATION = "charter_request_duration_seconds"


def test_hello_is_tested_from_outside_scraped_and_stopped(docker: Docker, hello: str) -> None:
    check(docker, "hello", hello)


def test_iris_is_tested_from_outside_scraped_and_stopped(docker: Docker, iris: str) -> None:
    check(docker, "iris", iris)


def test_script_is_tested_from_outside_scraped_and_stopped(docker: Docker, script: str) -> None:
    check(docker, "script", script)


def test_deepmnist_is_tested_from_outside_scraped_and_stopped(
    docker: Docker, deepmnist: str
) -> None:
    check(docker, "deepmnist", deepmnist)


def check(docker: Docker, example: str, image: str) -> None:
    contract = EXAMPLES / example / "contract.json"
    with serving(docker, image) as running:
        assert passes_the_tester(contract, running.port(5000))
        assert passes_the_tester(contract, running.port(5001), "--grpc")
        page = running.get("/metrics", inside=6000).text
        ended = running.stop()

    assert ended.status == 0, ended.said
    assert ended.took_s < SOON_S
    assert counted(page) == {("rest", "200"): 1.0, ("grpc", "OK"): 1.0}


def counted(page: str) -> dict[tuple[str, str], float]:
    """Return how many calls of predict a page of metrics tells of, by transport and status."""
    return {
        (sample.labels["transport"], sample.labels["code"]): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
        if sample.name == f"{DURATION}_count" and sample.labels["method"] == "predict"
    }
