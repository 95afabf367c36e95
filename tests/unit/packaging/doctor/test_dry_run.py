"""A dry run imports, constructs and loads the model in a process of its own."""

from __future__ import annotations

import dataclasses
import os
import select
from pathlib import Path

import pytest
from charter.packaging.doctor import dry_run, folder, table
from charter.packaging.doctor.dry_run import DryRun
from charter.packaging.doctor.model import Finding
from doctor_cases import ENVIRONMENT, Tree, environment, files, predict, write

LONG_S = 60.0


def examined(root: Path, limit_s: float = LONG_S) -> list[Finding]:
    described = dataclasses.replace(folder.read(root), dry_run=dry_run.run(root, limit_s))
    return table.examine(described, table.chosen(["CH8"], []))


CASES: dict[str, tuple[Tree, str, str, str]] = {
    "missing module": (predict(head="import nowhere"), "CH801", "Model.py:1", "No module named"),
    "syntax": ({"Model.py": "class Model(:\n"}, "CH801", "Model.py", "SyntaxError"),
    "no class": ({"Model.py": "x = 1\n"}, "CH801", "Model.py", "has no 'Model'"),
    "constructor": (
        predict("def __init__(self):\n    self.x = {}['gone']"),
        "CH802",
        "Model.py:5",
        "KeyError: 'gone'",
    ),
    "load": (predict(load="open('gone.bin')"), "CH803", "Model.py:6", "FileNotFoundError"),
    "exit": (predict(load="raise SystemExit(3)"), "CH803", "Model.py:6", "SystemExit: 3"),
    "death": (predict(head="import os", load="os._exit(7)"), "CH803", "Model.py", "ended with 7"),
    "kill": (
        predict(head="import os", load="os.kill(os.getpid(), 9)"),
        "CH803",
        "Model.py",
        "killed by SIGKILL",
    ),
    "tags": (predict("async def tags(self):\n    return {}"), "CH804", "Model.py", "got async def"),
}


@pytest.mark.parametrize(("tree", "rule", "place", "says"), CASES.values(), ids=CASES)
def test_what_goes_wrong_is_found_with_its_place(
    tree: Tree, rule: str, place: str, says: str, tmp_path: Path
) -> None:
    (found,) = examined(write(tmp_path, tree))

    assert (found.rule.id, found.place) == (rule, place)
    assert says in found.message


@pytest.mark.parametrize(
    ("tree", "says"),
    [
        (predict(load="import nowhere"), "Install the requirements here"),
        ({**files.PROGRAM, "go": "#!/bin/no-shell\n"}, "Do what the message says"),
        (predict(load="open('gone.bin')"), "Mend load()"),
    ],
    ids=["module", "script", "file"],
)
def test_the_fix_fits_what_failed(tree: Tree, says: str, tmp_path: Path) -> None:
    (found,) = examined(write(tmp_path, tree))

    assert found.rule.id == "CH803"
    assert found.fix.startswith(says)


def test_the_traceback_starts_in_the_user_s_code(tmp_path: Path) -> None:
    (found,) = examined(write(tmp_path, predict(load="self.x.y")))

    first, second, *_ = found.detail.splitlines()
    assert first == "Traceback (most recent call last):"
    assert str(tmp_path / "Model.py") in second
    assert "wrapper/charter" not in found.detail


def test_a_model_that_loads_is_right(tmp_path: Path) -> None:
    assert examined(write(tmp_path, {})) == []


def test_a_load_that_awaits_is_awaited(tmp_path: Path) -> None:
    model = (
        "class Model:\n    async def load(self):\n        1 / 0\n    def predict(self, X): pass\n"
    )

    (found,) = examined(write(tmp_path, {"Model.py": model}))

    assert (found.rule.id, found.place) == ("CH803", "Model.py:3")


def test_a_model_is_loaded_in_the_thread_that_made_it_and_no_event_loop_runs_there(
    tmp_path: Path,
) -> None:
    made = "def __init__(self):\n    self.thread = threading.get_ident()"
    load = "assert self.thread == threading.get_ident(); asyncio.run(asyncio.sleep(0))"

    assert examined(write(tmp_path, predict(made, "import asyncio, threading", load))) == []


def test_a_load_that_is_not_implemented_is_none(tmp_path: Path) -> None:
    assert examined(write(tmp_path, predict(load="raise NotImplementedError"))) == []


def test_parameters_and_variables_are_given(tmp_path: Path) -> None:
    parameters = 'PREDICTIVE_UNIT_PARAMETERS=[{"name": "n", "value": "3", "type": "INT"}]'
    body = "def __init__(self, n):\n    assert n == 3 and os.environ['LEVEL'] == 'high'"
    tree = {**predict(body, "import os"), **environment(parameters, "LEVEL=high")}

    assert examined(write(tmp_path, tree)) == []


def test_parameters_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    (found,) = examined(write(tmp_path, predict("def __init__(self, n):\n    pass")))

    assert found.message == "Model(n): missing a required argument: 'n'"


def test_what_does_not_end_is_ended(tmp_path: Path) -> None:
    (found,) = examined(write(tmp_path, predict(load="while True: pass")), limit_s=0.01)

    assert (found.rule.id, found.message) == ("CH805", "import: not done after 0.01 s")


def test_no_child_of_the_model_is_left(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    words = ["sh", "-c", "echo started; sleep 600"]
    load = f"subprocess.Popen({words!r}, stdout=open({str(pipe)!r}, 'w')).poll()"
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    found = examined(write(tmp_path / "src", predict(head="import subprocess", load=load)))

    assert found == []
    # The pipe ends when nobody is left who could write to it.
    select.select([reader], [], [], LONG_S)
    assert os.read(reader, 100) in (b"started\n", b"")
    assert select.select([reader], [], [], LONG_S)[0]
    assert os.read(reader, 100) == b""
    os.close(reader)


def test_a_slow_load_is_a_warning(tmp_path: Path) -> None:
    described = folder.read(write(tmp_path, {}))
    slow = dataclasses.replace(described, dry_run=DryRun("done", seconds=31))
    fast = dataclasses.replace(described, dry_run=DryRun("done", seconds=29))

    (found,) = table.examine(slow, table.RULES)
    assert (found.rule.id, found.message) == ("CH806", "31 s until the model was loaded")
    assert table.examine(fast, table.RULES) == []


def test_the_folder_that_is_checked_is_not_on_the_path_before_libraries(tmp_path: Path) -> None:
    tree = {**predict(head="import json; json.dumps"), "json.py": "x = 1\n"}

    assert examined(write(tmp_path, tree)) == []


def test_a_model_in_a_folder_below_is_loaded(tmp_path: Path) -> None:
    write(tmp_path / "inner", predict(load="1 / 0"))
    (tmp_path / ".s2i").mkdir()
    (tmp_path / ".s2i" / "environment").write_text(ENVIRONMENT.replace("=Model", "=inner"))

    (found,) = examined(tmp_path)

    assert found.place == "inner/Model.py:6"
