from __future__ import annotations

import dataclasses
import os
import pty
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from charter.cli import charter
from charter.cli.init.questions import Flags
from charter.cli.init.writing import write
from charter.packaging.scaffold.kinds import KINDS
from charter.packaging.scaffold.project import Wanted
from click.testing import CliRunner, Result
from serving import HAS_PROC, WAIT_S, until

INTERRUPT = "\x03"


def init(*arguments: object, cwd: Path | None = None) -> Result:
    before = Path.cwd()
    os.chdir(cwd or before)
    try:
        result = CliRunner().invoke(charter, ["init", *map(str, arguments)])
    finally:
        os.chdir(before)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def on_a_terminal(
    arguments: Sequence[str], answers: Sequence[tuple[str, str]], cwd: Path
) -> tuple[int, str]:
    """Return the exit status and what a person sees who gives each answer when asked for it."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execv(sys.executable, [sys.executable, "-m", "charter", "init", *arguments])
    watchdog = threading.Timer(WAIT_S, os.kill, (pid, signal.SIGKILL))
    watchdog.start()
    try:
        screen = ""
        for question, answer in answers:
            screen += _read_until(terminal, question)
            if answer == INTERRUPT:
                screen += _read_until(terminal, ": ")
                until(lambda: _is_waiting(pid))
            os.write(terminal, answer.encode())
        screen += _read_until(terminal, None)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        watchdog.cancel()
        os.close(terminal)
    return status, screen.replace("\r\n", "\n")


def _is_waiting(pid: int) -> bool:
    """Return whether a process waits, here for an answer; Python loses an interrupt just before."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


def _read_until(terminal: int, word: str | None) -> str:
    seen = ""
    while word is None or word not in seen:
        try:
            part = os.read(terminal, 1).decode(errors="replace")
        except OSError:  # the other end is closed
            part = ""
        if not part:
            assert word is None, f"ended before {word!r}: {seen}"
            break
        seen += part
    return seen


def test_yes_asks_nothing_and_says_what_comes_next(tmp_path: Path) -> None:
    result = init("risk", "--yes", "--author", "Ada", cwd=tmp_path)

    assert result.exit_code == 0
    assert result.stdout.splitlines()[-8:] == [
        "Next, and in README.md with more:",
        "",
        "  cd risk",
        "  charter serve .",
        "  curl -s http://127.0.0.1:5000/predict"
        " -H 'Content-Type: application/json' -d @request.json",
        "  charter test contract.json 127.0.0.1 5000 --grpc-port 5001",
        "  charter build . -t risk:0.1",
        "",
    ]
    assert "wrote risk/Risk.py\n" in result.stdout
    assert "By Ada." in (tmp_path / "risk" / "README.md").read_text("utf-8")


def test_the_current_folder_is_the_default_and_gives_the_name(tmp_path: Path) -> None:
    folder = tmp_path / "my-model"
    folder.mkdir()

    result = init("--yes", cwd=folder)

    assert (folder / "MyModel.py").is_file()
    assert "  cd " not in result.stdout


def test_a_folder_that_can_name_no_class_gives_a_name_all_the_same(tmp_path: Path) -> None:
    init(tmp_path / "2024", "--yes")

    assert (tmp_path / "2024" / "Model.py").is_file()


def test_without_a_terminal_it_asks_nobody(tmp_path: Path) -> None:
    result = init(tmp_path / "new", "--kind", "router")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: charter init asks questions, and standard input is no")
    assert list(tmp_path.iterdir()) == []


def test_files_that_are_there_are_named_and_kept(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine", "utf-8")

    result = init(tmp_path, "--yes", "--name", "risk")

    assert result.exit_code == 1
    assert result.stderr == f"Error: {tmp_path} has README.md already; --force replaces them\n"
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert (tmp_path / "README.md").read_text("utf-8") == "mine"


def test_force_replaces_them(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine", "utf-8")

    assert init(tmp_path, "--yes", "--name", "risk", "--force").exit_code == 0
    assert "# risk" in (tmp_path / "README.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--name", "3d"], "the model's name '3d': a class cannot start with a digit"),
        (["--author", "a\nb"], "the author: expected a name in one line"),
        (["--kind", "router", "--data", "DATA"], "router takes none"),
        (["--kind", "image", "--model-file", "DATA"], "image takes none"),
        (["--kind", "onnx", "--model-file", "DATA"], "expected a file that ends in .onnx"),
    ],
)
def test_a_flag_that_cannot_be_used_is_told(flags: list[str], said: str, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("a,b\n1,2\n", "utf-8")
    words = [str(data) if flag == "DATA" else flag for flag in flags]

    result = init(tmp_path / "new", "--yes", *words)

    assert result.exit_code == 1
    assert said in result.stderr
    assert not (tmp_path / "new").exists()


def test_a_framework_that_is_missing_is_named_with_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = dataclasses.replace(KINDS["keras"], needs=("no_such_framework",))
    flags = Flags(None, None, None, None, None, None, yes=True, force=False, no_train=False)

    write(Wanted("net", "Ada", kind), tmp_path / "net", flags)

    printed = capsys.readouterr().out
    assert "\nno_such_framework is not installed here.\n" in printed
    assert "\n  pip install -r requirements.txt && python train.py\n" in printed
    assert not (tmp_path / "net" / "model.keras").exists()


def test_training_can_be_left_for_later(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn")

    result = init(tmp_path, "--yes", "--name", "later", "--kind", "sklearn", "--no-train")

    assert "\n  python train.py\n" in result.stdout
    assert not (tmp_path / "model.joblib").exists()


def test_training_that_fails_leaves_nothing(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn")
    pytest.importorskip("pandas", reason="tables need pandas")
    data = tmp_path / "data.csv"
    data.write_text("a,b\n1,x\n2,y\n", "utf-8")  # too few for a test in three parts

    result = init(tmp_path / "new", "--yes", "--data", data)

    assert result.exit_code == 1
    assert "train.py ended with status 1" in result.stderr
    assert list(tmp_path.iterdir()) == [data]


def test_what_of_a_contract_is_not_known_is_told(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn")
    joblib = pytest.importorskip("joblib")
    from sklearn.linear_model import LinearRegression

    joblib.dump(LinearRegression().fit([[0.0], [2.0]], [1.0, 2.0]), tmp_path / "m.joblib")

    result = init(tmp_path / "unlimited", "--yes", "--model-file", tmp_path / "m.joblib")

    assert result.exit_code == 0
    assert "note: contract.json: features[0].range: x1 has no limits" in result.stderr


def test_four_answers_are_enough(tmp_path: Path) -> None:
    answers = [("1.", "credit risk\n"), ("2.", "Ada\n"), ("3.", "1\n"), ("4.", "\n")]

    status, screen = on_a_terminal(["new"], answers, tmp_path)

    assert status == 0, screen
    assert "Four questions." in screen
    assert "10  script       a program in any language" in screen
    assert (tmp_path / "new" / "CreditRisk.py").is_file()


def test_a_target_without_a_table_is_refused(tmp_path: Path) -> None:
    found = init(tmp_path / "new", "--yes", "--kind", "sklearn", "--target", "cost")

    assert found.exit_code == 1
    assert "Error: --target cost: there is no table; give one by --data" in found.output
    assert list(tmp_path.iterdir()) == []


def test_a_column_of_any_name_makes_code_that_can_be_read(tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="tables need pandas")
    (tmp_path / "data.csv").write_text('a,"""""""b\\"\n1,2\n3,4\n', "utf-8")

    found = init(tmp_path / "odd", "--yes", "--data", tmp_path / "data.csv", "--kind", "function")

    assert found.exit_code == 0, found.output
    compile((tmp_path / "odd" / "Odd.py").read_text("utf-8"), "Odd.py", "exec")


def test_what_cannot_be_used_is_asked_for_again(tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="tables need pandas")
    (tmp_path / "data.csv").write_text("size,cost\n1,low\n2,high\n3,low\n", "utf-8")
    answers = [
        *(
            ("1.", "none\n"),
            ("1.", "usual\n"),
            ("2.", "\n"),
            ("3.", "plain\n"),
            ("3.", "function\n"),
        ),
        *(("4.", "no.csv\n"), ("4.", "data.csv\n"), ("answer [cost]", "costs\n")),
        ("answer [cost]", "\n"),
    ]

    status, screen = on_a_terminal(["new"], answers, tmp_path)

    assert status == 0, screen
    assert "Error: the model's name 'none': None means something else here" in screen
    assert "Error: kind: expected one of function, sklearn" in screen
    assert "Error: no file 'no.csv'" in screen
    assert "Error: --target: no column 'costs'" in screen
    assert 'USUAL = "low"' in (tmp_path / "new" / "Usual.py").read_text("utf-8")


def test_each_file_that_is_there_is_asked_for(tmp_path: Path) -> None:
    for name in ("README.md", "contract.json"):
        (tmp_path / name).write_text("mine", "utf-8")
    flags = ["--name", "risk", "--author", "Ada", "--kind", "router"]

    status, screen = on_a_terminal(
        flags, [("README.md is there", "n\n"), ("contract.json is there", "y\n")], tmp_path
    )

    assert status == 0, screen
    assert (tmp_path / "README.md").read_text("utf-8") == "mine"
    assert "branch" in (tmp_path / "contract.json").read_text("utf-8")
    assert "wrote README.md" not in screen


@pytest.mark.skipif(not HAS_PROC, reason="says by /proc when a question waits for its answer")
@pytest.mark.parametrize(
    "answers",
    [
        [("1.", INTERRUPT)],
        [("1.", "a\n"), ("2.", "\n"), ("3.", "9\n"), ("Replace it?", INTERRUPT)],
    ],
    ids=["at a question", "at a file"],
)
def test_an_interrupt_writes_nothing(answers: list[tuple[str, str]], tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine", "utf-8")

    status, screen = on_a_terminal([], answers, tmp_path)

    assert status == 1, screen
    assert "Aborted!" in screen
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
