"""The figures that Charter has to reach, as data, and what was measured of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.peers.rows import Cell, Summary
from benchmarks.peers.startup import Started

RATE, CPU, P99 = "requests_per_s", "cpu_us", "p99_ms"
_JSON_PEERS = (
    ("mlserver", "v2 json"),
    ("mlserver in-process", "v2 json"),
    ("kserve", "v1 json"),
    ("kserve", "v2 json"),
    ("litserve", "seldon json"),
    ("mlflow", "mlflow json"),
    ("bentoml", "plain json"),
    ("ray", "seldon json"),
    ("cog", "cog json"),
    ("fastapi", "seldon json"),
    ("flask", "seldon json"),
)
_JSON, _TENSOR, _NDARRAY = "seldon json", "seldon grpc tensor", "seldon grpc ndarray"


@dataclass(frozen=True, slots=True)
class Figure:
    """Hold one promise: the ratio of a measure of ours to that of the best of theirs.

    Args:
        ours, theirs: pairs of system and wire.
        bound: at least that for rates, at most for times.
    """

    says: str
    work: str
    measure: str
    ours: tuple[str, str]
    theirs: tuple[tuple[str, str], ...]
    bound: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold what came of a figure.

    Args:
        ratio: None where one side was not measured.
        against: the best of theirs.
    """

    figure: Figure
    ratio: float | None
    against: str

    @property
    def is_met(self) -> bool:
        """Tell whether the figure was reached."""
        if self.ratio is None:
            return False
        is_rate = self.figure.measure == RATE
        return self.ratio >= self.figure.bound if is_rate else self.ratio <= self.figure.bound

    @property
    def words(self) -> tuple[str, str, str, str]:
        """Return what was asked, the bound, what was measured and whether that is enough."""
        sign = "≥" if self.figure.measure == RATE else "≤"
        bound = f"{sign} {self.figure.bound:g}×"
        if self.ratio is None:
            return self.figure.says, bound, "–", "not measured"
        measured = f"{self.ratio:.2f}× {self.against}"
        return self.figure.says, bound, measured, "met" if self.is_met else "missed"


def _rate(says: str, work: str, bound: float, wire: str, *theirs: tuple[str, str]) -> Figure:
    return Figure(f"{work} {says}", work, RATE, ("charter", wire), theirs, bound)


_SELDON = ("seldon", _JSON)
FIGURES = (
    _rate("REST: requests/s, seldon-core", "W1", 15, _JSON, _SELDON),
    _rate("REST: requests/s, MLServer in-process", "W1", 9, _JSON, _JSON_PEERS[1]),
    _rate("REST: requests/s, KServe", "W1", 9, _JSON, *_JSON_PEERS[2:4]),
    _rate("REST: requests/s, PyTriton", "W1", 5, _JSON, ("pytriton", "v2 binary")),
    Figure("W1 REST: CPU, bare ASGI", "W1", CPU, ("charter", _JSON), (("bare", _JSON),), 1.5),
    Figure(
        "W1 REST: CPU, contract warn, bare ASGI",
        *("W1", CPU, ("charter warn 4", _JSON), (("bare", _JSON),), 1.7),
    ),
    _rate("REST: requests/s, seldon-core", "W2", 10, _JSON, _SELDON),
    _rate("REST: requests/s, best JSON peer", "W2", 4, _JSON, *_JSON_PEERS),
    _rate("REST: requests/s, seldon-core", "W3", 8, _JSON, _SELDON),
    _rate("REST: requests/s, best JSON peer", "W3", 1.5, _JSON, *_JSON_PEERS),
    _rate("gRPC tensor: requests/s, seldon-core", "W1", 2.3, _TENSOR, ("seldon", _TENSOR)),
    _rate("gRPC tensor: requests/s, seldon-core", "W3", 1.3, _TENSOR, ("seldon", _TENSOR)),
    _rate("gRPC ndarray: requests/s, seldon-core", "W3", 40, _NDARRAY, ("seldon", _NDARRAY)),
    Figure(
        "Keras CNN: requests/s, batching off",
        *("CNN", RATE, ("cnn batching", _JSON), (("cnn", _JSON),), 4),
    ),
    Figure(
        "Keras CNN: p99, batching off",
        *("CNN", P99, ("cnn batching", _JSON), (("cnn", _JSON),), 1),
    ),
)


def judge(figure: Figure, cells: Mapping[Cell, Summary]) -> Verdict:
    """Compare ours with the best of theirs that was measured."""
    ours = cells.get((*figure.ours, figure.work))
    theirs = {
        f"{system}, {wire}": float(getattr(cells[system, wire, figure.work], figure.measure))
        for system, wire in figure.theirs
        if (system, wire, figure.work) in cells
    }
    if ours is None or not theirs:
        return Verdict(figure, None, "")
    best = (max if figure.measure == RATE else min)(theirs, key=theirs.__getitem__)
    return Verdict(figure, float(getattr(ours, figure.measure)) / theirs[best], best)


@dataclass(frozen=True, slots=True)
class StartFigure:
    """Hold one promise about start and memory: an upper bound of a measure."""

    says: str
    workers: int
    measure: str
    bound: float
    unit: str


START_FIGURES = (
    StartFigure("hello: start to ready", 1, "ready_s", 0.8, "s"),
    StartFigure("hello: idle RSS, 1 worker", 1, "rss_mb", 75, "MB"),
    StartFigure("hello: PSS, 4 workers and parent", 4, "pss_mb", 240, "MB"),
)


def judge_start(
    found: Mapping[tuple[str, int], Started],
) -> list[tuple[str, str, str, str]]:
    """Return what was asked of start and memory, the bound, what was measured, and the verdict."""
    words = []
    for figure in START_FIGURES:
        row = found.get(("charter hello", figure.workers))
        bound = f"< {figure.bound:g} {figure.unit}"
        if row is None:
            words.append((figure.says, bound, "–", "not measured"))
            continue
        value = float(getattr(row, figure.measure))
        verdict = "met" if value < figure.bound else "missed"
        words.append((figure.says, bound, f"{value:.2f} {figure.unit}", verdict))
    return words
