from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from charter.component.adapter import Call
from charter.deadline import CALLERS, Caller, Deadline, now, within
from charter.errors import Busy, TooLate
from charter.execution import Execution
from charter.message import Form, Message
from charter.placement import AUTO, INLINE, PROVING_CALLS, Plan

REQUEST = Message(Form.TEXT, "s")
WAIT_S = 10.0
"""Beyond it a test has failed; none waits so long when it passes."""


def itself(reply: Message) -> Message:
    return reply


@pytest.fixture
def execution() -> Iterator[Execution]:
    execution = Execution()
    yield execution
    execution.close()


def _thread(request: Message) -> Message:
    return Message(Form.JSON, threading.get_ident())


async def promoted(execution: Execution, call: Call) -> None:
    """Ask until a call runs on the loop: where other programs run too, some take longer."""
    for _ in range(1000 * PROVING_CALLS):
        if (await execution.run(call, REQUEST, itself)).value == threading.get_ident():
            return
    raise AssertionError("it is never promoted")


def test_the_first_calls_run_in_the_pool_and_proved_ones_on_the_loop(execution: Execution) -> None:
    call = Call(_thread)

    async def run() -> list[int]:
        return [
            (await execution.run(call, REQUEST, itself)).value for _ in range(PROVING_CALLS + 200)
        ]

    threads = asyncio.run(run())

    here = threading.get_ident()
    assert here not in threads[:PROVING_CALLS]
    # A slow machine may put a call back into the pool; not all of them.
    assert here in threads[PROVING_CALLS:]


def test_a_call_that_waits_for_another_process_stays_in_the_pool(execution: Execution) -> None:
    call = Call(_thread, waits=True)

    async def run() -> set[int]:
        times = range(PROVING_CALLS + 50)
        return {(await execution.run(call, REQUEST, itself)).value for _ in times}

    assert threading.get_ident() not in asyncio.run(run())


def test_calls_of_one_thread_are_all_in_the_same(execution: Execution) -> None:
    async def run() -> set[int]:
        replies = [execution.run(Call(_thread), REQUEST, itself) for _ in range(10)]
        return {reply.value for reply in await asyncio.gather(*replies)}

    threads = asyncio.run(run())

    assert len(threads) == 1


def test_each_method_proves_itself(execution: Execution) -> None:
    proved, other = Call(_thread), Call(_thread)

    async def run() -> int:
        for _ in range(PROVING_CALLS + 1):
            await execution.run(proved, REQUEST, itself)
        value: int = (await execution.run(other, REQUEST, itself)).value
        return value

    assert asyncio.run(run()) != threading.get_ident()


def test_an_async_call_runs_on_the_loop(execution: Execution) -> None:
    async def answer(request: Message) -> Message:
        await asyncio.sleep(0)
        return _thread(request)

    reply = asyncio.run(execution.run(Call(answer, is_async=True), REQUEST, itself))

    assert reply.value == threading.get_ident()


def test_a_blocking_call_runs_in_the_calling_thread(execution: Execution) -> None:
    reply = execution.run_blocking(Call(_thread), REQUEST, itself)

    assert reply.value == threading.get_ident()


class Gauge:
    """Count how many calls are running at the same time; let them go when told."""

    def __init__(self, parties: int) -> None:
        self.together = threading.Barrier(parties, timeout=WAIT_S)
        self.running = 0
        self.most = 0
        self._lock = threading.Lock()

    def answer(self, request: Message) -> Message:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.together.wait()
        with self._lock:
            self.running -= 1
        return request


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_no_more_calls_run_at_a_time_than_threads_over_both_ways_in(threads: int) -> None:
    execution = Execution(Plan(threads))
    gauge = Gauge(threads)  # opens when as many as may run do run
    call = Call(gauge.answer)
    each = 2 * threads

    async def run() -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(each) as grpc:
            blocking = [
                loop.run_in_executor(grpc, lambda: execution.run_blocking(call, REQUEST, itself))
                for _ in range(each)
            ]
            awaited = [execution.run(call, REQUEST, itself) for _ in range(each)]
            await asyncio.gather(*blocking, *awaited)

    asyncio.run(run())
    execution.close()

    assert gauge.most == threads


def test_a_proved_call_waits_in_the_pool_while_another_runs(execution: Execution) -> None:
    entered, leave = threading.Event(), threading.Event()

    def block(request: Message) -> Message:
        entered.set()
        assert leave.wait(WAIT_S)
        return request

    short = Call(_thread)

    async def run() -> int:
        for _ in range(PROVING_CALLS + 1):
            await execution.run(short, REQUEST, itself)
        with ThreadPoolExecutor(1) as grpc:
            blocked = grpc.submit(lambda: execution.run_blocking(Call(block), REQUEST, itself))
            assert entered.wait(WAIT_S)
            waiting = asyncio.ensure_future(execution.run(short, REQUEST, itself))
            await asyncio.sleep(0)  # the loop goes on; nothing is answered
            assert not waiting.done()
            leave.set()
            value: int = (await waiting).value
            blocked.result(WAIT_S)
        return value

    assert asyncio.run(run()) != threading.get_ident()


def _raise(error: BaseException) -> Callable[[Message], Message]:
    def answer(request: Message) -> Message:
        raise error

    return answer


@pytest.mark.parametrize(
    "error", [ValueError("v"), StopIteration(1), SystemExit(1), KeyboardInterrupt()]
)
def test_a_call_that_raises_leaves_the_gate_open(
    execution: Execution, error: BaseException
) -> None:
    with pytest.raises(type(error)):
        execution.run_blocking(Call(_raise(error)), REQUEST, itself)

    assert execution.run_blocking(Call(_thread), REQUEST, itself).value == threading.get_ident()


@pytest.mark.parametrize("proving_calls", [0, PROVING_CALLS + 1], ids=["in the pool", "inline"])
@pytest.mark.parametrize("error", [ValueError("v"), StopIteration("s"), KeyError("k")])
def test_what_a_call_raises_reaches_who_awaits_it(
    execution: Execution, error: Exception, proving_calls: int
) -> None:
    # asyncio cannot carry a StopIteration: unguarded, the request would never be answered.
    raising = [False]

    def answer(request: Message) -> Message:
        if raising[0]:
            raise error
        return request

    call = Call(answer)

    async def run() -> BaseException:
        for _ in range(proving_calls):
            await execution.run(call, REQUEST, itself)
        raising[0] = True
        asked = asyncio.gather(execution.run(call, REQUEST, itself), return_exceptions=True)
        (raised,) = await asyncio.wait_for(asked, 2)
        assert isinstance(raised, BaseException)
        return raised

    raised = asyncio.run(run())

    assert error in (raised, raised.__cause__, raised.__context__)


def test_closing_says_whether_a_call_is_still_running() -> None:
    execution = Execution()
    entered, leave = threading.Event(), threading.Event()

    def block(request: Message) -> Message:
        entered.set()
        assert leave.wait(WAIT_S)
        return request

    with ThreadPoolExecutor(1) as grpc:
        blocked = grpc.submit(lambda: execution.run_blocking(Call(block), REQUEST, itself))
        assert entered.wait(WAIT_S)
        while_running = execution.close()
        leave.set()
        blocked.result(WAIT_S)
    afterwards = execution.close()

    assert (while_running, afterwards) == (False, True)


def test_a_promoted_call_that_raises_leaves_the_loop_for_the_pool(execution: Execution) -> None:
    raising = [False]

    def answer(request: Message) -> Message:
        if raising[0]:
            raise RuntimeError("no event loop may be running here")
        return _thread(request)

    call = Call(answer)

    async def run() -> Message:
        await promoted(execution, call)
        raising[0] = True
        with pytest.raises(RuntimeError):
            await execution.run(call, REQUEST, itself)
        raising[0] = False
        return await execution.run(call, REQUEST, itself)

    demoted = asyncio.run(run())

    assert demoted.value != threading.get_ident()


def test_what_calls_no_user_code_does_not_wait_for_the_model(execution: Execution) -> None:
    entered, leave = threading.Event(), threading.Event()

    def block(request: Message) -> Message:
        entered.set()
        assert leave.wait(10)
        return request

    async def run() -> Message:
        busy = asyncio.ensure_future(execution.run(Call(block), REQUEST, itself))
        await asyncio.get_running_loop().run_in_executor(None, entered.wait)
        healthy = await execution.run(Call(_thread, is_immediate=True), REQUEST, itself)
        leave.set()
        await busy
        return healthy

    healthy = asyncio.run(run())

    assert healthy.value == threading.get_ident()


def _refuse(request: Message) -> Message:
    raise ValueError("v")


@pytest.mark.parametrize("answer", [_thread, _refuse])
@pytest.mark.parametrize("is_blocking", [False, True])
def test_what_was_answered_is_free_before_garbage_is_collected(
    execution: Execution, answer: Callable[[Message], Message], is_blocking: bool
) -> None:
    call, gone = Call(answer), threading.Event()
    caller = Caller(within(WAIT_S, "--timeout"))  # so that it does not run in this thread

    async def ask() -> None:
        request = Message(Form.TEXT, Gauge(1))
        weakref.finalize(request.value, gone.set)
        with contextlib.suppress(ValueError):
            if is_blocking:
                execution.run_blocking(call, request, itself, caller)
            else:
                await execution.run(call, request, itself, caller)

    gc.disable()
    try:
        asyncio.run(ask())
        assert gone.wait(WAIT_S)
    finally:
        gc.enable()


def test_an_async_call_that_does_not_end_is_given_up_in_time_and_counts_until_it_ends() -> None:
    execution = Execution(Plan(1, max_queue=0))
    entered = list[str]()

    async def run() -> tuple[float, bool]:
        leave = asyncio.Event()

        async def answer(request: Message) -> Message:
            entered.append("entered")
            while not leave.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await leave.wait()
            return request

        call = Call(answer, is_async=True)
        with pytest.raises(TooLate, match=r"no answer within 0\.05 s; the limit is --timeout"):
            await execution.run(call, REQUEST, itself, Caller(within(0.05, "--timeout")))
        longest_s = execution.longest_s()
        with pytest.raises(Busy):
            await execution.run(call, REQUEST, itself)
        leave.set()
        while execution.longest_s():
            await asyncio.sleep(0)
        return longest_s, execution.close()

    longest_s, is_idle = asyncio.run(run())

    assert longest_s >= 0.05
    assert (entered, is_idle) == (["entered"], True)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("is_promoted", [False, True])
def test_a_call_is_not_begun_after_its_deadline(is_async: bool, is_promoted: bool) -> None:
    execution = Execution(Plan(where=INLINE if is_promoted else AUTO))
    began = list[Message]()

    def answer(request: Message) -> Message:
        began.append(request)
        return request

    async def answer_async(request: Message) -> Message:
        return answer(request)

    call = Call(answer_async if is_async else answer, is_async=is_async)
    with pytest.raises(TooLate):
        asyncio.run(execution.run(call, REQUEST, itself, Caller(Deadline(now(), 0.1, "--timeout"))))
    own = Caller(Deadline(now(), 0.1, CALLERS, interrupts=False))
    if not is_async:
        with pytest.raises(TooLate):
            execution.run_blocking(call, REQUEST, itself, own)

    assert began == []
    assert execution.close()
