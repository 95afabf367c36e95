"""What is random in a test, behind one question: an integer in a range. Hypothesis is optional."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

import numpy as np

WITHOUT_HYPOTHESIS = "Hypothesis is not installed, so failures are not shrunk; charter[test] has it"


class Draw(Protocol):
    """Choose integers; the least one is the simplest."""

    def integer(self, low: int, high: int) -> int:
        """Return an integer from `low` to `high`, both included."""


D = TypeVar("D", bound=Hashable)
D_contra = TypeVar("D_contra", contravariant=True)
Build = Callable[[Draw], D]
"""Draws one thing, the same one by the same answers."""


class Fails(Protocol[D_contra]):
    """Test one thing."""

    def __call__(self, drawn: D_contra, /, *, counts: bool) -> frozenset[str]:
        """Return the checks that it fails; `counts` is false where it is one of many to shrink."""


def has_hypothesis() -> bool:
    """Return whether failures are shrunk."""
    return importlib.util.find_spec("hypothesis") is not None


def search(
    build: Build[D],
    fails: Fails[D],
    size: Callable[[D], Any],
    given: Iterable[D] = (),
    *,
    seed: int,
    count: int,
) -> dict[str, D]:
    """Draw things and return, for each check that one fails, the smallest thing that fails it.

    Args:
        build: draws one thing.
        fails: tests it; counted once for each thing that is drawn, and not while shrinking.
        size: what small means; a key to compare things by.
        given: things that are tested before any is drawn.
        seed: the same one draws the same things, whatever fails.
        count: how many things are drawn; fewer where there are no more.
    """
    known = {each: fails(each, counts=True) for each in given}
    drive = _with_hypothesis if has_hypothesis() else _with_numpy
    drive(build, lambda drawn: known.update({drawn: fails(drawn, counts=True)}), seed, count)
    found = {check for failed in known.values() for check in sorted(failed)}
    smallest: dict[str, D] = {}
    for check in found:
        if has_hypothesis():
            _shrink(check, build, lambda drawn: _once(known, fails, drawn), seed, count)
        failing = [drawn for drawn, failed in known.items() if check in failed]
        smallest[check] = min(failing, key=size)
    return smallest


def _once(known: dict[D, frozenset[str]], fails: Fails[D], drawn: D) -> frozenset[str]:
    if drawn not in known:
        known[drawn] = fails(drawn, counts=False)
    return known[drawn]


class _Seeded:
    """Draw from numpy's generator."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def integer(self, low: int, high: int) -> int:
        return int(self._rng.integers(low, high, endpoint=True))


def _with_numpy(build: Build[D], use: Callable[[D], object], seed: int, count: int) -> None:
    draw = _Seeded(np.random.default_rng(seed))
    for _ in range(count):
        use(build(draw))


def _with_hypothesis(build: Build[D], use: Callable[[D], object], seed: int, count: int) -> None:
    from hypothesis import Phase

    _run(build, use, seed, count, (Phase.generate,))


@contextmanager
def nothing_left_behind() -> Iterator[None]:
    """Keep Hypothesis from writing `.hypothesis` into the user's folder."""
    try:
        from hypothesis.configuration import set_hypothesis_home_dir
    except ImportError:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)


class _Fails(Exception):
    """Tell Hypothesis that this is one to shrink."""


def _shrink(
    check: str, build: Build[D], fails: Callable[[D], frozenset[str]], seed: int, count: int
) -> None:
    """Let Hypothesis find again what it drew first, and make it smaller."""
    from hypothesis import Phase
    from hypothesis.errors import Flaky

    def use(drawn: D) -> None:
        if check in fails(drawn):
            raise _Fails

    try:
        _run(build, use, seed, count, (Phase.generate, Phase.shrink))
    except (_Fails, Flaky):
        # What failed is kept by `fails`; a model that is not deterministic is flaky.
        return


def _run(
    build: Build[D], use: Callable[[D], object], seed: int, count: int, phases: tuple[Any, ...]
) -> None:
    import hypothesis
    from hypothesis import strategies

    class Choices:
        def __init__(self, draw: Callable[[Any], Any]) -> None:
            self._draw = draw

        def integer(self, low: int, high: int) -> int:
            chosen: int = self._draw(strategies.integers(low, high))
            return chosen

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        phases=phases,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=hypothesis.Verbosity.quiet,
    )
    @hypothesis.given(strategies.composite(lambda draw: build(Choices(draw)))())
    def test(drawn: D) -> None:
        use(drawn)

    test()
