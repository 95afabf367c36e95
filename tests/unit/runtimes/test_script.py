from __future__ import annotations

import errno
import gc
import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from charter.assembly import prepare
from charter.component import loader
from charter.component.adapter import UserComponent
from charter.errors import BadPayload, ComponentError, ServingError, StartError, TooLate
from charter.message import Form, Message
from charter.methods import METADATA, PREDICT
from charter.runtimes.script import Script
from charter.runtimes.script.processes import TAG, is_tagged, processes
from charter.testing import check_component

TEXT = {"name": "text", "dtype": "STRING"}
NUMBER = {"name": "x", "dtype": "FLOAT", "range": [0, 10]}
ANSWER = {"name": "answer", "dtype": "FLOAT", "range": [0, 100]}


class Make(Protocol):
    """Makes a script of its text, and loads it."""

    def __call__(self, text: str, name: str = "model.sh", **chosen: Any) -> Script: ...


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    home = tmp_path / "temporary"
    home.mkdir()
    monkeypatch.setenv("TMPDIR", str(home))
    made = []

    def make_one(text: str, name: str = "model.sh", **chosen: Any) -> Script:
        file = tmp_path / name
        file.write_text("#!/bin/sh\n" + text)
        file.chmod(0o755)
        script = Script(str(file), **{"timeout": 20, **chosen})
        script.load()
        made.append(script)
        return script

    yield make_one
    for script in made:
        script._home.close()
    gc.collect()  # a service that was tested in process is gone no sooner
    assert list(home.iterdir()) == []


def contract(folder: Path, features: Any, targets: Any, **others: Any) -> str:
    file = folder / "contract.json"
    file.write_text(json.dumps({"features": features, "targets": targets, **others}))
    return str(file)


def failure(script: Script, X: Any = "text") -> ServingError:
    with pytest.raises(ServingError) as raised:
        script.predict(X)
    return raised.value


def is_alive(pid: int) -> bool:
    return any(each.pid == pid for each in processes())


# What it prints


@pytest.mark.parametrize(
    ("printed", "answer"),
    [
        ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]]),
        ("[1, 2]", [1, 2]),
        ('{"mood": "good"}', {"mood": "good"}),
        ("3.5", [[3.5]]),
        ("a text\n of two lines", "a text\n of two lines"),
        ('"quoted"', "quoted"),
        ("true", "true"),
        ("[1, 2", "[1, 2"),
        ("[1]\n[2]", [[1], [2]]),
        ('{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}]),
    ],
)
def test_json_is_the_answer_and_all_else_is_text(make: Make, printed: str, answer: Any) -> None:
    script = make(f"cat <<'END'\n{printed}\nEND\n")

    assert script.predict("text") == answer


def test_an_object_is_a_row_of_the_targets(make: Make, tmp_path: Path) -> None:
    targets = [{**ANSWER, "name": "b"}, {**ANSWER, "name": "a"}]
    script = make('echo \'{"a": 1, "b": 2}\'', contract=contract(tmp_path, [NUMBER], targets))

    assert script.predict(np.array([[1.0]])) == [[2, 1]]
    assert script.class_names == ["b", "a"]


def test_what_is_no_answer_by_the_contract_is_told(make: Make, tmp_path: Path) -> None:
    file = contract(tmp_path, [NUMBER], [ANSWER])

    no_json = failure(make("echo about five", contract=file), np.array([[1.0]]))
    no_target = failure(make("echo '{\"a\": 1}'", contract=file), np.array([[1.0]]))

    assert isinstance(no_json, ComponentError)
    assert no_json.message.startswith("model.sh printed 'about five'; expected JSON: not JSON: ")
    assert no_target.message == (
        "model.sh printed an object without 'answer'; expected the targets answer"
    )


def test_bytes_that_are_no_text_are_told_and_can_be_chosen(make: Make) -> None:
    text = r"printf 'ab\377\000'"

    assert failure(make(text)).message == (
        r"model.sh printed bytes that are no text: b'\xff\x00' at byte 2; "
        "for bytes choose the output binary"
    )
    assert make(text, output="binary").predict("text") == b"ab\xff\x00"


@pytest.mark.parametrize("text", ["", "echo", "exec <&-; exec >&- 2>&-", "true | true"])
def test_a_script_that_prints_nothing_is_told(make: Make, text: str) -> None:
    error = failure(make(text))

    assert isinstance(error, ComponentError)
    assert error.message == "model.sh printed nothing; expected its result on stdout"


def test_no_rows_are_answered_without_running(make: Make, tmp_path: Path) -> None:
    script = make(
        "exit 1", contract=contract(tmp_path, [NUMBER], [ANSWER, {**ANSWER, "name": "b"}])
    )

    assert script.predict(np.empty((0, 1))).shape == (0, 2)


# How it ends


def test_another_status_than_0_is_an_error_with_the_last_line_of_stderr(make: Make) -> None:
    error = failure(make("echo first >&2; echo 'no such model' >&2; echo >&2; exit 3"))

    assert isinstance(error, ComponentError)
    assert error.message == "model.sh ended with status 3: no such model"
    assert failure(make("echo '[1]'; exit 4")).message == "model.sh ended with status 4"


@pytest.mark.parametrize("name", ["SEGV", "KILL", "TERM"])
def test_a_script_that_is_killed_is_told(make: Make, name: str) -> None:
    error = failure(make(f"echo '[1]'; kill -{name} $$"))

    assert isinstance(error, ComponentError)
    assert error.message == f"model.sh was ended by SIG{name}"


def test_a_script_that_takes_too_long_is_ended_and_told(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    error = failure(make("echo waiting >&2; sleep 1000", timeout=0.2))

    assert isinstance(error, TooLate)
    assert error.message == "model.sh took more than its timeout of 0.2 s, and was ended"
    assert f"{error.message}: waiting" in caplog.text


def test_a_script_that_ignores_sigterm_is_killed_with_its_children(
    make: Make, tmp_path: Path
) -> None:
    script = make(
        f"trap '' TERM; sleep 1000 & echo $! $$ > {tmp_path}/pids; wait; wait", timeout=0.2
    )

    error = failure(script)

    assert isinstance(error, TooLate)
    pids = [int(word) for word in (tmp_path / "pids").read_text().split()]
    assert not any(map(is_alive, pids))


def test_a_script_may_clear_up_when_its_time_is_over(make: Make, tmp_path: Path) -> None:
    script = make(
        f"trap 'echo bye >&2; : > {tmp_path}/done; exit' TERM; sleep 1000 & wait", timeout=0.2
    )

    failure(script)

    assert (tmp_path / "done").exists()


@pytest.mark.parametrize(
    "start",
    [
        "sleep 1000 &",
        "nohup sleep 1000 >/dev/null 2>&1 &",
        "setsid sleep 1000 >/dev/null 2>&1 &",
        "set -m; sleep 1000 >/dev/null 2>&1 &",
        "(setsid sh -c 'sleep 1000 & echo $! > pid; wait' >/dev/null 2>&1 &) &",
        "trap '' TERM HUP; setsid sleep 1000 &",
    ],
)
def test_what_a_script_leaves_behind_is_ended(
    make: Make, tmp_path: Path, start: str, caplog: pytest.LogCaptureFixture
) -> None:
    pid = "while [ ! -s pid ]; do :; done" if "> pid" in start else "echo $! > pid"
    script = make(f"{start} {pid}; echo '[1]'" if pid[0] == "e" else f"{start}\n{pid}; echo '[1]'")

    assert script.predict("text") == [1]

    assert not is_alive(int((tmp_path / "pid").read_text()))
    assert "model.sh left " in caplog.text


def test_a_pipe_that_outlives_the_script_is_read_to_its_end(make: Make) -> None:
    assert make("(cat /dev/null; echo '[1]') & exit 0").predict("text") == [1]


@pytest.mark.parametrize(
    "bomb",
    [
        "f() { [ $1 = 0 ] && sleep 1000; f $(($1 - 1)) & f $(($1 - 1)) & wait; }; f 7",
        # In pipes and in the background; at most 64, for a bomb without end starves the machine.
        "b() { [ $1 = 0 ] && exec sleep 1000; b $(($1 - 1)) | b $(($1 - 1)) & }; b 6; sleep 1000",
    ],
)
def test_processes_are_ended_when_they_are_too_many(make: Make, bomb: str) -> None:
    script = make(bomb, processes=20)

    error = failure(script)

    assert isinstance(error, ComponentError)
    assert error.message == "model.sh started more than its 20 processes, and was ended"
    tag = f"{TAG}={script._home.name}.".encode()
    assert not any(is_tagged(each, tag) for each in processes())


def test_processes_that_outlive_their_script_end_with_it(make: Make) -> None:
    script = make("sleep 1000 > /dev/null & setsid sleep 1000 > /dev/null & echo '[1]'")

    assert script.predict("text") == [1]

    tag = f"{TAG}={script._home.name}.".encode()
    assert not any(is_tagged(each, tag) for each in processes())


@pytest.mark.parametrize(
    "take",
    [
        "head -c 300000000 /dev/zero | tail -n 1 | wc -c; sleep 1000",
        "for i in 1 2 3; do head -c 40000000 /dev/zero | tail | (sleep 1000; cat) & done\nwait",
    ],
)
def test_memory_is_that_of_all_processes_together(make: Make, take: str) -> None:
    error = failure(make(take, memory=100))

    assert isinstance(error, ComponentError)
    assert error.message == (
        "model.sh and what it started took more than its 100 MiB of memory, and was ended"
    )


def test_endless_output_is_ended(make: Make) -> None:
    error = failure(make("exec yes", max_output=0.5))

    assert isinstance(error, ComponentError)
    assert error.message == "model.sh printed more than its 0.5 MiB, and was ended"


def test_endless_stderr_is_read_and_not_all_of_it_logged(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    failure(make("exec yes problem >&2", timeout=0.3))

    said = [record.getMessage() for record in caplog.records if "problem" in record.getMessage()]
    assert 100 < len(said) < 400
    assert any(" more lines" in record.getMessage() for record in caplog.records)


def test_stderr_is_logged_line_by_line_and_cannot_forge_a_line(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    script = make(
        r"printf 'one\ntwo\r2026-01-01 INFO forged\033[31m \342\200\250x\n' >&2; echo '[1]'"
    )

    script.predict("text")

    assert [record.getMessage() for record in caplog.records] == [
        "model.sh[1]: one",
        r"model.sh[1]: two\r2026-01-01 INFO forged\x1b[31m \u2028x",
    ]


def test_a_long_line_is_cut(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    make("head -c 100000 /dev/zero | tr '\\0' x >&2; echo '[1]'").predict("text")

    assert len(caplog.records[0].getMessage()) < 1100


# What it is given


def test_a_script_runs_in_its_folder(make: Make, tmp_path: Path) -> None:
    assert make("pwd").predict("text") == str(tmp_path.resolve())


def test_its_temporary_files_are_to_be_beside_its_input(make: Make) -> None:
    script = make('[ "$TMPDIR" = "${1%/*}" ] && [ -d "$TMPDIR" ] && echo same')

    assert script.predict("text") == "same"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_script_leads_a_session_which_signals_to_the_server_do_not_reach(make: Make) -> None:
    session = make("cut -d' ' -f6 /proc/$$/stat; echo $$").predict("text")

    assert session[0] == session[1]


def test_a_script_has_nothing_on_stdin(make: Make) -> None:
    assert make("wc -c").predict("text") == [[0]]


def test_a_script_sees_what_the_user_has_set_and_no_secrets(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "SET_IN_FOLDER", "ASKED_FOR", "LC_TEST"):
        monkeypatch.setenv(name, f"of {name}")
    script = make("env", variables=("SET_IN_FOLDER",), env="ASKED_FOR, NOT_SET")

    seen = dict(line.split("=", 1) for line in script.predict("text").splitlines())

    assert seen["SET_IN_FOLDER"] == "of SET_IN_FOLDER"
    assert seen["ASKED_FOR"] == "of ASKED_FOR"
    assert seen["LC_TEST"] == "of LC_TEST"
    assert seen["PATH"] == os.environ["PATH"]
    assert "AWS_SECRET_ACCESS_KEY" not in seen
    assert "NOT_SET" not in seen


def test_the_files_of_a_call_are_gone_after_it(make: Make, tmp_path: Path) -> None:
    left = f"cd $TMPDIR; echo 1 > more; mkdir -p a/b; chmod 0 a; ls $1 > {tmp_path}/seen; "
    script, failing = make(left + "echo '[1]'"), make(left + "exit 1", "fails.sh")
    late = make(left + "sleep 1000", "late.sh", timeout=0.2)

    script.predict("text")
    for each in (failing, late):
        failure(each)

    assert (tmp_path / "seen").read_text().endswith("input1.txt\n")
    assert [list(each._home.path.iterdir()) for each in (script, failing, late)] == [[], [], []]


def test_several_images_are_several_paths(make: Make, tmp_path: Path) -> None:
    image = {"name": "photo", "dtype": "IMAGE", "shape": [2, 3, 1]}
    file = contract(tmp_path, [image], [ANSWER], script={"input": "pnm"})
    script = make('for each; do tail -c 1 "$each" | od -An -tu1; done', contract=file)

    answer = script.predict(np.array([np.full((2, 3, 1), 7), np.full((2, 3, 1), 9)]))

    assert answer == [[7], [9]]


def test_what_it_does_not_take_is_the_callers_fault(make: Make) -> None:
    error = failure(make("echo '[1]'", input="image"), b"no image")

    assert isinstance(error, BadPayload)
    assert error.message == "binData: expected a PNG or JPEG for a script, got b'no image'"


# How it is started


def test_a_file_that_may_not_be_run_is_run_by_its_interpreter(make: Make, tmp_path: Path) -> None:
    make("exit")
    (tmp_path / "model.sh").write_text("#!/bin/sh -e\ncat $1\n")
    (tmp_path / "model.sh").chmod(0o644)
    script = Script(str(tmp_path / "model.sh"))
    script.load()

    assert script.predict("text") == "text"


def test_a_script_that_went_away_is_told(make: Make, tmp_path: Path) -> None:
    script = make("echo '[1]'")
    (tmp_path / "model.sh").unlink()

    assert failure(script).message == "model.sh could not be started: no such file or directory"


def test_a_program_of_another_machine_is_told(make: Make, tmp_path: Path) -> None:
    script = make("echo '[1]'")
    (tmp_path / "model.sh").write_bytes(b"\x7fELF\0")

    assert failure(script).message == (
        "model.sh could not be started: it is no program of this machine"
    )


def test_its_parameters_come_before_what_its_contract_says(make: Make, tmp_path: Path) -> None:
    file = contract(tmp_path, [NUMBER], [ANSWER], script={"timeout": 0.1, "memory": 5})

    script = make("exit", contract=file, timeout=7)

    assert (script._options.timeout, script._options.memory) == (7.0, 5.0)


def test_metadata_name_the_script_and_the_version_of_its_contract(
    make: Make, tmp_path: Path
) -> None:
    plain = make("exit")
    versioned = make("exit", contract=contract(tmp_path, [NUMBER], [ANSWER], version="1.2"))

    assert plain.init_metadata() == {"name": "model.sh", "versions": [], "platform": "script"}
    assert versioned.init_metadata()["versions"] == ["1.2"]


def test_it_is_a_component_that_never_runs_on_the_event_loop(make: Make) -> None:
    component = UserComponent(make("echo '[1]'"))

    assert component.call(PREDICT).waits
    assert not component.call(METADATA).waits
    assert component.call(PREDICT).run(Message(Form.TEXT, "text")).value.tolist() == [1]


def test_a_script_that_is_forgotten_leaves_nothing(tmp_path: Path, make: Make) -> None:
    script = make("exit")
    home = script._home
    path, guardian = (
        home.path,
        next(
            each.pid
            for each in processes()
            if home.name.encode() in Path(f"/proc/{each.pid}/cmdline").read_bytes()
        ),
    )

    home.close()
    del script
    gc.collect()

    assert not path.exists()
    assert not is_alive(guardian)


def test_a_process_that_is_killed_leaves_nothing(tmp_path: Path, make: Make) -> None:
    make("echo $$ > pid; mkfifo never 2>/dev/null; echo started > fifo; setsid sleep 1000")
    os.mkfifo(tmp_path / "fifo")
    program = (
        "import sys; from charter.runtimes.script import Script; s = Script(sys.argv[1]); "
        "s.load(); print(s._home.path, flush=True); s.predict('text')"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "model.sh")],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        home = Path(process.stdout.readline().strip())
        (tmp_path / "fifo").read_text()
        script = int((tmp_path / "pid").read_text())
        assert is_alive(script)

        process.send_signal(signal.SIGKILL)

    end = time.monotonic() + 20
    while is_alive(script) or home.exists():
        assert time.monotonic() < end


# How it is found


def test_a_model_is_a_script_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("#!/bin/sh\n")
    (tmp_path / "tool").write_bytes(b"\x7fELF")
    (tmp_path / "tool").chmod(0o755)
    (tmp_path / "data.txt").write_text("1")

    assert loader.find("run", tmp_path).script == (tmp_path / "run").resolve()
    assert loader.find("./tool", tmp_path).script == (tmp_path / "tool").resolve()
    with pytest.raises(StartError, match="as a script it cannot be run"):
        loader.find("data.txt", tmp_path)


def test_a_script_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").write_text("#!/bin/sh\n")

    def refuses(self: Path, mode: str) -> None:  # root, who may run the tests, reads any file
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refuses)

    with pytest.raises(StartError, match=r"/run: permission denied$"):
        loader.find("run", tmp_path)


def test_a_script_sees_what_the_environment_beside_it_names(tmp_path: Path) -> None:
    (tmp_path / "sub" / ".s2i").mkdir(parents=True)
    (tmp_path / ".s2i").mkdir()
    (tmp_path / ".s2i" / "environment").write_text("MODEL_NAME=sub/run\nOUTER=1\n")
    (tmp_path / "sub" / ".s2i" / "environment").write_text("INNER=1\n")
    (tmp_path / "sub" / "run").write_text("#!/bin/sh\n")

    by_file, by_folder = loader.find("sub/run", tmp_path), loader.find(".", tmp_path)

    assert set(by_file.variables) == {"MODEL_NAME", "OUTER", "INNER"}
    assert by_file.environment == {}
    assert by_folder.environment == {"MODEL_NAME": "sub/run", "OUTER": "1"}
    script = loader.create(by_folder, {})
    assert isinstance(script, Script)
    assert {"OUTER", "INNER"} <= set(script._names)


def test_a_class_comes_before_a_program_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "Model").write_text("#!/bin/sh\n")
    (tmp_path / "Model.py").write_text("class Model:\n    pass\n")

    (tmp_path / "Model.sh").write_text("#!/bin/sh\n")

    assert loader.find("Model", tmp_path).script is None
    assert loader.find("./Model", tmp_path).script == (tmp_path / "Model").resolve()
    assert loader.find("Model.sh", tmp_path).script == (tmp_path / "Model.sh").resolve()


def test_a_script_that_is_not_built_yet_is_told(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("all:\n")

    with pytest.raises(StartError, match="a script that make builds has to be built first"):
        loader.create(loader.find("ink", tmp_path), {})


def test_a_script_keeps_a_contract_that_is_tested_in_process(make: Make, tmp_path: Path) -> None:
    file = contract(tmp_path, [NUMBER], [ANSWER])
    make('awk -F, \'NR > 1 { print "[" 2 * $1 "]" }\' "$1"')

    check_component(str(tmp_path / "model.sh"), file, requests=3, contract_mode="strict")


@pytest.mark.parametrize(("mode", "seconds"), [("warn", 7), ("off", 30)])
def test_a_contract_that_is_not_kept_is_not_read(
    mode: str, seconds: float, make: Make, tmp_path: Path
) -> None:
    contract(tmp_path, [NUMBER], [ANSWER], script={"timeout": 7})
    make("exit")

    create, _ = prepare(str(tmp_path / "model.sh"), {"contract_mode": mode})

    script = create()
    assert isinstance(script, Script)
    assert script._options.timeout == seconds


def test_a_folder_that_something_has_removed_is_told_in_one_sentence(make: Make) -> None:
    script = make("echo 1")
    script._home.path.rmdir()

    with pytest.raises(ComponentError, match="the input of a script could not be written: no such"):
        script.predict("x")
