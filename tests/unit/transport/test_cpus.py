from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from charter.transport import cpus

UNLIMITED = float(cpus.affinity())


def tree(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


V1 = "sys/fs/cgroup/cpu,cpuacct"
V2 = "sys/fs/cgroup"
SELF = "proc/self/cgroup"


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        pytest.param({}, None, id="no Linux"),
        pytest.param({SELF: "0::/\n", f"{V2}/cpu.max": "max 100000\n"}, None, id="v2: none"),
        pytest.param({SELF: "0::/\n", f"{V2}/cpu.max": "50000 100000\n"}, 0.5, id="v2"),
        pytest.param(
            {SELF: "0::/a/b\n", f"{V2}/a/cpu.max": "20000 100000\n", f"{V2}/a/b/cpu.max": "max 1"},
            0.2,
            id="v2: a group above",
        ),
        pytest.param(
            {SELF: "0::/gone/from/view\n", f"{V2}/cpu.max": "30000 100000\n"},
            0.3,
            id="v2: a container that sees its path of the host",
        ),
        pytest.param(
            {
                SELF: "5:cpu,cpuacct:/docker/1\n4:memory:/docker/1\n0::/\n",
                f"{V1}/cpu.cfs_quota_us": "25000\n",
                f"{V1}/cpu.cfs_period_us": "100000\n",
            },
            0.25,
            id="v1: in a container",
        ),
        pytest.param(
            {
                SELF: "1:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            None,
            id="v1: none",
        ),
        pytest.param(
            {
                SELF: "1:cpuset:/\n",
                f"{V1}/cpu.cfs_quota_us": "1\n",
                f"{V1}/cpu.cfs_period_us": "1000\n",
            },
            None,
            id="v1: another controller",
        ),
        pytest.param({SELF: "nonsense\n\n::\n", f"{V2}/cpu.max": "much\n"}, None, id="nonsense"),
    ],
)
def test_quotas_of_cgroups_limit_the_cpus(
    tmp_path: Path, files: dict[str, str], limit: float | None
) -> None:
    assert cpus.usable(tree(tmp_path, files)) == (UNLIMITED if limit is None else limit)


def test_a_quota_above_the_affinity_mask_means_nothing(tmp_path: Path) -> None:
    root = tree(tmp_path, {SELF: "0::/\n", f"{V2}/cpu.max": "99900000 100000\n"})

    assert cpus.usable(root) == UNLIMITED


@pytest.mark.parametrize(
    ("chosen", "processes", "there_are", "count"),
    [
        (0, 1, 8.0, 8),
        (0, 4, 8.0, 2),
        (0, 4, 2.0, 1),
        (0, 1, 0.5, 1),
        (0, 2, 7.9, 3),
        (5, 4, 2.0, 5),
    ],
)
def test_a_process_has_its_share_of_the_cpus(
    chosen: int, processes: int, there_are: float, count: int
) -> None:
    assert cpus.threads(chosen, processes, there_are) == count


def test_what_the_user_has_set_stays_with_all_that_concerns_it() -> None:
    free = cpus.variables(2, {})
    blas = cpus.variables(2, {"OMP_NUM_THREADS": "7"})
    tensorflow = cpus.variables(2, {"TF_NUM_INTEROP_THREADS": "7"})

    assert set(free.values()) == {"2"}
    assert len(free) == 8
    assert set(blas) == {"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"}
    assert set(tensorflow) == set(free) - {"TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"}
