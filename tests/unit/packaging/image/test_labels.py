import hashlib
from pathlib import Path

from charter import __version__
from charter.packaging.image.labels import labels


def test_labels_say_what_is_served_and_what_it_promises(tmp_path: Path) -> None:
    contract = tmp_path / "contract.json"
    contract.write_bytes(b'{"features": []}\n')

    assert labels("Iris", contract, "abc") == {
        "charter.model": "Iris",
        "charter.version": __version__,
        "charter.contract.sha256": hashlib.sha256(contract.read_bytes()).hexdigest(),
        "org.opencontainers.image.revision": "abc",
    }


def test_what_is_not_known_has_no_label() -> None:
    assert labels("Iris", None) == {"charter.model": "Iris", "charter.version": __version__}
