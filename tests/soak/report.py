"""What a soak did, in words and numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from soak.measures import thirds
from soak.run import PARENT, Soak


def told(seen: Soak) -> str:
    """Return the report of a soak."""
    return "\n".join([*_requests(seen), *_service(seen), *_processes(seen), *_verdict(seen)])


def _requests(seen: Soak) -> Iterator[str]:
    accounts = seen.accounts
    yield f"requests    {accounts.total} in {seen.plan.seconds:g} s, {len(accounts.lost)} lost"
    if accounts.unheard:
        yield f"  grpc  refused unheard      {accounts.unheard}"
    for (transport, code), count in sorted(accounts.answered.items()):
        yield f"  {transport:5} {code:20} {count}"
    for kind, count in accounts.kinds.most_common():
        yield f"  asked {kind.value:20} {count}"
    for transport, seconds in accounts.latencies.items():
        if seconds:
            parts = np.percentile(np.frombuffer(seconds), [50, 90, 99, 100]) * 1000
            p50, p90, p99, most = (f"{part:.1f}" for part in parts)
            yield f"  {transport:5} ms: p50 {p50}, p90 {p90}, p99 {p99}, longest {most}"


def _service(seen: Soak) -> Iterator[str]:
    for kill in seen.accounts.kills:
        lost = [
            asked for asked, _ in seen.accounts.lost if kill.at - 1 <= asked.ended <= kill.at + 2
        ]
        counts = ", ".join(
            f"{sum(asked.transport == transport for asked in lost)} {transport}"
            for transport in seen.plan.clients
        )
        when = f"{kill.process} at {kill.at:.1f} s with {kill.under_way} under way"
        yield f"kill        of {when}; lost: {counts}"
    for at in seen.reloads:
        yield f"reload      at {at:.1f} s"
    if seen.page is not None:
        batches, rows = (seen.page.total(f"charter_batch_rows_{part}") for part in ("count", "sum"))
        yield f"calls       {batches:.0f} of the model, of {rows / max(batches, 1):.2f} rows"
        answered = seen.accounts.rows
        yield f"rows        {seen.page.rows:.0f} counted by the model, {answered} answered"


def _processes(seen: Soak) -> Iterator[str]:
    plan = seen.plan
    for life in seen.lives.values():
        settled = life.settled(plan.warm_up_s, plan.least_life_s)
        seconds = life.samples[-1].at - life.samples[0].at if life.samples else 0.0
        line = f"process     {life.process}, {life.role}, seen for {seconds:.0f} s"
        line += f", {seen.accounts.processes[life.process]} answers" * (life.role != PARENT)
        if settled:
            first, last = thirds([one.rss_kib for one in settled])
            files = thirds([one.files for one in settled])
            threads = thirds([one.threads for one in settled])
            line += (
                f": {first / 1024:.1f} to {last / 1024:.1f} MiB ({last / first - 1:+.1%}), "
                f"descriptors {files[0]:g} to {files[1]:g}, "
                f"threads {threads[0]:g} to {threads[1]:g}"
            )
        yield line


def _verdict(seen: Soak) -> Iterator[str]:
    faults = seen.faults
    yield "every promise was kept" if not faults else f"broken: {len(faults)}"
    for fault in faults:
        yield f"  - {fault}"
