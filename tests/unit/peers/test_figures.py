"""Medians, ratios and verdicts."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.peers import report, rows, startup, verdicts
from benchmarks.peers.bench import enough_s
from benchmarks.peers.cnn import SYSTEMS as CNN_SYSTEMS
from benchmarks.peers.load import Loaded
from benchmarks.peers.rows import Row, summaries
from benchmarks.peers.startup import Started
from benchmarks.peers.systems import FIGURED, SYSTEMS

PAGE = Path(__file__).parents[3] / "docs" / "benchmarks" / "peers.md"


def row(system: str, rate: float, cpu_us: float, number: int = 1) -> Row:
    return Row(system, "seldon json", "W2", number, 100, 1.0, rate, cpu_us, 1.0, 2.0)


FIGURE = next(f for f in verdicts.FIGURES if f.says == "W2 REST: requests/s, best JSON peer")


def test_a_figure_compares_with_the_best_of_those_measured() -> None:
    cells = summaries([row("charter", 800, 10), row("flask", 100, 80), row("fastapi", 160, 60)])

    verdict = verdicts.judge(FIGURE, cells)

    assert (verdict.ratio, verdict.against, verdict.is_met) == (5, "fastapi, seldon json", True)


def test_a_figure_below_its_bound_is_missed() -> None:
    cells = summaries([row("charter", 399, 10), row("flask", 100, 80)])

    assert verdicts.judge(FIGURE, cells).words[2:] == ("3.99× flask, seldon json", "missed")


def test_a_figure_without_rows_is_not_met() -> None:
    verdict = verdicts.judge(FIGURE, summaries([row("charter", 399, 10)]))

    assert verdict.words[-1] == "not measured"
    assert not verdict.is_met


def test_times_have_an_upper_bound() -> None:
    figure = next(f for f in verdicts.FIGURES if f.measure == verdicts.CPU)
    cells = {("charter", "seldon json", "W1"): 45.0, ("bare", "seldon json", "W1"): 30.0}
    found = {cell: rows.Summary(1, 1, cpu_us, 1, 1, 0) for cell, cpu_us in cells.items()}

    assert verdicts.judge(figure, found).is_met


def test_a_summary_has_medians_and_the_spread_of_cpu_time() -> None:
    found = summaries([row("bare", 1, 10, 1), row("bare", 5, 20, 2), row("bare", 9, 40, 3)])

    summary = found["bare", "seldon json", "W2"]
    assert (summary.requests_per_s, summary.cpu_us, summary.spread) == (5, 20, 1.5)


def test_every_figure_names_systems_and_wires_that_are_measured() -> None:
    measured = {
        (system.name, endpoint.wire.name, work)
        for system in (*SYSTEMS.values(), *CNN_SYSTEMS)
        for endpoint in system.endpoints
        for work in system.works
    }
    named = {
        (*pair, figure.work)
        for figure in verdicts.FIGURES
        for pair in (figure.ours, *figure.theirs)
    }

    assert named <= measured
    assert set(FIGURED) <= set(SYSTEMS)


def test_start_is_judged_by_its_medians() -> None:
    started = [
        Started("charter hello", 1, n, ready_s, 1, 80, 70)
        for n, ready_s in enumerate((0.5, 0.7, 3))
    ]

    words = verdicts.judge_start(startup.medians(started))

    assert [line[2:] for line in words] == [
        ("0.70 s", "met"),
        ("80.00 MB", "missed"),
        ("–", "not measured"),
    ]


def test_slow_servers_are_loaded_until_what_is_left_out_is_little() -> None:
    assert enough_s(Loaded(1000, 1.0, 1, 1), connections=8, seconds=4) == 4
    assert enough_s(Loaded(10, 1.0, 1, 1), connections=8, seconds=4) == 8
    assert enough_s(Loaded(0, 1.0, 1, 1), connections=8, seconds=4) == 16


def test_tables_replace_those_that_a_page_has(tmp_path: Path) -> None:
    page = tmp_path / "peers.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")

    report.insert(page, "new")

    assert page.read_text() == f"before\n{report.BEGIN}\n\nnew\n{report.END}\nafter\n"


@pytest.mark.parametrize("mark", [report.BEGIN, report.END])
def test_the_page_has_the_marks(mark: str) -> None:
    assert PAGE.read_text("utf-8").count(mark) == 1


def test_rows_are_written_with_their_names(tmp_path: Path) -> None:
    rows.write([row("bare", 1.5, 10)], tmp_path / "rows.csv")

    assert (tmp_path / "rows.csv").read_text().splitlines() == [
        "system,wire,work,round,requests,seconds,requests_per_s,cpu_us,p50_ms,p99_ms",
        "bare,seldon json,W2,1,100,1.0,1.5,10,1.0,2.0",
    ]
