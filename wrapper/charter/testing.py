"""For the tests of users: a component behind real servers while a `with` block runs."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from charter.assembly import make, prepare
from charter.contract.model import Contract
from charter.contract.parse import parse
from charter.contract_file import read_contract
from charter.message import Json
from charter.service import Create
from charter.settings import Settings
from charter.transport.workers import Endpoints, running

if TYPE_CHECKING:
    from charter.tester.outcome import Outcome
    from charter.tester.trial import Course

R = TypeVar("R")
_LOCAL = {"host": "127.0.0.1", "http_port": 0, "grpc_port": 0, "metrics_port": 0}


@contextlib.contextmanager
def serve(component: object, *, wait: bool = True, **chosen: Any) -> Iterator[Endpoints]:
    """Serve a component over REST and gRPC on free ports of 127.0.0.1 while the block runs.

    Args:
        component: a class, an object, or the name of one as `charter serve` takes it.
        wait: enter the block when the model is loaded; else as soon as the ports are open.
        chosen: settings by name; see `charter.settings.Settings`.

    Raises:
        StartError: there is no such component or setting.
        Exception: what the component raises while it is loaded.
    """
    create, settings = prepare(component, {**_LOCAL, **chosen})
    opened: Future[tuple[Endpoints, Callable[[], object]]] = Future()
    with ThreadPoolExecutor(1, thread_name_prefix="charter-testing") as pool:
        serving = pool.submit(asyncio.run, _serve(create, settings, opened, wait=wait))
        serving.add_done_callback(lambda ended: _tell(ended, opened))
        endpoints, stop = opened.result()
        try:
            yield endpoints
        finally:
            stop()
        serving.result()


async def _serve(
    create: Create,
    settings: Settings,
    opened: Future[tuple[Endpoints, Callable[[], object]]],
    *,
    wait: bool,
) -> None:
    service = make(create, settings)
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    async with running(service, settings) as endpoints:
        loading = asyncio.ensure_future(service.load())
        if wait:
            await loading
        opened.set_result((endpoints, lambda: loop.call_soon_threadsafe(ended.set)))
        await ended.wait()
    loading.cancel()
    await asyncio.gather(loading, return_exceptions=True)
    service.close()


def _tell(ended: Future[None], opened: Future[tuple[Endpoints, Callable[[], object]]]) -> None:
    """Let whoever waits for the ports know that start-up failed."""
    error = ended.exception()
    if error is not None and not opened.done():
        opened.set_exception(error)


class ContractBroken(AssertionError):
    """Report that a component does not keep its contract; the message is the tester's report.

    Args:
        report: what a person reads.
        failed: the names of the checks that failed.
    """

    def __init__(self, report: str, failed: tuple[str, ...]) -> None:
        super().__init__(report)
        self.failed = failed


def check_component(
    component: object,
    contract: Contract | Mapping[str, Json] | Path | str,
    *,
    seed: int = 0,
    requests: int = 20,
    checks: Iterable[str] | None = None,
    contract_mode: str = "warn",
    endpoint: str = "predict",
) -> None:
    """Test a component by a contract, in this process but through the real codecs and REST.

    Args:
        component: a class, an object, or the name of one as `charter serve` takes it.
        contract: a contract, the object in a `contract.json`, or the path of one.
        seed: where the random requests start; the same seed sends the same.
        requests: how many random requests are sent, 1 or more.
        checks: the names of the checks to make; `None` means all of them.
        contract_mode: `strict`, `warn` or `off`: how the service around the component enforces it.
        endpoint: what is asked, as `charter test --endpoint` has it.

    Raises:
        ContractBroken: a check failed.
        StartError: the contract or a name is wrong, or there is no such component.
        Exception: what the component raises while it is loaded.
    """
    from charter.tester.run import named
    from charter.tester.told import Repeat, told
    from charter.tester.trial import Course
    from charter.tester.vocabulary import chosen

    name = component if isinstance(component, str) else _name(component)
    read = _contract(contract)
    course = Course(chosen(checks), requests=requests, seed=seed, endpoint=named(endpoint))
    outcome = _undisturbed(lambda: _examined((name, component), read, course, contract_mode))
    if outcome.failed:
        title = f"{name} breaks its contract, contract_mode {contract_mode!r}"
        repeat = Repeat([name, "contract", *_again(contract_mode, endpoint)], is_python=True)
        raise ContractBroken(told(outcome, title, course, repeat), tuple(outcome.failed))


def _again(contract_mode: str, endpoint: str) -> list[str]:
    """Return the arguments that a call needs to repeat a test, unless they are the defaults."""
    mode = [] if contract_mode == "warn" else [f"contract_mode={contract_mode!r}"]
    return mode if endpoint == "predict" else [*mode, f"endpoint={endpoint!r}"]


def _undisturbed(work: Callable[[], R]) -> R:
    """Return what work comes to, in a thread of its own if it must not run in this one.

    Only then: Hypothesis collects all garbage the first time that it runs in a thread, which takes
    longer than most tests.
    """
    if not (_is_on_a_loop() or _is_in_hypothesis()):
        return work()
    with ThreadPoolExecutor(1, thread_name_prefix="charter-testing") as pool:
        return pool.submit(work).result()


def _is_on_a_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _is_in_hypothesis() -> bool:
    """Return whether a test of the user's is being drawn, in which there may be no other."""
    hypothesis = sys.modules.get("hypothesis")
    return hypothesis is not None and bool(hypothesis.currently_in_test_context())


def _examined(named: tuple[str, object], contract: Contract, course: Course, mode: str) -> Outcome:
    from charter.tester import subject, whole

    name, component = named
    with contextlib.closing(subject.component(name, component, contract, mode=mode)) as held:
        return whole.examine(contract, held, course)


def _name(component: object) -> str:
    return component.__name__ if isinstance(component, type) else type(component).__name__


def _contract(found: Contract | Mapping[str, Json] | Path | str) -> Contract:
    if isinstance(found, Contract):
        return found
    if isinstance(found, str | Path):
        return read_contract(Path(found))
    return parse(dict(found))
