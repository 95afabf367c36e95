"""Whether a contract lets callers send what the contract beside the model does not take."""

from __future__ import annotations

from charter.component import loader
from charter.contract.loss import losses
from charter.contract.model import Contract
from charter.contract_file import read_contract
from charter.errors import StartError


def check(model: str, contract: Contract) -> None:
    """Hold a contract to the one beside its model, where there is one that can be read.

    A model says there what it takes. A test by another contract, such as one inferred from data in
    another unit, may pass by luck: many a model answers to any number.

    Args:
        model: a class, a file or a folder, as for `charter serve`.
        contract: what the model is tested by.

    Raises:
        StartError: a feature of the contract may be what the model's own does not take.
    """
    path = loader.find(model).contract
    if path is None:
        return
    own = {feature.name: feature for feature in read_contract(path).features}
    wrong = [
        f"features[{index}]{lost.key}: {feature.name} is {lost.before}, "
        f"and {lost.after} by the model's own contract"
        for index, feature in enumerate(contract.features)
        if feature.name in own
        for lost in losses(feature, own[feature.name])
    ]
    if wrong:
        raise StartError(f"{'; '.join(wrong)}, {path}")
