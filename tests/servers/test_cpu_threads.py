"""Threads of numerical libraries: `--cpu-threads`, and the share of a worker."""

from __future__ import annotations

import pytest
from charter.transport import cpus
from serving import FREE, served

SHARE = max(1, cpus.affinity() // 2)


@pytest.mark.parametrize(
    ("arguments", "set_by_user", "told"),
    [
        (["--workers", "2"], {}, str(SHARE) if cpus.affinity() > 1 else "None"),
        (["--workers", "2", "--cpu-threads", "3"], {}, "3"),
        (["--cpu-threads", "3"], {}, "3"),
        (["--cpu-threads", "3"], {"OMP_NUM_THREADS": "1"}, "None"),
        (["--cpu-threads", "3"], {"OPENBLAS_NUM_THREADS": "1"}, "1"),
    ],
)
def test_libraries_are_told_before_they_are_imported(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], set_by_user: dict[str, str], told: str
) -> None:
    for name in cpus.variables(1, {}):
        monkeypatch.delenv(name, raising=False)
    for name, text in set_by_user.items():
        monkeypatch.setenv(name, text)
    with served("tells_its_threads:Model", *FREE, *arguments) as process:
        process.read_until("ready")

        said = process.predict("s").json()["strData"].split()

    assert said[0] == told


def test_the_library_starts_as_many_threads_as_it_is_told() -> None:
    counts = []
    for count in ("1", str(cpus.affinity())):
        with served("tells_its_threads:Model", *FREE, "--cpu-threads", count) as process:
            process.read_until("ready")
            counts.append(int(process.predict("s").json()["strData"].split()[1]))

    assert counts[1] - counts[0] == cpus.affinity() - 1
