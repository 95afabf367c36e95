from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
from charter.metrics.page import Page
from charter.metrics.table import Table
from charter.transport.ports import listen
from charter.transport.scrape import Probe, scraped

PROBES: dict[str, Probe] = {
    "/live": lambda: (True, {"live": True}),
    "/ready": lambda: (False, {"ready": False}),
}


@contextlib.asynccontextmanager
async def scraper(path: str = "/metrics") -> AsyncIterator[httpx.AsyncClient]:
    with listen("127.0.0.1", 0, "--metrics-port") as sock:
        base = f"http://127.0.0.1:{sock.getsockname()[1]}"
        async with (
            scraped(Page([Table()], {}), path, sock, PROBES),
            httpx.AsyncClient(base_url=base, trust_env=False) as client,
        ):
            yield client


def get(path: str, at: str = "/metrics", **headers: str) -> httpx.Response:
    async def run() -> httpx.Response:
        async with scraper(at) as client:
            return await client.get(path, headers=headers)

    return asyncio.run(run())


def test_the_page_is_at_its_path() -> None:
    answer = get("/prometheus", "/prometheus")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "charter_ready 0.0" in answer.text


def test_another_path_is_404_and_names_the_right_one() -> None:
    answer = get("/metrics", "/prometheus")

    assert (answer.status_code, answer.text) == (404, "the metrics are at /prometheus\n")


def test_probes_are_answered_by_what_they_find() -> None:
    live, ready = get("/live"), get("/ready")

    assert (live.status_code, live.json()) == (200, {"live": True})
    assert (ready.status_code, ready.json()) == (503, {"ready": False})
    assert ready.headers["content-type"] == "application/json"


def test_metrics_at_the_path_of_a_probe_are_shown_there() -> None:
    assert "charter_ready 0.0" in get("/live", "/live").text


def test_a_scraper_that_reads_openmetrics_gets_the_text_format_too() -> None:
    answer = get("/metrics", accept="application/openmetrics-text; version=1.0.0")

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def test_scrapes_at_the_same_time_are_all_answered() -> None:
    async def run() -> list[httpx.Response]:
        async with scraper() as client:
            return await asyncio.gather(*(client.get("/metrics") for _ in range(20)))

    assert {answer.status_code for answer in asyncio.run(run())} == {200}


def test_an_open_connection_does_not_hold_up_the_end() -> None:
    async def run() -> None:
        async with scraper() as client:
            await client.get("/metrics")

    asyncio.run(asyncio.wait_for(run(), 5))


def test_what_is_refused_has_the_status_of_its_reason() -> None:
    async def run() -> tuple[int, int]:
        async with scraper() as client:
            large = await client.get("/metrics", headers={"x": "x" * 100_000})
            body = await client.post("/metrics", content=b"x" * 2**21)
            return large.status_code, body.status_code

    assert asyncio.run(run()) == (431, 413)
