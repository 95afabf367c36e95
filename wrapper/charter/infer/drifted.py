"""How far a table in a file is from a contract in another."""

from __future__ import annotations

from pathlib import Path

from charter.contract.drift import LARGE_PSI, Drift, drift
from charter.contract.model import Contract, Dtype, Feature, feature_names
from charter.contract_file import read_contract
from charter.infer import tables
from charter.message import Json

LEFT_OUT = "leftOut"
"""The key of a contract with the columns of its data that are no features, such as labels."""


def drifted(
    contract: Path, data: Path, reference: Path | None = None, *, most_psi: float = LARGE_PSI
) -> Drift:
    """Return how new data differ from a contract; see `charter.contract.drift`.

    Args:
        contract: a `contract.json`.
        data: the new table.
        reference: an older table; `None` takes the distributions that the contract keeps.
        most_psi: the PSI of a feature from which on it has drifted.

    Raises:
        StartError: a file cannot be read.
    """
    promised = read_contract(contract)
    texts = [name for each in promised.features if _is_text(each) for name in feature_names([each])]
    found = tables.columns(tables.read(data, texts))
    old = None if reference is None else tables.columns(tables.read(reference, texts))
    return drift(promised, found, old, most_psi=most_psi, ignored=_left_out(promised))


def _is_text(feature: Feature) -> bool:
    return feature.dtype in (Dtype.STRING, Dtype.BYTES, Dtype.DATETIME)


def _left_out(contract: Contract) -> list[str]:
    names: Json = contract.extra.get(LEFT_OUT)
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
