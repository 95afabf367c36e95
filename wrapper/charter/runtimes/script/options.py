"""What can be chosen of a script: its parameters, and the key `script` of its contract."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from charter.errors import StartError, shown
from charter.message import Json

AUTO = "auto"
INPUTS = (AUTO, "csv", "json", "text", "image", "pnm", "video", "binary")
OUTPUTS = (AUTO, "json", "text", "binary")
_A_DAY_S = 86_400.0
_MOST_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Options:
    """Hold what was chosen.

    Args:
        input: what the files are that the script is given, one of `INPUTS`; `auto`: by the
            contract, and without one by the request.
        output: what it prints, one of `OUTPUTS`; `auto`: by the contract, and without one JSON
            where it is JSON, else text.
        timeout: seconds that a call may take.
        memory: MiB that all processes of a call may hold together; 0 means no limit.
        processes: how many of them there may be; 0 means no limit.
        max_output: MiB that a call may print.
        env: names of variables that the script is given besides the usual ones, with commas.
    """

    input: str = AUTO
    output: str = AUTO
    timeout: float = 30.0
    memory: float = 1024.0
    processes: int = 256
    max_output: float = 64.0
    env: str = ""

    def __post_init__(self) -> None:
        """Refuse what is out of its range with a `StartError`."""
        for name, words in (("input", INPUTS), ("output", OUTPUTS)):
            found = getattr(self, name)
            if found not in words:
                raise StartError(f"{name}: expected one of {', '.join(words)}, got {shown(found)}")
        for name, (least, most) in _RANGES.items():
            found = getattr(self, name)
            if not least <= found <= most or math.isnan(found):
                raise StartError(f"{name}: expected {least:.15g} to {most:.15g}, got {found}")

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the variables in `env`."""
        return tuple(name.strip() for name in self.env.split(",") if name.strip())


_RANGES = {
    "timeout": (0.001, _A_DAY_S),
    "memory": (0, _MOST_MIB),
    "processes": (0, 2**22),
    "max_output": (0.001, 1024),
}
_KINDS = {"str": str, "int": int, "float": float}


def options(in_contract: Json, chosen: Mapping[str, Any]) -> Options:
    """Return the options of a script.

    Args:
        in_contract: the key `script` of its contract; `None` where it has none.
        chosen: its parameters, which come first.

    Raises:
        StartError: there is no such option, or a value is not of its type or range.
    """
    said = {} if in_contract is None else in_contract
    if not isinstance(said, Mapping):
        raise StartError(f"contract: script: expected an object, got {shown(said)}")
    kinds = {each.name: str(each.type) for each in fields(Options)}
    made: dict[str, Any] = {}
    for place, given in (("contract: script.", said), ("parameter ", chosen)):
        for name, value in given.items():
            if name not in kinds:
                known = ", ".join(kinds)
                raise StartError(f"{place}{name}: a script has no such option; there are {known}")
            made[name] = _converted(f"{place}{name}", value, kinds[name])
    return Options(**made)


def _converted(place: str, value: Json, kind: str) -> Any:
    """Return a value as its option has it; text that is a number is one."""
    is_odd = isinstance(value, bool | list | dict) or value is None
    try:
        found = _KINDS[kind](value)
        if not is_odd and (kind != "int" or found == float(value)):
            return found
    except (TypeError, ValueError, OverflowError):
        pass
    raise StartError(f"{place}: expected a value of type {kind}, got {shown(value)}")
