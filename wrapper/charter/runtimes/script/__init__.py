"""A model in any language: a command that is given files, and prints its result.

A call is: payload → files → the command → what it printed → result. The class has no privileges:
it is one with `load` and `predict`, as users write them.
"""

from __future__ import annotations

import itertools
import logging
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from charter import settings
from charter.contract.model import target_names
from charter.contract_file import read_contract
from charter.errors import ComponentError, ServingError, TooLate
from charter.message import Json
from charter.runtimes.script import commands, inputs, outputs
from charter.runtimes.script.folders import Home
from charter.runtimes.script.lines import LINES_PER_S, MOST_LINES, Lines, Rate
from charter.runtimes.script.options import Options, options
from charter.runtimes.script.running import End, Limits, Outcome, Program, run

logger = logging.getLogger(__name__)

_MIB = 2**20


class Script:
    """Answer with what a command prints.

    Args:
        command: path of a file that can be run, or whose first line names its interpreter; it runs
            in its own folder.
        contract: path of its `contract.json`; "" for none.
        variables: names of the variables that the model's folder sets, which the command is given.
        chosen: see `Options`; what is not chosen the contract's key `script` says.

    Raises:
        StartError: an option or the contract is wrong.
    """

    def __init__(
        self, command: str, contract: str = "", variables: Sequence[str] = (), **chosen: Any
    ) -> None:
        self._file = Path(command).resolve()
        self._name = self._file.name
        self._contract = read_contract(Path(contract)) if contract else None
        said = self._contract.extra.get("script") if self._contract else None
        self._options = options(said, chosen)
        self._names = (*variables, *self._options.names)
        self._input = inputs.kind_of(self._options.input, self._contract)
        self._output = outputs.kind_of(self._options.output, self._contract)
        self._targets = self._contract.targets if self._contract else ()
        self._limits = _limits(self._options)
        self._rate = Rate(MOST_LINES, LINES_PER_S)
        self._numbers = itertools.count(1)
        if self._targets:
            self.class_names = target_names(self._targets)

    def load(self) -> None:
        """See that the command can be run, and where its files can be put.

        Raises:
            StartError: it cannot, or nowhere.
        """
        variables = settings.environment()
        self._words = commands.command(self._file, variables.get("PATH"))
        self._environment = commands.surroundings(variables, self._names)
        self._home = Home(variables.get("TMPDIR", ""))

    def predict(self, X: Any, names: Any = None) -> Any:
        """Return what the command prints of the payload.

        Raises:
            BadPayload: the payload is nothing that the command takes.
            ComponentError: the command failed, or printed what is no result.
            TooLate: it took too long.
        """
        rows = inputs.row_count(X)
        if rows == 0:
            return outputs.nothing(self._targets)
        with _call_folder(self._home.path) as folder:
            found = inputs.files(self._input, X, names, self._contract)
            printed = self._run(_written(found, Path(folder)), folder)
        return outputs.result(self._name, printed, self._output, self._targets, rows)

    # It waits for another process, which no event loop should: see `charter.component.adapter`.
    # Any function takes attributes, which its type does not say.
    predict.waits = True  # type: ignore[attr-defined]

    def init_metadata(self) -> Json:
        """Return what `/metadata` says of a script."""
        version = self._contract.version if self._contract else ""
        return {"name": self._name, "versions": [version] if version else [], "platform": "script"}

    def _run(self, files: Sequence[str], folder: str) -> bytes:
        number = next(self._numbers)
        program = Program(
            words=[*self._words, *files],
            folder=self._file.parent,
            environment={**self._environment, "TMPDIR": folder},
            tag=f"{self._home.name}.{number}",
        )
        lines = Lines(lambda line: logger.info("%s[%d]: %s", self._name, number, line), self._rate)
        try:
            outcome = run(program, self._limits, lines)
        except OSError as error:
            raise ComponentError(commands.refusal(self._name, error)) from None
        if outcome.left:
            logger.warning("%s left processes behind, now ended: %d", self._name, outcome.left)
        problem = self._problem(outcome, lines.last)
        if problem is not None:
            raise problem
        return outcome.output

    def _problem(self, outcome: Outcome, last: str) -> ServingError | None:
        """Return what is wrong with a call, with the last line of its stderr."""
        name, chosen = self._name, self._options
        said = f": {last}" if last else ""
        if outcome.end is End.TIMEOUT:
            text = f"{name} took more than its timeout of {chosen.timeout:.15g} s, and was ended"
            logger.warning("%s%s", text, said)  # who is told otherwise has only waited
            return TooLate(text)
        if outcome.end is not End.EXITED:
            return ComponentError(f"{name} {_PASSED[outcome.end].format(chosen)}, and was ended")
        if outcome.status < 0:
            return ComponentError(f"{name} was ended by {_signal_name(-outcome.status)}{said}")
        if outcome.status:
            return ComponentError(f"{name} ended with status {outcome.status}{said}")
        return None


_PASSED = {
    End.MEMORY: "and what it started took more than its {0.memory:.15g} MiB of memory",
    End.PROCESSES: "started more than its {0.processes} processes",
    End.OUTPUT: "printed more than its {0.max_output:.15g} MiB",
}


def _call_folder(home: Path) -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="call-", dir=home, ignore_cleanup_errors=True)
    except OSError as error:
        raise _unwritten(error) from error


def _written(found: Any, folder: Path) -> list[str]:
    try:
        return inputs.write(found, folder)
    except OSError as error:
        raise _unwritten(error) from error


def _unwritten(error: OSError) -> ComponentError:
    reason = (error.strerror or str(error)).lower()
    return ComponentError(f"the input of a script could not be written: {reason}")


def _limits(chosen: Options) -> Limits:
    return Limits(
        timeout_s=chosen.timeout,
        memory=int(chosen.memory * _MIB),
        processes=chosen.processes,
        output=int(chosen.max_output * _MIB),
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
