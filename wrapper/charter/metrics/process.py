"""Memory, CPU time and open files of a service: of this process and its workers together."""

from __future__ import annotations

import resource
from collections.abc import Iterable, Iterator

from prometheus_client import process_collector
from prometheus_client.core import Metric

# Those of the own process say what the service's are: its start, and a limit that all inherit.
_NOT_SUMMED = frozenset({"process_start_time_seconds", "process_max_fds"})
CPU = "process_cpu_seconds"


def process_metrics(workers: Iterable[int] = ()) -> Iterator[Metric]:
    """Yield the families of prometheus-client for a process, as one service.

    The CPU time of workers that have ended counts on.

    Args:
        workers: process ids of child processes.
    """
    collected = [list(_families(process)) for process in ["self", *map(str, workers)]]
    for family in collected[0]:
        value = family.samples[0].value
        if family.name not in _NOT_SUMMED:
            same = [other for rest in collected[1:] for other in rest if other.name == family.name]
            value += sum(other.samples[0].value for other in same)
        if family.name == CPU:
            ended = resource.getrusage(resource.RUSAGE_CHILDREN)
            value += ended.ru_utime + ended.ru_stime
        summed = Metric(family.name, family.documentation, family.type)
        summed.add_sample(family.samples[0].name, {}, value)
        yield summed


def _families(process: str) -> Iterable[Metric]:
    """Return what the system says of a process; nothing where it has ended or there is no /proc."""
    return process_collector.ProcessCollector(pid=lambda: process, registry=None).collect()
