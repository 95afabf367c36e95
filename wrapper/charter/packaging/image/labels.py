"""What the labels of an image say of the model in it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from charter._version import VERSION

MODEL = "charter.model"
CONTRACT = "charter.contract.sha256"
CHARTER = "charter.version"
COMMIT = "org.opencontainers.image.revision"


def labels(model: str, contract: Path | None, commit: str = "") -> dict[str, str]:
    """Return the labels of an image.

    Args:
        model: the value of MODEL_NAME.
        contract: the file beside the model; its hash tells whether two images promise the same.
        commit: of the sources; "" where that is not known.
    """
    found = {MODEL: model, CHARTER: VERSION}
    if contract is not None:
        found[CONTRACT] = hashlib.sha256(contract.read_bytes()).hexdigest()
    if commit:
        found[COMMIT] = commit
    return found
