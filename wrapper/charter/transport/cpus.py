"""How many CPUs this process may use, and how many threads its numerical libraries should start.

They start one for each CPU of the machine or of the affinity mask, and do not know of a container's
quota: on 64 cores with a limit of one CPU, 64 threads of OpenBLAS stand in each other's way.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

_Quota: TypeAlias = Callable[[Path], Iterator[float]]

# Which libraries read which: OpenMP (MKL, torch, scikit-learn, and OpenBLAS without its own),
# OpenBLAS, MKL, BLIS, Apple's Accelerate, numexpr.
_BLAS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_TENSORFLOW = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
_GROUPS = (_BLAS, _TENSORFLOW)
# Where version 1 has its files; the second is a link to the first on most systems.
_V1 = ("cpu,cpuacct", "cpu")


def threads(chosen: int, processes: int, cpus: float) -> int:
    """Return how many threads a library may start in each process.

    Args:
        chosen: what the user wants; 0 computes it.
        processes: how many processes there are at a time.
        cpus: how many CPUs all may use together.
    """
    return chosen or max(1, int(cpus // processes))


def variables(count: int, given: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that keep libraries to so many threads.

    Where the user has set one of those that concern the same libraries, none of them is touched:
    OpenBLAS's own comes before OMP_NUM_THREADS, so it would undo what that one says.
    """
    groups = [group for group in _GROUPS if not given.keys() & set(group)]
    return {name: str(count) for group in groups for name in group}


def usable(root: Path = Path("/")) -> float:
    """Return how many CPUs this process may use: its affinity mask, and the quotas of its cgroups.

    Args:
        root: where `proc` and `sys` are.
    """
    return min([float(affinity()), *_quotas(root)])


def affinity() -> int:
    """Return on how many CPUs this process may run, without regard to quotas."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[float]:
    """Yield the quota of each cgroup that this process is in, in CPUs, where it has one."""
    mounts = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            yield from _in_each(mounts, path, _quota_v2)
        elif "cpu" in controllers.split(","):
            for name in _V1:
                yield from _in_each(mounts / name, path, _quota_v1)


def _in_each(mount: Path, path: str, quota: _Quota) -> Iterator[float]:
    """Yield quotas from the mount down, which in a container may be that of the cgroup itself."""
    folder = mount
    for part in ["", *path.strip("/").split("/")]:
        folder = folder / part
        yield from quota(folder)


def _quota_v2(folder: Path) -> Iterator[float]:
    # Linux, Documentation/admin-guide/cgroup-v2.rst: "$MAX $PERIOD", where MAX may be "max".
    words = _read(folder / "cpu.max").split()
    if len(words) == 2 and words[0].isdigit():
        yield int(words[0]) / int(words[1])


def _quota_v1(folder: Path) -> Iterator[float]:
    # Linux, Documentation/scheduler/sched-bwc.rst: a quota of -1 is none.
    quota = _read(folder / "cpu.cfs_quota_us").strip()
    period = _read(folder / "cpu.cfs_period_us").strip()
    if quota.isdigit() and period.isdigit():
        yield int(quota) / int(period)


def _read(file: Path) -> str:
    try:
        return file.read_text("ascii", "replace")
    except OSError:  # no such controller, version or system
        return ""
