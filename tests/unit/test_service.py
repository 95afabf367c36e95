from __future__ import annotations

import asyncio
import functools
import logging
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from charter.assembly import make, prepare
from charter.contract.parse import parse
from charter.errors import ComponentError, MissingMethod, NotReady, ServingError, StartError
from charter.health import State
from charter.message import NOTHING, Form, Message
from charter.methods import HEALTH_STATUS, PREDICT, TRANSFORM_INPUT, Method, Wire
from charter.metrics.table import TEST_PASSED, TESTED_ROWS
from charter.placement import Plan
from charter.service import Service
from charter.settings import Settings

REQUEST = Message(Form.TEXT, "s", [])
WAIT_S = 10.0


class Echo:
    def predict(self, X: Any) -> Any:
        return X


class RemembersThreads:
    """Note in which thread each of its methods ran."""

    def __init__(self) -> None:
        self.threads = {"init": threading.get_ident()}

    def load(self) -> None:
        self.threads["load"] = threading.get_ident()

    def predict(self, X: Any) -> Any:
        self.threads["predict"] = threading.get_ident()
        return X


def itself(reply: Message) -> Message:
    return reply


async def answer(service: Service, method: Method, request: Message) -> Message:
    reply, encoded = await service.handle(method, request, itself)
    assert encoded is reply
    return reply


def serve(
    create: Callable[[], object],
    use: Callable[[Service], Coroutine[Any, Any, Any]],
    *,
    threads: int = 1,
) -> Any:
    """Load a service, use it on the same loop, and close it."""

    async def run() -> Any:
        service = Service(create, Plan(threads))
        try:
            await service.load()
            return await asyncio.wait_for(use(service), WAIT_S)
        finally:
            service.close()

    return asyncio.run(run())


def ask(create: Callable[[], object], request: Message = REQUEST) -> Message:
    reply: Message = serve(create, lambda service: answer(service, PREDICT, request))
    return reply


def ask_blocking(create: Callable[[], object], request: Message = REQUEST) -> Message:
    """Ask as a thread of gRPC does."""

    async def use(service: Service) -> Message:
        with ThreadPoolExecutor(1) as grpc:
            loop = asyncio.get_running_loop()
            ask = functools.partial(service.handle_blocking, PREDICT, request, itself)
            return (await loop.run_in_executor(grpc, ask))[1]

    reply: Message = serve(create, use)
    return reply


both_ways_in = pytest.mark.parametrize("ask", [ask, ask_blocking], ids=["loop", "thread"])


@both_ways_in
def test_a_request_is_answered_by_the_component(ask: Callable[..., Message]) -> None:
    reply = ask(Echo)

    assert (reply.form, reply.value) == (Form.TEXT, "s")


class MeetsAnother:
    """Answer only when two calls run at the same time."""

    thread_safe = True

    def __init__(self) -> None:
        self.together = threading.Barrier(2, timeout=WAIT_S)

    def predict(self, X: Any) -> Any:
        self.together.wait()
        return X


def test_calls_of_a_model_that_says_it_is_thread_safe_run_at_the_same_time() -> None:
    async def use(service: Service) -> list[Message]:
        return list(await asyncio.gather(*(answer(service, PREDICT, REQUEST) for _ in range(2))))

    replies = serve(MeetsAnother, use, threads=0)

    assert [reply.value for reply in replies] == ["s", "s"]


def test_the_component_is_made_loaded_and_first_called_in_one_thread_of_its_own() -> None:
    # Keras, SQLite and others bind what they open to the thread that opened it.
    user = RemembersThreads()
    made = []

    def create() -> object:
        made.append(threading.get_ident())
        return user

    serve(create, lambda service: answer(service, PREDICT, REQUEST))

    assert len(made) == 1
    assert made[0] != threading.get_ident()
    assert {made[0], user.threads["load"], user.threads["predict"]} == {made[0]}


def test_an_async_load_is_awaited_on_the_loop() -> None:
    class LoadsAsync(Echo):
        loaded = 0

        async def load(self) -> None:
            await asyncio.sleep(0)
            self.loaded = threading.get_ident()

    user = LoadsAsync()
    ask(lambda: user)

    assert user.loaded == threading.get_ident()


def test_states_go_from_starting_to_ready_to_stopped() -> None:
    seen: list[State] = []

    async def run() -> None:
        service = Service(Echo, Plan())
        service.life.watch(seen.append)
        await service.load()
        service.drain()
        service.close()

    asyncio.run(run())

    assert seen == [State.STARTING, State.LOADING, State.READY, State.DRAINING, State.STOPPED]


def test_the_metrics_know_whether_it_is_ready() -> None:
    async def run() -> list[bool]:
        service = Service(Echo, Plan())
        seen = [service.metrics.is_ready]
        await service.load()
        seen.append(service.metrics.is_ready)
        service.drain()
        seen.append(service.metrics.is_ready)
        service.close()
        return seen

    assert asyncio.run(run()) == [False, True, False]


def test_before_it_is_loaded_a_service_says_that_it_is_starting() -> None:
    service = Service(Echo, Plan())

    with pytest.raises(NotReady, match=r"^the service is starting$"):
        asyncio.run(answer(service, PREDICT, REQUEST))
    with pytest.raises(NotReady):
        service.takes_raw(PREDICT, Wire.REST)
    with pytest.raises(NotReady):
        service.handle_blocking(PREDICT, REQUEST, itself)


def test_a_service_that_drains_answers_what_has_reached_it() -> None:
    async def use(service: Service) -> Message:
        service.drain()
        return await answer(service, PREDICT, REQUEST)

    assert serve(Echo, use).value == "s"


def _raises_in_create() -> object:
    raise FileNotFoundError("no weights")


class RaisesInLoad(Echo):
    def load(self) -> None:
        raise FileNotFoundError("no weights")


class RaisesInAsyncLoad(Echo):
    async def load(self) -> None:
        raise FileNotFoundError("no weights")


@pytest.mark.parametrize("create", [_raises_in_create, RaisesInLoad, RaisesInAsyncLoad])
def test_a_load_that_raises_fails_for_good_with_the_users_own_error(
    create: Callable[[], object],
) -> None:
    async def run() -> Service:
        service = Service(create, Plan())
        with pytest.raises(FileNotFoundError, match="no weights"):
            await service.load()
        with pytest.raises(NotReady) as raised:
            await answer(service, PREDICT, REQUEST)
        assert raised.value.message == (
            "the model could not be loaded: FileNotFoundError: no weights"
        )
        return service

    service = asyncio.run(run())

    assert service.life.state is State.FAILED
    assert isinstance(service.life.error, FileNotFoundError)
    service.close()


def test_a_load_that_exits_is_a_load_that_failed() -> None:
    class Exits(Echo):
        def load(self) -> None:
            sys.exit("no licence")

    async def run() -> Service:
        service = Service(Exits, Plan())
        with pytest.raises(BaseException, match="no licence"):
            await service.load()
        return service

    service = asyncio.run(run())

    assert service.life.state is State.FAILED
    service.close()


def test_a_load_that_is_not_implemented_is_as_if_it_were_not_there() -> None:
    class LoadsNothing(Echo):
        def load(self) -> None:
            raise NotImplementedError

    assert ask(LoadsNothing).value == "s"


def test_what_load_sets_up_is_found() -> None:
    class SetsUpInLoad:
        class_names = None

        def load(self) -> None:
            self.class_names = ["n", "y"]
            self.predict = lambda X: [[0.1, 0.9]]

    reply = ask(SetsUpInLoad)

    assert reply.names == ["n", "y"]
    assert reply.value.tolist() == [[0.1, 0.9]]


def test_load_may_be_an_attribute_that_is_not_callable() -> None:
    class HasLoad(Echo):
        load = 0.5

    assert ask(HasLoad).value == "s"


@both_ways_in
def test_an_async_component_is_answered(ask: Callable[..., Message]) -> None:
    class IsAsync:
        async def predict(self, X: Any) -> Any:
            await asyncio.sleep(0)
            return {"thread": threading.get_ident()}

    assert ask(IsAsync).value == {"thread": threading.get_ident()}


def test_async_calls_run_at_the_same_time() -> None:
    class Meets:
        """Answer when two requests are there."""

        def __init__(self) -> None:
            self.there = 0
            self.both: asyncio.Event | None = None

        async def predict(self, X: Any) -> Any:
            self.both = self.both or asyncio.Event()
            self.there += 1
            if self.there == 2:
                self.both.set()
            await self.both.wait()
            return X

    async def use(service: Service) -> list[Message]:
        asked = [answer(service, PREDICT, REQUEST) for _ in range(2)]
        return await asyncio.gather(*asked)

    assert len(serve(Meets, use)) == 2


ERRORS = [
    ValueError("boom"),
    TypeError("boom"),
    AttributeError("boom"),
    NotImplementedError("boom"),
    StopIteration("boom"),
    StopAsyncIteration("boom"),
    SystemExit("boom"),
    RecursionError("boom"),
    MemoryError("boom"),
    CancelledError("boom"),  # of a future of the user's, which asyncio takes for its own
    TimeoutError("boom"),
]


@both_ways_in
@pytest.mark.parametrize(
    ("error", "is_async"),
    [
        *((error, False) for error in ERRORS),
        # Python itself makes a RuntimeError of a StopIteration that leaves a coroutine.
        *((error, True) for error in ERRORS if not isinstance(error, StopIteration)),
    ],
    ids=lambda value: "async" * value if isinstance(value, bool) else type(value).__name__,
)
def test_whatever_user_code_raises_is_the_components_fault_by_its_own_name(
    ask: Callable[..., Message], error: BaseException, is_async: bool
) -> None:
    class Raises:
        def predict(self, X: Any) -> Any:
            raise error

    class RaisesAsync:
        async def predict(self, X: Any) -> Any:
            raise error

    with pytest.raises(ServingError) as raised:
        ask(RaisesAsync if is_async else Raises)

    assert isinstance(raised.value, ComponentError)
    assert raised.value.message == f"{type(error).__name__}: boom"


@both_ways_in
def test_an_error_of_the_components_is_logged_once_with_the_users_frames_only(
    ask: Callable[..., Message], caplog: pytest.LogCaptureFixture
) -> None:
    class Divides:
        def predict(self, X: Any) -> Any:
            return 1 / 0

    with pytest.raises(ComponentError):
        ask(Divides)

    errors = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(errors) == 1
    text = errors[0].getMessage()
    assert text.startswith("predict raised\nTraceback (most recent call last):\n")
    assert text.splitlines()[2].startswith(f'  File "{__file__}"')
    assert text.endswith("ZeroDivisionError: division by zero")
    assert "wrapper/charter" not in text


def test_a_reply_that_cannot_be_sent_is_logged_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class ReturnsNone:
        def predict(self, X: Any) -> None: ...

    with pytest.raises(ComponentError):
        ask(ReturnsNone)

    (record,) = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert record.getMessage().startswith("predict: Unknown data type returned as payload")
    assert "Traceback" not in record.getMessage()


def test_a_status_that_user_code_chose_is_logged_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class SeldonMicroserviceException(Exception):
        status_code = 403

    class Forbids:
        def predict(self, X: Any) -> Any:
            raise SeldonMicroserviceException("not for you")

    with pytest.raises(ComponentError) as raised:
        ask(Forbids)

    assert raised.value.status == 403
    assert "Traceback" not in caplog.text


def test_the_payload_does_not_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    class Raises:
        def predict(self, X: Any) -> Any:
            raise ValueError("boom")

    caplog.set_level(logging.INFO)

    with pytest.raises(ComponentError):
        ask(Raises, Message(Form.TEXT, "a secret"))

    assert "a secret" not in caplog.text


def test_a_method_that_is_missing_is_refused_and_not_logged_as_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Transforms:
        def transform_input(self, X: Any) -> Any:
            return X

    with pytest.raises(MissingMethod):
        ask(Transforms)

    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_other_methods_are_asked_by_their_row() -> None:
    class Transforms(Echo):
        def transform_input(self, X: Any) -> Any:
            return X + "!"

    reply = serve(Transforms, lambda service: answer(service, TRANSFORM_INPUT, REQUEST))

    assert reply.value == "s!"


def test_a_client_that_leaves_does_not_disturb_the_next() -> None:
    entered, leave = threading.Event(), threading.Event()

    class Blocks:
        def predict(self, X: Any) -> Any:
            entered.set()
            assert leave.wait(WAIT_S)
            return X

    async def use(service: Service) -> Message:
        first = asyncio.ensure_future(answer(service, PREDICT, REQUEST))
        await asyncio.get_running_loop().run_in_executor(None, entered.wait, WAIT_S)
        first.cancel()
        leave.set()
        return await answer(service, PREDICT, REQUEST)

    assert serve(Blocks, use).value == "s"


def test_closing_says_whether_a_call_is_left() -> None:
    entered, leave = threading.Event(), threading.Event()

    class Blocks:
        def predict(self, X: Any) -> Any:
            entered.set()
            assert leave.wait(WAIT_S)
            return X

    async def use(service: Service) -> bool:
        first = asyncio.ensure_future(answer(service, PREDICT, REQUEST))
        await asyncio.get_running_loop().run_in_executor(None, entered.wait, WAIT_S)
        is_done = service.close()
        leave.set()
        await first
        return is_done

    assert serve(Blocks, use) is False


class TakesParameters(Echo):
    def __init__(self, rate: float = 0.5) -> None:
        self.rate = rate


def test_a_class_is_made_with_the_parameters() -> None:
    chosen = {"parameters": '[{"name": "rate", "value": "0.1", "type": "FLOAT"}]'}

    create, _ = prepare(TakesParameters, chosen)

    assert vars(create()) == {"rate": 0.1}


def test_a_class_whose_parameters_do_not_fit_is_refused_with_its_signature() -> None:
    create, _ = prepare(Echo, {"parameters": '[{"name": "rate", "value": 1}]'})

    with pytest.raises(StartError, match="rate"):
        create()


def test_an_object_is_served_as_it_is() -> None:
    user = Echo()

    create, settings = prepare(user, {"threads": 3})

    assert create() is user
    assert settings.threads == 3


def test_a_name_is_found_and_its_folder_sets_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GUNICORN_THREADS", raising=False)
    (tmp_path / ".s2i").mkdir()
    (tmp_path / ".s2i" / "environment").write_text("MODEL_NAME=Named\nGUNICORN_THREADS=3\n")
    (tmp_path / "Named.py").write_text(
        "class Named:\n    def predict(self, X):\n        return X\n"
    )
    monkeypatch.setattr(sys, "path", list(sys.path))

    create, settings = prepare(str(tmp_path), {})

    assert settings.threads == 3
    assert type(create()).__name__ == "Named"
    del sys.modules["Named"]


def test_a_name_that_leads_nowhere_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(StartError):
        prepare(str(tmp_path), {})


def test_a_load_that_raises_stop_iteration_fails() -> None:
    class Stops(Echo):
        def load(self) -> None:
            next(iter([]))

    with pytest.raises(RuntimeError, match="StopIteration"):
        ask(Stops)


def test_what_a_reply_cannot_be_encoded_for_is_logged_once_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def encode(reply: Message) -> bytes:
        raise ComponentError("it has no form") from TypeError("orjson says")

    async def use(service: Service) -> None:
        await service.handle(PREDICT, REQUEST, encode)

    with pytest.raises(ComponentError):
        serve(Echo, use)

    assert [record.getMessage() for record in caplog.records] == ["predict: it has no form"]


NUMBER = {"ftype": "continuous", "range": [0, 1]}
CONTRACT = parse({"features": [{"name": "a", **NUMBER}], "targets": [{"name": "t", **NUMBER}]})


class Keeps:
    def predict(self, X: Any) -> Any:
        return X

    def class_names(self) -> list[str]:
        return ["t"]


class Doubles(Keeps):
    def predict(self, X: Any) -> Any:
        return X * 2


class KeepsAsync(Keeps):
    async def predict(self, X: Any) -> Any:
        return X


class KeepsRaw:
    def predict_raw(self, message: Any) -> Any:
        return {"data": {"names": ["t"], "ndarray": message["data"]["ndarray"]}}


async def warmed(create: Callable[[], object]) -> tuple[Service, list[State]]:
    seen: list[State] = []
    service = Service(create, Plan(), contract=CONTRACT)
    service.test_before_ready(20)
    service.life.watch(seen.append)
    try:
        await service.load()
    finally:
        service.close()
    return service, seen


@pytest.mark.parametrize("create", [Keeps, KeepsAsync, KeepsRaw])
def test_a_model_that_keeps_its_contract_is_ready_after_its_self_test(
    create: Callable[[], object],
) -> None:
    service, seen = asyncio.run(warmed(create))

    assert seen[:4] == [State.STARTING, State.LOADING, State.WARMING, State.READY]
    assert service.metrics.table.numbers[TESTED_ROWS] == 20
    assert service.metrics.table.numbers[TEST_PASSED] == 1


def test_a_model_that_breaks_its_contract_is_never_ready() -> None:
    service = Service(Doubles, Plan(), contract=CONTRACT)
    service.test_before_ready(20)

    with pytest.raises(StartError, match=r"^--self-test: the model breaks its contract: targets"):
        asyncio.run(service.load())

    assert service.life.state is State.FAILED
    assert service.metrics.table.numbers[TEST_PASSED] == 0
    with pytest.raises(NotReady):
        service.takes_raw(PREDICT, Wire.REST)


def test_a_contract_kept_strictly_tells_each_promise_once(caplog: pytest.LogCaptureFixture) -> None:
    service = Service(Doubles, Plan(), contract=CONTRACT)
    service.enforce(is_strict=True)
    service.test_before_ready(20)

    with pytest.raises(StartError, match=r"^--self-test: the model breaks its contract: targets"):
        asyncio.run(service.load())

    told = [message for message in caplog.messages if message.startswith("self-test: ")]
    assert len(told) == len(set(map(place_of, told)))


def place_of(told: str) -> str:
    return told.split(": ")[1]


def test_while_it_is_tested_nobody_else_is_answered() -> None:
    refused: list[str] = []

    def predict(X: Any) -> Any:
        with pytest.raises(NotReady) as raised:
            service.handle_blocking(PREDICT, REQUEST, itself)
        refused.append(raised.value.message)
        return X

    user = Keeps()
    user.predict = predict  # type: ignore[method-assign]  # a model of this test
    service = Service(lambda: user, Plan(), contract=CONTRACT)
    service.test_before_ready(1)
    asyncio.run(service.load())
    service.close()

    assert refused == ["the service is warming"]


def test_the_result_is_a_tag_of_the_health_status() -> None:
    class HasHealth(Keeps):
        def health_status(self) -> str:
            return "fine"

        def tags(self) -> dict[str, str]:
            return {"own": "tag"}

    async def status(create: Callable[[], object]) -> Message:
        service = Service(create, Plan(), contract=CONTRACT)
        service.test_before_ready(3)
        await service.load()
        try:
            return (await service.handle(HEALTH_STATUS, NOTHING, itself))[1]
        finally:
            service.close()

    plain, own = (asyncio.run(status(create)) for create in (Keeps, HasHealth))

    assert plain.value == "healthy"
    assert plain.meta is not None
    assert plain.meta["tags"]["self_test"]["rows"] == 3
    assert own.value == "fine"
    assert own.meta is not None
    assert own.meta["tags"].keys() == {"own", "self_test"}


def test_without_a_self_test_the_health_status_is_as_ever() -> None:
    async def use(service: Service) -> Message:
        return (await service.handle(HEALTH_STATUS, NOTHING, itself))[1]

    assert serve(Keeps, use).meta is None


def test_a_self_test_without_a_contract_is_refused() -> None:
    with pytest.raises(StartError, match=r"^--self-test: expected a contract"):
        make(Keeps, Settings(self_test=5))


def test_a_load_takes_what_it_takes_and_is_not_hung() -> None:
    entered, leave = threading.Event(), threading.Event()

    class Loads(Echo):
        def load(self) -> None:
            entered.set()
            assert leave.wait(10)

    async def run() -> tuple[float, float]:
        service = Service(Loads, Plan())
        service.give_up_after(1e-9)
        loading = asyncio.ensure_future(service.load())
        await asyncio.get_running_loop().run_in_executor(None, entered.wait)
        while_loading = service.longest_call_s(), service.hung_s()
        leave.set()
        await loading
        service.close()
        return while_loading

    runs_s, hung_s = asyncio.run(run())

    assert runs_s > 0.0
    assert hung_s == 0.0
